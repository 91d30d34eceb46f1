"""A few scripts and what they do. The model has no Lua: it knows these by their text, and the vocabulary sends them.

What a script returns goes through Lua and back, where numbers are doubles that are cut to integers, a nil ends a
table, and every null is the null of a string. Source: `script_lua.c` luaReplyToRedisReply and
redisProtocolToLuaType, before 7.0 `scripting.c`.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha1
from typing import TYPE_CHECKING, Final, TypeAlias

from redproof_model.choice import Choice, Expected
from redproof_model.errors import ReplyError
from redproof_model.keyspace.roles import refuse_writes
from redproof_model.keyspace.values import String, text_encoding
from redproof_model.number import INT64_MAX, INT64_MIN
from redproof_model.reply import NULL, BigNumber, Double, Error, Map, Null, Reply, Set, Status, project

if TYPE_CHECKING:
    from redproof_model.keyspace.command import Spec
    from redproof_model.keyspace.world import World

Body: TypeAlias = "Callable[[World, list[bytes], list[bytes], bool], Reply]"
"""What a script does, given its keys, its other arguments, and whether it may only read."""

_NOT_IN_SCRIPTS: Final = frozenset(
    ["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SUBSCRIBE", "PSUBSCRIBE", "AUTH", "HELLO", "EVAL", "CLIENT"]
)
_MAY_REPLICATE: Final = frozenset(["PUBLISH"])
"""Those of the commands that scripts call which have the flag `may_replicate`."""

_SETS_ARGUMENT: Final = frozenset(["SET", "APPEND"])
"""Those that try to keep an argument as an integer."""

_READ_ONLY: Final = b"ERR Write commands are not allowed from read-only scripts."


class ScriptError(Exception):
    """A script fails with this text, where it does not catch it."""

    def __init__(self, text: bytes) -> None:
        self.text = text


def digest(text: bytes) -> bytes:
    """The name by which EVALSHA calls a script."""
    return sha1(text, usedforsecurity=False).hexdigest().encode()


def redis_call(world: World, argv: list[bytes], read_only: bool) -> Reply:
    """`redis.call`: the reply as Lua has it. Raises ScriptError for an error."""
    reply = redis_pcall(world, argv, read_only)
    if isinstance(reply, Error):
        raise ScriptError(reply.text)
    return reply


def redis_pcall(world: World, argv: list[bytes], read_only: bool) -> Reply:
    """`redis.pcall`: as `redis_call`, but errors are replies."""
    try:
        return through_lua(project(_only_reply(_execute(world, argv, read_only)), 2))
    except ReplyError as failed:
        return failed.reply


def _execute(world: World, argv: list[bytes], read_only: bool) -> Expected:
    """Execute a command for a script (`script.c` scriptCall)."""
    facts = world.version.scripts
    if not argv:
        raise ReplyError(facts.no_arguments)
    assert world.dispatcher is not None
    spec = world.dispatcher.by_name.get(argv[0].upper())
    if spec is None:
        raise ReplyError(facts.unknown_command)
    if not spec.fewest <= len(argv) <= spec.most:
        raise ReplyError(facts.wrong_arity)
    if spec.name in _NOT_IN_SCRIPTS or (spec.name == "WAIT" and not facts.wait_allowed):
        raise ReplyError(facts.not_allowed)
    if read_only and (spec.writes or spec.name in _MAY_REPLICATE):
        raise ReplyError(_READ_ONLY)
    if spec.writes and world.replicates:
        try:
            refuse_writes(world, facts.minds_replicas)
        except ReplyError as refused:
            raise ReplyError(facts.refused % refused.reply.text) from refused
    if world.recorder is not None:
        world.recorder.begin(spec.name, argv, world.session.database, nested=True)
    session = world.session
    # Scripts have a client of their own, which is subscribed to nothing: PING answers it as any other.
    subscribed, session.subscribed = session.subscribed, False
    try:
        if facts.arguments_stay_text and spec.name in _SETS_ARGUMENT:
            return _set_as_text(world, spec, argv)
        return spec.handler(world, argv)
    finally:
        session.subscribed = subscribed


def _set_as_text(world: World, spec: Spec, argv: list[bytes]) -> Expected:
    """Execute a command that sets a string, and let a number stay text (`object.c` tryObjectEncoding).

    Since scripts are a module's, their caller holds each argument too, and what is shared is not encoded anew
    (`src/modules/lua/script_lua.c` luaServerGenericCommand, `module.c` VM_Call).
    """
    before = world.get(argv[1])
    expected = spec.handler(world, argv)
    value = world.get(argv[1])
    if isinstance(value, String) and value is not before and value.encoding is None:
        value.encoding = text_encoding(value.data, world.version.longest_embstr)
    return expected


def _only_reply(expected: Expected) -> Reply:
    if isinstance(expected, Choice):
        raise TypeError("the scripts of the model call no command that leaves the server a choice")
    return expected


def through_lua(reply: Reply) -> Reply:
    """A RESP2 reply after Lua has had it."""
    match reply:
        case int():
            number = int(float(reply))
            return number if INT64_MIN <= number <= INT64_MAX else INT64_MIN
        case Null():
            return NULL
        case list():
            return [through_lua(item) for item in reply]
    return reply


def _constant(reply: Reply) -> Body:
    return lambda world, keys, argv, read_only: reply


def _set_then_get(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    if len(keys) != 1 or len(argv) != 1:
        raise ScriptError(world.version.scripts.raised % b"one key and one value")
    redis_call(world, [b"SET", keys[0], argv[0]], read_only)
    return redis_call(world, [b"GET", keys[0]], read_only)


def _set_then_fail(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    redis_call(world, [b"SET", b"s1", b"written"], read_only)
    return redis_call(world, [b"LPUSH", b"s1", b"x"], read_only)


def _tell_error(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    reply = redis_pcall(world, argv, read_only)
    return reply.text if isinstance(reply, Error) else reply


def _arguments(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    if not keys:
        return []
    return [keys[0], argv[0], len(keys), len(argv)] if argv else [keys[0]]


def _error_reply(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    return Error(b"ERR bad" if world.version.scripts.error_reply_has_code else b"bad")


def _dashed_error_reply(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    return Error(b"MY bad" if world.version.scripts.error_reply_has_code else b"-MY bad")


def _big_number(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    return BigNumber(b"123") if world.version.scripts.big_numbers else []


def _boom(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    raise ScriptError(world.version.scripts.raised % b"boom")


def _publish(world: World, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    return redis_call(world, [b"PUBLISH", b"c1", b"from a script"], read_only)


CALL: Final = b"return redis.call(unpack(ARGV))"
PCALL: Final = b"return redis.pcall(unpack(ARGV))"
TELL_ERROR: Final = (
    b"local r = redis.pcall(unpack(ARGV)); if type(r) == 'table' and r.err then return r.err end; return r"
)
SET_THEN_GET: Final = (
    b"if #KEYS ~= 1 or #ARGV ~= 1 then error('one key and one value') end; "
    b"redis.call('SET', KEYS[1], ARGV[1]); return redis.call('GET', KEYS[1])"
)
BROKEN: Final = b"return ("

SCRIPTS: Final[dict[bytes, Body]] = {
    CALL: lambda world, keys, argv, read_only: redis_call(world, argv, read_only),
    PCALL: lambda world, keys, argv, read_only: redis_pcall(world, argv, read_only),
    TELL_ERROR: _tell_error,
    SET_THEN_GET: _set_then_get,
    b"redis.call('SET', 's1', 'written'); return redis.call('LPUSH', 's1', 'x')": _set_then_fail,
    b"return redis.call('PUBLISH', 'c1', 'from a script')": _publish,
    b"return {KEYS[1], ARGV[1], #KEYS, #ARGV}": _arguments,
    b"return 3.99": _constant(3),
    b"return -3.99": _constant(-3),
    b"return 1e20": _constant(INT64_MIN),
    b"return {1, 2.7, 'a', false, true, nil, 'x'}": _constant([1, 2, b"a", NULL, 1]),
    b"return true": _constant(1),
    b"return false": _constant(NULL),
    b"return": _constant(NULL),
    b"return {ok='fine'}": _constant(Status(b"fine")),
    b"return {err='BAD thing'}": _constant(Error(b"BAD thing")),
    b"return redis.error_reply('bad')": _error_reply,
    b"return redis.error_reply('MY bad')": _constant(Error(b"MY bad")),
    b"return redis.error_reply('-MY bad')": _dashed_error_reply,
    b"return redis.status_reply('st')": _constant(Status(b"st")),
    b"return {double=3.5}": _constant(Double(b"3.5")),
    b"return {map={a=1}}": _constant(Map([(b"a", 1)])),
    b"return {set={a=true}}": _constant(Set([b"a"])),
    b"return {big_number='123'}": _big_number,
    b"error('boom')": _boom,
    b"return redis.sha1hex('')": _constant(digest(b"")),
}
"""What each script does, by its text."""
