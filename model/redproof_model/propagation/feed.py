"""How what was executed enters the stream: its order, MULTI and EXEC around it, and SELECT where the database changes.

Source: `replication.c` replicationFeedSlaves; `multi.c` execCommandPropagateMulti; `server.c` propagatePendingCommands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from redproof_model.keyspace.programs import PROGRAM_CALLS
from redproof_model.propagation.recorder import Call, Deletions, Effect, is_dirty
from redproof_model.versions.propagation import PropagationFacts, Wrapping

Entry: TypeAlias = Effect | Deletions

ANY_DATABASE: Final = -1
"""The database of a command that needs no SELECT."""

_MULTI: Final = (b"MULTI",)
_EXEC: Final = (b"EXEC",)
_ARBITRARY: Final = frozenset(["SCAN", "RANDOMKEY"])
"""Commands that may find any expired keys, whose deletions are no transaction (CMD_TOUCHES_ARBITRARY_KEYS)."""

_READ_ONLY_NAMES: Final = """
    ACL BITCOUNT BITFIELD_RO BITPOS CLIENT CONFIG DBSIZE DEBUG DUMP ECHO EXISTS GEODIST GEOHASH GEOPOS
    GEORADIUSBYMEMBER_RO GEORADIUS_RO GET GETBIT GETRANGE HEXISTS HGET HGETALL HKEYS HLEN HMGET HSCAN HSTRLEN HVALS
    KEYS LINDEX LLEN LOLWUT LPOS LRANGE MEMORY MGET OBJECT PFCOUNT PFDEBUG PTTL RANDOMKEY ROLE SCAN SCARD SDIFF SINTER
    SISMEMBER SMEMBERS SRANDMEMBER SSCAN STRALGO STRLEN SUBSTR SUNION TIME TOUCH TTL TYPE XINFO XLEN XPENDING XRANGE
    XREAD XREVRANGE ZCARD ZCOUNT ZLEXCOUNT ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYLEX
    ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE
    """
_READ_ONLY: Final = frozenset(_READ_ONLY_NAMES.split())
"""Of Redis 6.0, the only version that asks: what has the flag `readonly` or `admin` in its table of commands."""

_NO_WRITES: Final = _READ_ONLY | {"PING", "PUBLISH", "SELECT", "PUBSUB", "WAIT"}
"""Commands that do not make a script one that writes, up to Redis 6.2, where that is asked."""


def entries(facts: PropagationFacts, unit: list[Call]) -> list[list[Entry]]:
    """What a unit enters, MULTI and EXEC included; several alternatives where that depends on what is found."""
    if facts.wrapping is Wrapping.IF_SEVERAL:
        return _queued(facts, unit)
    if len(unit) == 1 or (unit[0].name not in PROGRAM_CALLS and unit[0].name != "EXEC"):
        return [[entry for call in unit for entry in _alone(facts, call)]]
    if unit[0].name == "EXEC":
        fed = _transaction(facts, unit)
        inside = [entry for call in unit[1:] for entry in _inner(call)]
        nothing = facts.wrapping is Wrapping.FROM_FIRST and not any(map(is_certain, inside))
        return [fed, []] if nothing and fed else [fed]
    return [_script(unit)]


def is_certain(entry: Entry) -> bool:
    """Whether what an entry expects must come; deletions that the server happens on may."""
    return isinstance(entry, Effect) or entry.all


def _size(entry: Entry) -> int:
    return len(entry.commands) if isinstance(entry, Deletions) else 1


def _queued(facts: PropagationFacts, unit: list[Call]) -> list[list[Entry]]:
    """From 7.0 on all is put together when the unit ends, and is a transaction if it is more than one command."""
    queue: list[Entry] = []
    for call in unit:
        queue += call.effects
        if (own := call.own) is not None:
            queue.append(own)
    if unit[0].name in _ARBITRARY:
        return [queue]
    certain = sum(map(_size, filter(is_certain, queue)))
    possible = sum(map(_size, queue))
    alternatives = []
    if certain < 2:
        alternatives.append(queue)
    if possible > 1:
        first, last = (ANY_DATABASE, ANY_DATABASE) if facts.select_in_multi else (queue[0].database, queue[-1].database)
        alternatives.append([Effect(first, _MULTI), *queue, Effect(last, _EXEC)])
    return alternatives


def _alone(facts: PropagationFacts, call: Call) -> Iterator[Entry]:
    """Before 7.0: expired keys at once, then the command, then what else it propagates, wrapped if that is several."""
    yield from _early(call)
    if (own := call.own) is not None:
        yield own
    also = _also(call)
    if len(also) > 1:
        yield Effect(call.database, _MULTI)
    yield from also
    if len(also) > 1:
        yield Effect(call.database, _EXEC)


def _early(call: Call) -> list[Entry]:
    return [entry for entry in call.effects if isinstance(entry, Deletions) or entry.directly]


def _also(call: Call) -> list[Entry]:
    return [entry for entry in call.effects if isinstance(entry, Effect) and not entry.directly]


def _inner(call: Call) -> list[Entry]:
    own = call.own
    return [*_early(call), *([own] if own is not None else []), *_also(call)]


def _transaction(facts: PropagationFacts, unit: list[Call]) -> list[Entry]:
    """What EXEC propagates before 7.0."""
    fed: list[Entry] = _early(unit[0])
    begun = False
    dirty = 0
    for call in unit[1:]:
        inner = _inner(call)
        starts = call.name not in _READ_ONLY if facts.wrapping is Wrapping.BEFORE_WRITES else bool(inner)
        if starts and not begun:
            begun = True
            fed.append(Effect(inner[0].database if facts.wrapping is Wrapping.FROM_FIRST else call.database, _MULTI))
        fed += inner
        dirty += call.dirty
    if is_dirty(dirty + begun):
        # What a read-only command changes makes EXEC one that has changed something, though no MULTI was sent.
        fed.append(Effect(unit[-1].selected, _EXEC))
    return fed


def _script(unit: list[Call]) -> list[Entry]:
    """What EVAL propagates before 7.0: all from the first command on that may write is a transaction."""
    fed: list[Entry] = _early(unit[0])
    begun = False
    for call in unit[1:]:
        if not begun and call.name not in _NO_WRITES:
            begun = True
            fed.append(Effect(unit[0].database, _MULTI))
        fed += _inner(call)
    if begun:
        fed.append(Effect(unit[0].database, _EXEC))
    return fed
