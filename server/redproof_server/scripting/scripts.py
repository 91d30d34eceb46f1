"""Scripts by their SHA1, and running them (eval.c, scripting.c)."""

from dataclasses import dataclass
from typing import Any

from redproof_server.engine.client import Client
from redproof_server.engine.errors import CommandError
from redproof_server.engine.server import Server
from redproof_server.protocol.inline import split_words
from redproof_server.scripting.api import ScriptApi, sha1hex
from redproof_server.scripting.calls import start_run
from redproof_server.scripting.dialect import dialect_of
from redproof_server.scripting.modules import script_libraries

NO_WRITES = b"no-writes"
FLAGS = (NO_WRITES, b"allow-oom", b"allow-stale", b"no-cluster", b"allow-cross-slot-keys")
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
        if script.flags is not None and read_only and NO_WRITES not in script.flags:
            raise CommandError(WRITES_IN_READ_ONLY)
        api = self._api
        if self._dialect.reseeds_random:
            api.random.seed(0)
        is_read_only = read_only or (script.flags is not None and NO_WRITES in script.flags)
        api.run = start_run(caller, self._client, is_read_only)
        limit_ms = script_limit_ms(self._server)
        try:
            ok, outcome = api.interpreter.run(script.function, keys, arguments, True, caller.resp, limit_ms)
        finally:
            api.run = None
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
        return CommandError(dialect.failed_without_place % {b"name": name, b"error": message})
    table: Any = value
    message, source, line = table[b"err"], table[b"source"], table[b"line"]
    if not isinstance(message, bytes):
        message = b"(null)"
    if source is None or line is None:
        return CommandError(message)
    return CommandError(dialect.failed % {b"error": message, b"name": name, b"source": source, b"line": line})


def read_shebang(body: bytes) -> tuple[frozenset[bytes] | None, bytes]:
    """The flags of a first line `#!lua flags=…`, and the code after it (evalExtractShebangFlags).

    Raises:
        CommandError: the line is none.
    """
    if not body.startswith(b"#!"):
        return None, body
    line, line_feed, rest = body.partition(b"\n")
    if not line_feed:
        raise CommandError(b"ERR Invalid script shebang")
    words = split_words(line)
    if not words:
        raise CommandError(b"ERR Invalid engine in script shebang")
    if words[0] != b"#!lua":
        raise CommandError(b"ERR Unexpected engine in script shebang: " + words[0])
    flags: set[bytes] = set()
    for word in words[1:]:
        if not word.startswith(b"flags="):
            raise CommandError(b"ERR Unknown lua shebang option: " + word)
        for flag in word.removeprefix(b"flags=").split(b",") if word != b"flags=" else []:
            if flag not in FLAGS:
                raise CommandError(b"ERR Unexpected flag in script shebang: " + flag)
            flags.add(flag)
    return frozenset(flags), line_feed + rest
