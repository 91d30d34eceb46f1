"""The functions of the table `redis` in scripts (script_lua.c, eval.c)."""

from hashlib import sha1
from typing import Any

from redproof_server.engine.errors import CommandError
from redproof_server.engine.server import Server
from redproof_server.protocol.requests import Request
from redproof_server.scripting.calls import (
    REPL_ALL,
    REPL_AOF,
    REPL_NONE,
    REPL_REPLICA,
    RefusedError,
    Run,
    run_command,
    set_repl,
)
from redproof_server.scripting.conversion import (
    ReplyConverter,
    command_argument,
    lua_integer,
    lua_number,
    lua_string,
    lua_type_name,
)
from redproof_server.scripting.dialect import Dialect
from redproof_server.scripting.errors import ScriptError
from redproof_server.scripting.interpreter import Interpreter
from redproof_server.scripting.random48 import Random48

CONSTANTS: dict[bytes, object] = {
    b"LOG_DEBUG": 0,
    b"LOG_VERBOSE": 1,
    b"LOG_NOTICE": 2,
    b"LOG_WARNING": 3,
    b"REPL_NONE": REPL_NONE,
    b"REPL_AOF": REPL_AOF,
    b"REPL_SLAVE": REPL_REPLICA,
    b"REPL_REPLICA": REPL_REPLICA,
    b"REPL_ALL": REPL_ALL,
}
SCRIPTS_ONLY = {"breakpoint", "debug", "replicate_commands"}
RANDOM_MAX = 2**31 - 1
REPLY_BYTES_CHECKED = 1024 * 1024
LUA_BYTES_PER_REPLY_BYTE = 24
OUTSIDE_SCRIPT = b"%b can only be called inside a script invocation"
STOPPED = (
    b"Script stopped: it ran longer than lua-time-limit, and this server serves nobody while a script runs, "
    b"so that SCRIPT KILL could not reach it"
)


