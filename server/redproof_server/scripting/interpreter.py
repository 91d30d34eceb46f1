"""A Lua state with a sandbox in it, and the bounds that keep a script from taking the process down."""

from collections.abc import Mapping, Sequence
from importlib import import_module, resources
from types import FunctionType, MethodType
from typing import Any

from redproof_server.engine.errors import CommandError
from redproof_server.scripting.errors import ScriptError

LUA_IS_MISSING = b"ERR scripting needs Lua: install it with pip install 'redproof[lua]', then start the server again"

# Above SOFT a script is stopped when it calls the host or at the next check; HARD is the most that it can take
# until then.
# While the host runs there is no limit, since an allocation that fails there would end the process.
MEMORY_BYTES_SOFT = 128 * 1024 * 1024
MEMORY_BYTES_HARD = 4 * MEMORY_BYTES_SOFT
MEMORY_BYTES_SPARE = 16 * 1024 * 1024
MEMORY_BYTES_UNLIMITED = 2**48
NO_MEMORY = b"not enough memory"

# Lua matches patterns by recursion in C: a pattern of this length cannot exhaust the C stack.
PATTERN_BYTES_MAX = 8192
INSTRUCTIONS_PER_CHECK = 100_000
INSTRUCTIONS_PER_MS = 100_000

Functions = Mapping[bytes, object]


def _refuse_attributes(owner: object, name: object, is_setting: bool) -> str:
    raise AttributeError("scripts have no access to Python objects")


def _find_lupa() -> Any:
    try:
        return import_module("lupa.lua51")
    except ImportError:
        raise CommandError(LUA_IS_MISSING) from None


class Interpreter:
    """One Lua state.

    `host` are the functions that the sandbox itself calls; they raise nothing that scripts could catch otherwise.

    Raises:
        CommandError: lupa is not installed.
    """

    def __init__(self, host: Functions, errors_are_tables: bool) -> None:
        self._lua = _find_lupa()
        self._runtime = self._lua.LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_refuse_attributes,
            max_memory=MEMORY_BYTES_UNLIMITED,
        )
        self._failure: BaseException | None = None
        bounds = PATTERN_BYTES_MAX, INSTRUCTIONS_PER_CHECK, MEMORY_BYTES_SOFT // 1024
        sandbox = self.execute("sandbox", self.table(host), errors_are_tables, self.chunk("replies"), *bounds)
        # Looked up now: while Lua calls the host, lupa must not index tables.
        self._sandbox = {name: sandbox[name] for name in sandbox}

    def execute(self, name: str, *arguments: object) -> Any:
        """Run one of the Lua files of this package."""
        return self.chunk(name)(*arguments)

    def chunk(self, name: str) -> Any:
        """One of the Lua files of this package as a function."""
        source = resources.files(__package__).joinpath("lua", f"{name}.lua").read_bytes()
        return self._runtime.compile(source, name=b"=" + name.encode())

    def new_userdata(self) -> Any:
        """A value that is equal to itself alone."""
        return self._runtime.eval(b"newproxy()")

    def table(self, content: Mapping[Any, object] | Sequence[object]) -> Any:
        """A Lua table of values that Lua knows."""
        return self._runtime.table_from(content)

    def functions(self, functions: Functions) -> Any:
        """A table whose functions run in the host."""
        return self.table({name: self._hosted(value) for name, value in functions.items()})

    def _hosted(self, value: object) -> object:
        """Let Lua call a function of the host as long as there is memory for what it returns."""
        if not isinstance(value, FunctionType | MethodType):
            return value

        def call_host(*arguments: object) -> object:
            if self._runtime.get_memory_used() > MEMORY_BYTES_SOFT:
                self._stop_for_memory()
            try:
                return value(*arguments)
            except ScriptError:
                raise
            except BaseException as failure:
                self._failure = failure
                raise

        return call_host

    def items(self, table: object) -> list[tuple[Any, Any]]:
        """Keys and values of a table, also while Lua calls the host."""
        flat = self._sandbox[b"flattened"](table)
        values = flat if isinstance(flat, tuple) else (flat,) if flat is not None else ()
        return list(zip(values[::2], values[1::2], strict=True))

    def reserve(self, size_bytes: int) -> None:
        """Make sure that a result of the host fits.

        Raises:
            ScriptError: it does not.
        """
        if self._runtime.get_memory_used() + size_bytes > MEMORY_BYTES_HARD - MEMORY_BYTES_SPARE:
            self._stop_for_memory()

    def _stop_for_memory(self) -> None:
        self._runtime.set_max_memory(self._runtime.get_memory_used() + MEMORY_BYTES_SPARE)
        self._sandbox[b"stop"](NO_MEMORY)
        raise ScriptError(NO_MEMORY)

    def seal(self, libraries: Mapping[bytes, object]) -> None:
        """Give scripts their libraries, and take everything else away."""
        self._sandbox[b"seal"](self.table(libraries))

    def compile(self, code: bytes, name: bytes) -> tuple[Any, bytes]:
        """The function that `code` is, or None and the message of the error in it."""
        ok, found = self._enter(b"compile", code, name)
        return found if ok else (None, found)

    def run(
        self,
        function: object,
        keys: Sequence[bytes],
        arguments: Sequence[bytes],
        sets_globals: bool,
        resp: int,
        limit_ms: int,
    ) -> tuple[bool, Any]:
        """Call a script: whether it succeeded, and its encoded reply or the error's Lua value."""
        tables = self.table(keys), self.table(arguments)
        ok, outcome = self._enter(b"run", function, *tables, sets_globals, resp, limit_ms * INSTRUCTIONS_PER_MS)
        return outcome if ok else (False, outcome)

    def load_library(self, function: object, api: Functions, limit_ms: int) -> tuple[bool, Any]:
        """Run the code of a library of functions: whether it succeeded, and the error's Lua value."""
        ok, outcome = self._enter(b"load_library", function, self.functions(api), limit_ms * INSTRUCTIONS_PER_MS)
        return outcome if ok else (False, outcome)

    def _enter(self, name: bytes, *arguments: object) -> tuple[bool, Any]:
        """Call into Lua: whether it came back, and what it returned or the message why not."""
        self._failure = None
        enter = self._sandbox[name]
        self._runtime.set_max_memory(MEMORY_BYTES_HARD)
        try:
            outcome = True, enter(*arguments)
        except self._lua.LuaError as error:
            outcome = False, str(error).encode() or NO_MEMORY
        finally:
            self._runtime.set_max_memory(MEMORY_BYTES_UNLIMITED)
        if self._runtime.get_memory_used() > MEMORY_BYTES_SOFT:
            self._sandbox[b"collect"]()
        if self._failure is not None:
            raise self._failure
        return outcome

    def where(self) -> tuple[bytes, bytes, int] | None:
        """Source, short source and line of the Lua function that has called the host."""
        found: tuple[bytes, bytes, int] | None = self._sandbox[b"where"]()
        return found
