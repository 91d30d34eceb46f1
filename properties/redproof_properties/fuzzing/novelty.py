"""What a history reaches, told by the model alone: abstract states of keys, what commands do to them, and reply shapes.

No server is asked, so that the same histories always count as new in the same order. Encodings are those of the model,
which is held to OBJECT ENCODING by every campaign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from redproof_model.choice import BLOCKED, SILENT, Choice, example
from redproof_model.keyspace.database import Database
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.streams import Stream
from redproof_model.keyspace.values import Hash, List, SetValue, SortedSet, String, Value
from redproof_model.reply import Error, Map, Push, Reply, Set, Status, project
from redproof_model.versions import Version

from redproof_properties.divergence import shape
from redproof_properties.history import Call, History, Sleep
from redproof_properties.seen import SeenReplies
from redproof_properties.sending import PARTING, PERSONAL, sendable

_BEGAN_MS: Final = 1_800_000_000_000
_STEP_MS: Final = 1
_UNPLAYED: Final = PERSONAL | PARTING
"""What changes connections: whether it may be sent is told while a server answers."""

_LONGEST_EMBSTR: Final = 44
_ERROR_WORDS: Final = 4

State: TypeAlias = tuple[str, str, int, bool] | None
"""A key: its type, its encoding, the number of bits of its size, and whether it expires; None if it is not there."""


class Transition(NamedTuple):
    """What a command made of its first key."""

    command: bytes
    first: State
    became: State


class Answer(NamedTuple):
    """How a command was answered."""

    command: bytes
    reply: str


Reached: TypeAlias = Transition | Answer


def reach(version: Version, history: History, protocols: Mapping[str, int]) -> dict[Reached, int]:
    """What a history reaches on a server of this version that is empty at first, each with how many steps that takes.

    Where a server has a choice it takes the model's example. A client that is blocked does nothing until it is served.
    """
    reached: dict[Reached, int] = {}
    for taken, what in _play(version, sendable(version, history), protocols):
        reached.setdefault(what, taken)
    return reached


def _play(version: Version, history: History, protocols: Mapping[str, int]) -> Iterator[tuple[int, Reached]]:
    model = Model(version)
    seen = SeenReplies()
    now_ms = _BEGAN_MS
    connected: set[str] = set()
    for taken, step in enumerate(history, 1):
        now_ms += step.duration_ms if isinstance(step, Sleep) else _STEP_MS
        if not isinstance(step, Call) or step.argv[0] in _UNPLAYED:
            continue
        client = step.client
        resp = protocols.get(client, 2)
        if client not in connected:
            connected.add(client)
            model.connect(client, resp)
        if model.blocks(client):
            continue
        argv = [part if isinstance(part, bytes) else seen.told[part] for part in step.argv]
        name = argv[0].upper()
        first = _first_state(_database_of(model, client), argv)
        expected = model.step(client, argv, now_ms, now_ms)
        if expected is BLOCKED or expected is SILENT:
            yield taken, Answer(name, "none")
            continue
        reply = project(example(expected), resp)
        if isinstance(expected, Choice) and not expected.observe(reply, resp):
            return
        seen.remember(argv, reply)
        yield taken, Transition(name, first, _first_state(_database_of(model, client), argv))
        yield taken, Answer(name, _shape(reply))
        if not _deliver(model, protocols, now_ms):
            return


def _deliver(model: Model, protocols: Mapping[str, int], now_ms: int) -> bool:
    """Let clients have what they are to be sent apart from replies; False where that cannot be told."""
    while receivers := model.receivers():
        client = next(iter(receivers))
        deliveries = [expected for name, expected in model.worlds[0].deliveries if name == client]
        resp = protocols.get(client, 2)
        if not deliveries or not model.deliver(client, project(example(deliveries[0]), resp), resp, now_ms):
            return False
    return True


def _database_of(model: Model, client: str) -> Database:
    world = model.worlds[0]
    return world.databases[world.sessions[client].database]


def _first_state(database: Database, argv: list[bytes]) -> State:
    if len(argv) < 2:
        return None
    key = argv[1]
    value = database.values.get(key)
    if value is None:
        return None
    encoding, size = _form(value)
    return type(value).__name__, encoding, size.bit_length(), key in database.expires


def _form(value: Value) -> tuple[str, int]:
    match value:
        case String(data):
            return value.encoding_name(_LONGEST_EMBSTR), len(data)
        case List(items, encoding):
            return encoding, len(items)
        case Hash(fields, encoding):
            return encoding + ("ex" if value.expiries else ""), len(fields)
        case SetValue(members, encoding):
            return encoding, len(members)
        case SortedSet(scores, encoding):
            return encoding, len(scores)
    assert isinstance(value, Stream)
    return f"{len(value.groups)} groups", len(value.entries)


def _shape(reply: Reply) -> str:
    """What of a reply counts: its type, how an error begins without values, and how many bits its size has."""
    match reply:
        case Error():
            return " ".join(shape(reply).split()[1 : 1 + _ERROR_WORDS])
        case Status(text):
            return text.decode("latin-1")
        case bytes() | list():
            return f"{type(reply).__name__} {len(reply).bit_length()}"
        case Set(items) | Push(items):
            return f"{type(reply).__name__} {len(items).bit_length()}"
        case Map(pairs):
            return f"map {len(pairs).bit_length()}"
        case bool() | int():
            return f"integer {-1 if reply < 0 else min(reply, 2)}"
    return type(reply).__name__
