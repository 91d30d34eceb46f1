"""Libraries of functions (functions.c, function_lua.c)."""

from dataclasses import dataclass, field
from string import ascii_letters, digits
from typing import Any

from redproof_server.engine.client import Client
from redproof_server.engine.errors import CommandError
from redproof_server.engine.server import Server
from redproof_server.protocol.inline import split_words
from redproof_server.replication.guards import check_script
from redproof_server.scripting.api import CONSTANTS, ScriptApi
from redproof_server.scripting.calls import end_run, start_run
from redproof_server.scripting.conversion import lua_string
from redproof_server.scripting.dialect import dialect_of
from redproof_server.scripting.modules import script_libraries
from redproof_server.scripting.scripts import WRITES_IN_READ_ONLY, failure, script_limit_ms
from redproof_server.scripting.shebang import ALLOW_STALE, FLAGS, NO_WRITES

ENGINE = b"LUA"
LOAD_LIMIT_MS = 500
NAME_BYTES = frozenset((ascii_letters + digits + "_").encode())
BAD_NAME = b"Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
NAMED_ARGUMENTS = b"function_name description callback flags".split()


@dataclass(frozen=True, slots=True)
class Function:
    """A function that FCALL can call."""

    name: bytes
    callback: Any
    description: bytes | None = None
    flags: frozenset[bytes] = frozenset()

    @property
    def writes(self) -> bool:
        """Whether it may write, as it did not say that it does not."""
        return NO_WRITES not in self.flags


@dataclass(slots=True)
class Library:
    """A library: its code with the first line, and what that registered."""

    name: bytes
    code: bytes
    functions: dict[bytes, Function] = field(default_factory=dict)


