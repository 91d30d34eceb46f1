"""Scripts by their SHA1, and running them (eval.c, scripting.c)."""

from dataclasses import dataclass
from typing import Any

from redproof_server.engine.client import Client
from redproof_server.engine.errors import CommandError
from redproof_server.engine.server import Server
from redproof_server.replication.guards import check_script
from redproof_server.scripting.api import ScriptApi, sha1hex
from redproof_server.scripting.calls import end_run, start_run
from redproof_server.scripting.dialect import dialect_of
from redproof_server.scripting.modules import script_libraries
from redproof_server.scripting.shebang import ALLOW_STALE, NO_WRITES, read_shebang

WRITES_IN_READ_ONLY = b"ERR Can not execute a script with write flag using *_ro command."
EXECUTION_FAILURE = b"execution failure"


@dataclass(frozen=True, slots=True)
class Script:
    """A compiled script. `flags` is None without a shebang line, which leaves everything to the command."""

    function: Any
    flags: frozenset[bytes] | None


class Scripts:
    """The script cache of a server and the interpreter that it belongs to.

    Raises:
        CommandError: Lua is not installed.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._dialect = dialect_of(server.version)
        self._client = server.internal_client()
        self._scripts: dict[bytes, Script] = {}
        self._api = new_api(server)

    def __contains__(self, sha: bytes) -> bool:
        return sha.lower() in self._scripts

    def __len__(self) -> int:
        return len(self._scripts)

    def flags_of(self, sha: bytes) -> frozenset[bytes] | None:
        """The flags that a script of the cache declares; None if it declares none, or is not there."""
        script = self._scripts.get(sha.lower())
        return None if script is None else script.flags

    def flush(self) -> None:
        """Forget all scripts, and start with a new interpreter (scriptingReset)."""
        self._scripts.clear()
        self._api = new_api(self._server)

    def load(self, body: bytes) -> bytes:
        """Compile a script; its SHA1 (luaCreateFunction)."""
        sha = sha1hex(body)
        if sha in self._scripts:
            return sha
        flags, code = read_shebang(body) if self._dialect.has_shebang else (None, body)
        function, message = self._api.interpreter.compile(code, b"@user_script")
        if function is None:
            raise CommandError(b"ERR Error compiling script (new function): " + message)
        self._scripts[sha] = Script(function, flags)
        return sha

    def run(self, caller: Client, sha: bytes, keys: list[bytes], arguments: list[bytes], read_only: bool) -> bytes:
        """Run a script of the cache; its encoded reply (evalGenericCommand)."""
        script = self._scripts[sha]
        flags = script.flags
        check_script(caller, flags is not None and NO_WRITES not in flags, flags is not None and ALLOW_STALE in flags)
        if script.flags is not None and read_only and NO_WRITES not in script.flags:
            raise CommandError(WRITES_IN_READ_ONLY)
        api = self._api
        if self._dialect.reseeds_random:
            api.random.seed(0)
        is_read_only = read_only or (script.flags is not None and NO_WRITES in script.flags)
        api.run = run = start_run(caller, self._client, is_read_only)
        limit_ms = script_limit_ms(self._server)
        try:
            ok, outcome = api.interpreter.run(script.function, keys, arguments, True, caller.resp, limit_ms)
        finally:
            api.run = None
            end_run(run)
        if not ok:
            raise failure(api, sha, outcome)
        reply: bytes = outcome
        return reply


def new_api(server: Server) -> ScriptApi:
    """A new interpreter with all that scripts find there (scriptingInit)."""
    api = ScriptApi(server, dialect_of(server.version))
    redis = {b"redis": api.interpreter.functions(api.functions(is_eval=True))}
    api.interpreter.seal(script_libraries(api) | redis)
    return api


def script_limit_ms(server: Server) -> int:
    """How long a script may run, 0 for ever."""
    return server.config.integer("lua-time-limit")


def failure(api: ScriptApi, name: bytes, value: object) -> CommandError:
    """The error for a script that failed with a Lua value (luaCallFunction)."""
    dialect = api.dialect
    if isinstance(value, bytes) or value is None:
        message = value if value is not None else EXECUTION_FAILURE
        text = dialect.failed_without_place % {b"name": name, b"error": message}
        return CommandError(text.rstrip(b"\r\n"))
    table: Any = value
    message, source, line = table[b"err"], table[b"source"], table[b"line"]
    if not isinstance(message, bytes):
        message = b"(null)"
    if source is None or line is None:
        return CommandError(message)
    return CommandError(dialect.failed % {b"error": message, b"name": name, b"source": source, b"line": line})