class ScriptApi:
    """What one interpreter offers to its scripts. `run` is the script that is running, if any."""

    def __init__(self, server: Server, dialect: Dialect) -> None:
        self.server = server
        self.dialect = dialect
        self.run: Run | None = None
        self.random = Random48()
        host = {
            b"describe": self.describe,
            b"random": self.math_random,
            b"randomseed": self.math_randomseed,
            b"script_resp": lambda: self.run.client.resp if self.run else 2,
            b"stopped": self.stopped,
        }
        self.interpreter = Interpreter(host, dialect.errors_are_tables)
        self._convert = ReplyConverter(self.interpreter.table).convert

    def functions(self, is_eval: bool) -> dict[bytes, object]:
        """The table `redis` of scripts, or of functions."""
        names = self.dialect.functions if is_eval else self.dialect.functions - SCRIPTS_ONLY
        named: dict[bytes, object] = {name.encode(): getattr(self, f"redis_{name}") for name in sorted(names)}
        return named | CONSTANTS | self.version_constants()

    def version_constants(self) -> dict[bytes, object]:
        """The version as scripts see it, where they do (luaRegisterVersion)."""
        if not self.dialect.errors_are_tables:
            return {}
        release = self.server.version.release
        major, minor, patch = (int(part) for part in release.split(b"."))
        return {b"REDIS_VERSION": release, b"REDIS_VERSION_NUM": major << 16 | minor << 8 | patch}

    # Errors.

    def describe(self, raised: object) -> object:
        """What scripts catch of something that was raised."""
        if not isinstance(raised, BaseException):
            return raised
        if isinstance(raised, ScriptError):
            return self.error_table(raised.message) if raised.is_table else raised.message
        return str(raised).encode()

    def error_table(self, message: bytes) -> Any:
        """An error as redis.pcall returns it."""
        return self.interpreter.table({b"err": message})

    def refusal(self, message: bytes) -> ScriptError:
        """An error of a function of `redis`: a table, or a plain string in older versions."""
        if self.dialect.errors_are_tables:
            return ScriptError(b"ERR " + message, is_table=True)
        return ScriptError(message)

    def library_error(self, message: bytes) -> ScriptError:
        """An error of another library, which says where it was called (luaL_error)."""
        place = self.interpreter.where()
        prefix = b"%b:%d: " % (place[1], place[2]) if place is not None and place[2] > 0 else b""
        return ScriptError(prefix + message)

    def stopped(self) -> object:
        """What a script dies of that runs too long (luaMaskCountHook)."""
        return self.error_table(b"ERR " + STOPPED) if self.dialect.errors_are_tables else STOPPED

    def running(self, name: bytes) -> Run:
        """The script that runs.

        Raises:
            ScriptError: none does: a library is being loaded.
        """
        if self.run is None:
            raise self.refusal(OUTSIDE_SCRIPT % name)
        return self.run

    # Commands.

    def redis_call(self, *arguments: object) -> object:
        """redis.call(command, …): an error of the command is raised."""
        run = self.running(b"redis.call/pcall")
        reply = self._call(run, arguments)
        if reply[:1] == b"-":
            raise ScriptError(error_text(reply), is_table=self.dialect.errors_are_tables)
        return self._converted(reply)

    def redis_pcall(self, *arguments: object) -> object:
        """redis.pcall(command, …): an error of the command is returned."""
        run = self.running(b"redis.call/pcall")
        reply = self._call(run, arguments)
        if reply[:1] != b"-":
            return self._converted(reply)
        error: dict[bytes, object] = {b"err": error_text(reply)}
        if self.dialect.errors_are_tables:
            error[b"ignore_error_stats_update"] = True
        return self.interpreter.table(error)

    def _call(self, run: Run, arguments: tuple[object, ...]) -> bytes:
        try:
            return run_command(run, self.request(arguments), self.dialect)
        except RefusedError as refusal:
            return b"-" + self._placed(refusal.message) + b"\r\n"

    def request(self, arguments: tuple[object, ...]) -> Request:
        """The arguments of a function as those of a command (luaArgsToRedisArgv).

        Raises:
            RefusedError: there is none, or one is neither a string nor a number.
        """
        if not arguments:
            raise RefusedError(self.dialect.no_arguments)
        request = [text for text in map(command_argument, arguments) if text is not None]
        if len(request) != len(arguments):
            raise RefusedError(self.dialect.bad_arguments)
        return request

    def _placed(self, message: bytes) -> bytes:
        """An error that is not a command's: with a code, its own after "-" or ERR, or in older versions the place of
        the call (luaPushError)."""
        if self.dialect.errors_are_tables:
            return message[1:] if message.startswith(b"-") else b"ERR " + message
        place = self.interpreter.where()
        return message if place is None else b"%b: %d: %b" % (place[0], place[2], message)

    def _converted(self, reply: bytes) -> object:
        if len(reply) > REPLY_BYTES_CHECKED:
            factor = 2 if reply[:1] == b"$" else LUA_BYTES_PER_REPLY_BYTE
            self.interpreter.reserve(len(reply) * factor)
        return self._convert(reply)

    # The rest.

    def redis_sha1hex(self, *arguments: object) -> bytes:
        """redis.sha1hex(text)."""
        if len(arguments) != 1:
            raise self.refusal(b"wrong number of arguments")
        return sha1hex(lua_string(arguments[0]) or b"")

    def redis_error_reply(self, *arguments: object) -> object:
        """redis.error_reply(text)."""
        text = self._only_string(arguments)
        if text is None:
            return self.error_table(self._placed(b"wrong number or type of arguments"))
        if not self.dialect.errors_are_tables:
            return self.error_table(text)
        return self.error_table(error_text(b"-" + text.removeprefix(b"-")))

    def redis_status_reply(self, *arguments: object) -> object:
        """redis.status_reply(text)."""
        text = self._only_string(arguments)
        if text is None:
            return self.error_table(self._placed(b"wrong number or type of arguments"))
        return self.interpreter.table({b"ok": text})

    def _only_string(self, arguments: tuple[object, ...]) -> bytes | None:
        is_string = len(arguments) == 1 and isinstance(arguments[0], bytes)
        return arguments[0] if is_string else None  # type: ignore[return-value]

    def redis_setresp(self, *arguments: object) -> None:
        """redis.setresp(2|3): the protocol in which the script's commands answer."""
        run = self.running(b"redis.setresp")
        if len(arguments) != 1:
            raise self.refusal(b"redis.setresp() requires one argument.")
        resp = lua_integer(arguments[0])
        if resp not in (2, 3):
            raise self.refusal(b"RESP version must be 2 or 3.")
        run.client.resp = resp

    def redis_log(self, *arguments: object) -> None:
        """redis.log(level, text, …): checked, and dropped since there is no log."""
        if len(arguments) < 2:
            raise self.refusal(b"redis.log() requires two arguments or more.")
        if lua_number(arguments[0]) is None:
            raise self.refusal(b"First argument must be a number (log level).")
        if not 0 <= lua_integer(arguments[0]) <= 3:
            raise self.refusal(b"Invalid debug level.")

    def redis_set_repl(self, *arguments: object) -> None:
        """redis.set_repl(flags): whether the commands that follow are propagated to replicas."""
        run = self.running(b"redis.set_repl")
        if len(arguments) != 1:
            raise self.refusal(b"redis.set_repl() requires two arguments.")
        repl = lua_integer(arguments[0])
        if repl & ~REPL_ALL:
            message = b"Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
            raise self.refusal(message)
        set_repl(run, repl)

    def redis_replicate_commands(self, *arguments: object) -> bool:
        """redis.replicate_commands(): effects are replicated in any case."""
        if self.dialect.reseeds_random:
            self.random.seed(self.server.random.getrandbits(31))
        return True

    def redis_breakpoint(self, *arguments: object) -> bool:
        """redis.breakpoint(): there is no debugger."""
        return False

    def redis_debug(self, *arguments: object) -> None:
        """redis.debug(…): there is no debugger."""

    def redis_acl_check_cmd(self, *arguments: object) -> bool:
        """redis.acl_check_cmd(command, …): the only user may run every command."""
        self.running(b"redis.acl_check_cmd")
        try:
            self.server.find_command(self.request(arguments))
        except RefusedError as refusal:
            raise self.refusal(refusal.message) from None
        except CommandError:
            raise self.refusal(b"Invalid command passed to redis.acl_check_cmd()") from None
        return True

    # math.random and math.randomseed.

    def math_random(self, *arguments: object) -> float | int:
        """math.random([low,] high) (redis_math_random)."""
        if self.run is None and self.dialect.errors_are_tables:
            raise self.library_error(OUTSIDE_SCRIPT % b"math.random")
        fraction = (self.random.next() % RANDOM_MAX) / RANDOM_MAX
        bounds = [self._check_integer(value, position, b"random") for position, value in enumerate(arguments, 1)]
        if not bounds:
            return fraction
        if len(bounds) > 2:
            raise self.library_error(b"wrong number of arguments")
        low, high = (1, bounds[0]) if len(bounds) == 1 else bounds
        if low > high:
            raise self.library_error(b"bad argument #%d to 'random' (interval is empty)" % len(bounds))
        return int(fraction * (high - low + 1)) + low

    def math_randomseed(self, *arguments: object) -> None:
        """math.randomseed(seed) (redis_math_randomseed)."""
        if self.run is None and self.dialect.errors_are_tables:
            raise self.library_error(OUTSIDE_SCRIPT % b"math.randomseed")
        self.random.seed(self._check_integer(arguments[0] if arguments else None, 1, b"randomseed"))

    def _check_integer(self, value: object, position: int, function: bytes) -> int:
        number = lua_number(value)
        if number is None:
            got = lua_type_name(value)
            raise self.library_error(b"bad argument #%d to '%b' (number expected, got %b)" % (position, function, got))
        return lua_integer(number)


def sha1hex(text: bytes) -> bytes:
    """The SHA1 digest in hexadecimal digits."""
    return sha1(text, usedforsecurity=False).hexdigest().encode()


def error_text(reply: bytes) -> bytes:
    """The text of an encoded error, with a code even if it has none (luaPushErrorBuff)."""
    code, blank, message = reply[1:].removesuffix(b"\r\n").partition(b" ")
    return code + b" " + message if blank else b"ERR " + code