class Libraries:
    """The libraries of a server and the interpreter that they live in.

    Raises:
        CommandError: Lua is not installed.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = server.internal_client()
        self._api = ScriptApi(server, dialect_of(server.version))
        functions = self._api.interpreter.functions(self._api.functions(is_eval=False))
        self._api.interpreter.seal(script_libraries(self._api) | {b"redis": functions})
        self.by_name: dict[bytes, Library] = {}
        self.functions: dict[bytes, Function] = {}

    def load(self, code: bytes, replace: bool) -> bytes:
        """Add a library; its name (functionsCreateWithLibraryCtx)."""
        library = self.compile(code, replace)
        old = self.by_name.get(library.name)
        others = self.functions if old is None else self.functions.keys() - old.functions.keys()
        for name in library.functions:
            if name.lower() in others:
                raise CommandError(b"ERR Function %b already exists" % name)
        if old is not None:
            self.delete(library.name)
        self._link(library)
        return library.name

    def compile(self, code: bytes, replace: bool) -> Library:
        """A library that is not added yet."""
        name, body = read_header(code)
        if name in self.by_name and not replace:
            raise CommandError(b"ERR Library '%b' already exists" % name)
        library = Library(name, code)
        interpreter = self._api.interpreter
        function, message = interpreter.compile(body, b"@user_function")
        if function is None:
            raise CommandError(b"ERR Error compiling function: " + message)
        ok, problem = interpreter.load_library(function, self._load_api(library), LOAD_LIMIT_MS)
        if not ok:
            raise CommandError(b"ERR Error registering functions: " + problem_text(problem))
        if not library.functions:
            raise CommandError(b"ERR No functions registered")
        return library

    def _load_api(self, library: Library) -> dict[bytes, object]:
        """The table `redis` that the code of a library finds while it is loaded (luaEngineInitEngine)."""

        def register(*arguments: object) -> None:
            function = self._registered(arguments)
            if not is_name(function.name):
                raise self._api.refusal(BAD_NAME)
            if function.name in library.functions:
                raise self._api.refusal(b"Function already exists in the library")
            library.functions[function.name] = function

        levels = {name: value for name, value in CONSTANTS.items() if name.startswith(b"LOG_")}
        functions: dict[bytes, object] = {b"register_function": register, b"log": self._api.redis_log}
        return functions | levels | self._api.version_constants()

    def _registered(self, arguments: tuple[object, ...]) -> Function:
        """The function that register_function was given (luaRegisterFunctionReadArgs)."""
        refusal = self._api.refusal
        if not 1 <= len(arguments) <= 2:
            raise refusal(b"wrong number of arguments to redis.register_function")
        if len(arguments) == 1:
            return self._registered_by_names(arguments[0])
        name = lua_string(arguments[0])
        if name is None:
            raise refusal(b"first argument to redis.register_function must be a string")
        if not is_function(arguments[1]):
            raise refusal(b"second argument to redis.register_function must be a function")
        return Function(name, arguments[1])

    def _registered_by_names(self, table: object) -> Function:
        """The function that register_function was given in a table (luaRegisterFunctionReadNamedArgs)."""
        refusal = self._api.refusal
        if not is_table(table):
            raise refusal(
                b"calling redis.register_function with a single argument is only applicable to Lua table "
                b"(representing named arguments)."
            )
        given: dict[bytes, Any] = {}
        for key, value in self._api.interpreter.items(table):
            name = lua_string(key)
            if name is None:
                raise refusal(b"named argument key given to redis.register_function is not a string")
            if name.lower() not in NAMED_ARGUMENTS:
                raise refusal(b"unknown argument given to redis.register_function")
            given[name.lower()] = self._checked_argument(name.lower(), value)
        if b"function_name" not in given:
            raise refusal(b"redis.register_function must get a function name argument")
        if b"callback" not in given:
            raise refusal(b"redis.register_function must get a callback argument")
        flags = given.get(b"flags", frozenset())
        return Function(given[b"function_name"], given[b"callback"], given.get(b"description"), flags)

    def _checked_argument(self, name: bytes, value: object) -> object:
        refusal = self._api.refusal
        if name == b"callback":
            if not is_function(value):
                raise refusal(b"callback argument given to redis.register_function must be a function")
            return value
        if name == b"flags":
            if not is_table(value):
                raise refusal(b"flags argument to redis.register_function must be a table representing function flags")
            flags = [lua_string(flag) for _, flag in self._api.interpreter.items(value)]
            known = [flag.lower() for flag in flags if flag is not None and flag.lower() in FLAGS]
            if len(known) != len(flags):
                raise refusal(b"unknown flag given")
            return frozenset(known)
        text = lua_string(value)
        if text is None:
            raise refusal(name + b" argument given to redis.register_function must be a string")
        return text

    def _link(self, library: Library) -> None:
        self.by_name[library.name] = library
        self.functions |= {name.lower(): function for name, function in library.functions.items()}

    def delete(self, name: bytes) -> None:
        """Remove a library (functionDeleteCommand)."""
        library = self.by_name.pop(name, None)
        if library is None:
            raise CommandError(b"ERR Library not found")
        for function in library.functions:
            del self.functions[function.lower()]

    def flush(self) -> None:
        """Remove all libraries (functionsLibCtxClearCurrent)."""
        self.by_name.clear()
        self.functions.clear()

    def restore(self, codes: list[bytes], policy: bytes) -> None:
        """Add libraries all at once, or none (libraryJoin)."""
        kept, kept_functions = dict(self.by_name), dict(self.functions)
        if policy == b"flush":
            self.flush()
        try:
            for code in codes:
                self._restore_one(code, policy == b"replace")
        except CommandError:
            self.by_name, self.functions = kept, kept_functions
            raise

    def _restore_one(self, code: bytes, replace: bool) -> None:
        name, _ = read_header(code)
        if name in self.by_name and not replace:
            raise CommandError(b"ERR Library %b already exists" % name)
        self.load(code, replace=True)

    def call(self, caller: Client, name: bytes, keys: list[bytes], arguments: list[bytes], read_only: bool) -> bytes:
        """Call a function; its encoded reply (fcallCommandGeneric)."""
        function = self.functions[name.lower()]
        check_script(caller, function.writes, ALLOW_STALE in function.flags)
        if read_only and function.writes:
            raise CommandError(WRITES_IN_READ_ONLY)
        api = self._api
        api.run = run = start_run(caller, self._client, read_only or not function.writes)
        limit_ms = script_limit_ms(self._server)
        try:
            ok, outcome = api.interpreter.run(function.callback, keys, arguments, False, caller.resp, limit_ms)
        finally:
            api.run = None
            end_run(run)
        if not ok:
            raise failure(api, function.name, outcome)
        reply: bytes = outcome
        return reply


def read_header(code: bytes) -> tuple[bytes, bytes]:
    """The name in a library's first line, and the code from its end on (functionExtractLibMetaData)."""
    if not code.startswith(b"#!"):
        raise CommandError(b"ERR Missing library metadata")
    line, line_feed, rest = code.partition(b"\n")
    words = split_words(line) if line_feed else None
    if not words:
        raise CommandError(b"ERR Invalid library metadata")
    name = None
    for word in words[1:]:
        if not word.lower().startswith(b"name="):
            raise CommandError(b"ERR Invalid metadata value given: " + word)
        if name is not None:
            raise CommandError(b"ERR Invalid metadata value, name argument was given multiple times")
        name = word[len(b"name=") :]
    if name is None:
        raise CommandError(b"ERR Library name was not given")
    if not is_name(name):
        raise CommandError(b"ERR " + BAD_NAME)
    engine = words[0].removeprefix(b"#!")
    if engine.upper() != ENGINE:
        raise CommandError(b"ERR Engine '%b' not found" % engine)
    return name, line_feed + rest


def is_name(text: bytes) -> bool:
    """Whether a text can name a library or function (functionsVerifyName)."""
    return bool(text) and NAME_BYTES.issuperset(text)


def is_function(value: object) -> bool:
    """Whether a Lua value is a function."""
    return type(value).__name__ == "_LuaFunction"


def is_table(value: object) -> bool:
    """Whether a Lua value is a table."""
    return type(value).__name__ == "_LuaTable"


def problem_text(problem: Any) -> bytes:
    """The text of an error that Lua raised (luaExtractErrorInformation)."""
    if is_table(problem):
        message = problem[b"err"]
        return message if isinstance(message, bytes) else b"(null)"
    return b"ERR " + (lua_string(problem) or b"(null)")
