"""Which commands of a history need care when they are sent, and which of them go in one write."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from redproof_model.keyspace.known import knows
from redproof_model.keyspace.roles import Role
from redproof_model.number import to_double
from redproof_model.versions import Version

from redproof_properties.grammar import Argument
from redproof_properties.history import Call, History, Step
from redproof_properties.seen import TELLING


def _in_either_case(names: str) -> frozenset[bytes]:
    """The names in the two spellings in which histories have them."""
    return frozenset(spelling.encode() for name in names.split() for spelling in (name, name.lower()))


BLOCKING: Final = _in_either_case(
    "BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP XREAD XREADGROUP WAIT WAITAOF"
)
_TIMEOUTS: Final = dict.fromkeys(
    _in_either_case("BLPOP BRPOP BLMOVE BRPOPLPUSH BZPOPMIN BZPOPMAX"), -1
) | dict.fromkeys(_in_either_case("BLMPOP BZMPOP"), 1)
"""Where commands that wait for keys have their time-out, in seconds."""
_LONG_S: Final = 10

PARTING: Final = _in_either_case("QUIT")
LOGIN: Final = _in_either_case("HELLO AUTH")
SCRIPTED: Final = _in_either_case("EVAL EVAL_RO SCRIPT FUNCTION")
_CLIENT: Final = _in_either_case("CLIENT")
_SUBSCRIBING: Final = _in_either_case("SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE")
WATCHED: Final = _SUBSCRIBING | LOGIN | _in_either_case("RESET")
"""From the first of these on, or of those that turn replies off, each command is looked at before it is sent."""

PERSONAL: Final = WATCHED | _CLIENT
"""What changes a connection itself: a history gives its connection up after these."""

_EXPIRING_FIELDS: Final = _in_either_case("HSETEX HGETEX HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT")
"""When one of these is executed is to be known well: of many fields that may all have expired or not, and be deleted or
not, each combination makes a world of the model."""

ALONE: Final = BLOCKING | PARTING | _CLIENT | LOGIN
"""What is sent without others: a server from Redis 7.2 on drops a refused AUTH's reply when one before it waits."""

_APART: Final = {False: ALONE, True: ALONE | _EXPIRING_FIELDS}
"""What is sent without others to a server that lets fields expire, or does not."""
_NOTABLE: Final = {expires_fields: names | TELLING for expires_fields, names in _APART.items()}

LIMITED: Final = frozenset({b"GET", b"SET", b"DEL", b"MGET", b"PUBLISH", b"PING", b"AUTH"})
"""What a client sends that is another user than the default one: what the model knows the permissions of."""

UNHEARD: Final = _CLIENT | {
    b"SET",
    b"GET",
    b"RPUSH",
    b"PING",
    b"SELECT",
    b"PUBLISH",
    b"SUBSCRIBE",
    b"PSUBSCRIBE",
    b"RESET",
}
"""What a client sends whose replies are off: nothing in which the server has a choice, of which nobody would hear."""


def may_turn_replies_off(call: Call) -> bool:
    """Whether the command is CLIENT REPLY."""
    match call.argv:
        case [bytes(name), bytes(subcommand), *_]:
            return name in _CLIENT and subcommand.upper() == b"REPLY"
    return False


def listens(call: Call) -> bool:
    """Whether a client may be sent something at any time after the command, or not be sent what is due."""
    return call.argv[0] in _SUBSCRIBING or may_turn_replies_off(call)


def sendable(version: Version, history: History, role: Role = Role.MASTER) -> History:
    """The history without what ends a server of this version in this role, and what of its programs is not known.

    Those are the scripts and functions that the model does not know, and all where they may see what has expired.
    """
    if version.fields is not None and version.fields.copies_none_of_expired:
        history = _without_picks_of_copies(history)
    if any(isinstance(step, Call) and step.argv[0] in SCRIPTED for step in history):
        sees_expired = role is Role.WRITABLE_REPLICA and version.replication.hides_from_reads_only
        history = [step for step in history if not _is_untold(step, sees_expired)]
    if not version.fatal:
        return history
    return [step for step in history if not isinstance(step, Call) or version.survives(step.argv, role)]


def _is_untold(step: Step, sees_expired: bool) -> bool:
    """Whether the step is about a program of which the model cannot tell what it does."""
    return isinstance(step, Call) and step.argv[0] in SCRIPTED and (sees_expired or not knows(step.argv))


def _without_picks_of_copies(history: History) -> History:
    """The history without HRANDFIELD after COPY, which may have made an empty hash."""
    names = [step.argv[0] if isinstance(step, Call) else None for step in history]
    first = next((at for at, name in enumerate(names) if isinstance(name, bytes) and name.upper() == b"COPY"), None)
    if first is None:
        return history
    pairs = enumerate(zip(history, names, strict=True))
    return [step for at, (step, name) in pairs if at < first or name not in (b"HRANDFIELD", b"hrandfield")]


def is_led_by_levels(argv: Sequence[Argument]) -> bool:
    """Whether a command writes what the levels of a skiplist lead to, which each server draws for itself.

    By member among different scores it does, which BYLEX and its kin do not refuse (`t_zset.c` zslFirstInLexRange).
    """
    words = [part.upper() for part in argv if isinstance(part, bytes)]
    return words[:1] == [b"ZREMRANGEBYLEX"] or (words[:1] == [b"ZRANGESTORE"] and b"BYLEX" in words)


def waits_long(call: Call) -> bool:
    """Whether a command that waits for a key does so for longer than it takes to judge a history, if it waits."""
    match call.argv:
        case [bytes(name), _, _, *_]:
            timeout = call.argv[_TIMEOUTS.get(name, 0)]
            seconds = to_double(timeout) if isinstance(timeout, bytes) else None
            return seconds is not None and (seconds == 0 or seconds >= _LONG_S)
    return False


def pipelined(
    history: History, first: Call, position: int, is_alone: bool = False, expires_fields: bool = False
) -> list[Call]:
    """The commands from `first` on that can be sent in one write; `position` is where the history goes on.

    It ends before another client's, before one that may block or ends the connection, and before one with an argument
    that a reply to a command of the batch may tell. Where the client `is_alone` nobody can serve it if it blocks, so
    that the server never executes what was sent after, unless its time is up soon. `expires_fields` tells that the
    server lets fields of hashes expire.
    """
    batch = [first]
    client, name = first.client, first.argv[0]
    apart, notable = _APART[expires_fields], _NOTABLE[expires_fields]
    if name in apart and not (is_alone and waits_long(first)):
        return batch
    tells = name in TELLING
    for step in islice(history, position, None):
        if type(step) is not Call or step.client != client:
            break
        name = step.argv[0]
        if name in notable:
            if name in apart and not (is_alone and waits_long(step)):
                break
            told, tells = tells, True
            if told and step.unresolved:
                break
        elif tells and step.unresolved:
            break
        batch.append(step)
    return batch
