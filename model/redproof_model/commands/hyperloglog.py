"""HyperLogLogs, which are strings: PFADD, PFCOUNT, PFMERGE and PFDEBUG (`hyperloglog.c`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final

from redproof_model.choice import Expected, OneOf
from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.hyperloglog.estimate import REGISTERS, estimate
from redproof_model.hyperloglog.sketch import Sketch, is_sketch, new_sketch
from redproof_model.hyperloglog.sparse import CorruptedError
from redproof_model.keyspace.command import CommandTable, Handler
from redproof_model.keyspace.split import split
from redproof_model.keyspace.values import String, Value
from redproof_model.keyspace.world import World
from redproof_model.reply import OK, Reply, Status

table = CommandTable()

_NOT_A_SKETCH: Final = b"WRONGTYPE Key is not a valid HyperLogLog string value."
_CORRUPTED: Final = b"INVALIDOBJ Corrupted HLL object detected"
_NO_KEY: Final = b"ERR The specified key does not exist"
_NOT_SPARSE: Final = b"ERR HLL encoding is not sparse"
_RAW: Final = "raw"


def _either_way(act: Callable[[World, list[bytes], bool], Expected]) -> Handler:
    """A handler that lets the server accept a surplus run of registers, or refuse it as those that are patched do."""

    def act_or_refuse(world: World, argv: list[bytes], with_surplus: bool) -> Expected:
        try:
            return act(world, argv, with_surplus)
        except ReplyError as refused:
            return refused.reply

    @wraps(act)
    def handler(world: World, argv: list[bytes]) -> Expected:
        if any(_has_surplus(world.db.values.get(key)) for key in argv[1:]):
            return split(world, [False, True], lambda heir, accepts: act_or_refuse(heir, argv, accepts))
        return act(world, argv, False)

    return handler


def _has_surplus(value: Value | None) -> bool:
    return isinstance(value, String) and is_sketch(value.data) and _is_surplus(value.data)


@lru_cache(64)
def _is_surplus(data: bytes) -> bool:
    sparse = Sketch(data).sparse
    return sparse is not None and sparse.has_surplus()


@table.command("PFADD", arity=-2)
@_either_way
def pfadd(world: World, argv: list[bytes], with_surplus: bool) -> Expected:
    """PFADD key [element …] (hyperloglog.c pfaddCommand)."""
    value, sketch = _to_write(world, argv[1], with_surplus)
    updated = not world.holds(argv[1])
    try:
        for element in argv[2:]:
            updated |= sketch.add(element)
    except CorruptedError:
        value.data = sketch.to_bytes()
        raise ReplyError(_CORRUPTED) from None
    if updated:
        sketch.forget_count()
        _store(world, argv[1], value, sketch)
    return int(updated)


@table.command("PFCOUNT", arity=-2)
@_either_way
def pfcount(world: World, argv: list[bytes], with_surplus: bool) -> Expected:
    """PFCOUNT key [key …] (hyperloglog.c pfcountCommand); no server accepts a surplus run in a single key."""
    if len(argv) > 2:
        return estimate(_union(world, argv[1:], with_surplus))
    key = argv[1]
    if world.get(key) is None:
        return 0
    value, sketch = _to_write(world, key, with_surplus=False)
    count = sketch.cached_count()
    if count is None:
        count = estimate(_registers(sketch))
        sketch.cache_count(count)
        _store(world, key, value, sketch)
    return count


@table.command("PFMERGE", arity=-2)
@_either_way
def pfmerge(world: World, argv: list[bytes], with_surplus: bool) -> Expected:
    """PFMERGE destination [source …] (hyperloglog.c pfmergeCommand)."""
    union = _union(world, argv[1:], with_surplus)
    sketches = (_read(world, key, with_surplus) for key in argv[1:])
    to_dense = any(sketch is not None and sketch.sparse is None for sketch in sketches)
    value, sketch = _to_write(world, argv[1], with_surplus)
    if to_dense:
        sketch.make_dense()
    for index in sorted(union):
        sketch.raise_register(index, union[index])
    sketch.forget_count()
    _store(world, argv[1], value, sketch)
    return OK


def _union(world: World, keys: list[bytes], with_surplus: bool) -> dict[int, int]:
    """The largest value of each register that is not 0 in all; raises ReplyError."""
    union: dict[int, int] = {}
    for key in keys:
        sketch = _read(world, key, with_surplus)
        if sketch is not None:
            for index, value in _registers(sketch).items():
                if value > union.get(index, 0):
                    union[index] = value
    return union


def _registers(sketch: Sketch) -> dict[int, int]:
    try:
        return sketch.registers()
    except CorruptedError:
        raise ReplyError(_CORRUPTED) from None


def _read(world: World, key: bytes, with_surplus: bool) -> Sketch | None:
    """The HyperLogLog at `key`, None without one; raises ReplyError for anything else."""
    value = world.string(key)
    if value is None:
        return None
    if not is_sketch(value.data):
        raise ReplyError(_NOT_A_SKETCH)
    return Sketch(value.data, with_surplus)


def _to_write(world: World, key: bytes, with_surplus: bool) -> tuple[String, Sketch]:
    """The string at `key`, which is a `raw` one from now on, or a new one that is not yet stored; what is in it."""
    sketch = _read(world, key, with_surplus)
    value = world.string(key)
    if value is None or sketch is None:
        return String(b"", _RAW), new_sketch()
    value.encoding = _RAW
    return value, sketch


def _store(world: World, key: bytes, value: String, sketch: Sketch) -> None:
    value.data = sketch.to_bytes()
    world.put(key, value, keep_ttl=True)


@table.command("PFDEBUG", arity=3)
@_either_way
def pfdebug(world: World, argv: list[bytes], with_surplus: bool) -> Expected:
    """PFDEBUG GETREG|DECODE|ENCODING|TODENSE key (hyperloglog.c pfdebugCommand)."""
    if world.get(argv[2]) is None:
        raise ReplyError(_NO_KEY)
    value, sketch = _to_write(world, argv[2], with_surplus)
    name = c_string(argv[1])
    subcommand = _SUBCOMMANDS.get(name.upper())
    if subcommand is None:
        raise ReplyError(one_line(b"ERR Unknown PFDEBUG subcommand '%s'" % name))
    if len(argv) > 3:
        raise ReplyError(one_line(b"ERR Wrong number of arguments for the '%s' subcommand" % name))
    try:
        reply = subcommand(world, sketch)
    except CorruptedError:
        raise ReplyError(_CORRUPTED) from None
    value.data = sketch.to_bytes()
    return reply


def _getreg(world: World, sketch: Sketch) -> Reply:
    """All registers, which are dense from now on."""
    _make_dense(world, sketch)
    values = sketch.registers()
    return [values.get(index, 0) for index in range(REGISTERS)]


def _decode(world: World, sketch: Sketch) -> Expected:
    """The opcodes: `z:` and `Z:` for short and long gaps, `v:` for values.

    Of a long gap that the end of the string cuts off, the server takes what follows in its memory for the second byte:
    the 0 that ends the string, or what PFADD has written over it.
    """
    if sketch.sparse is None:
        raise ReplyError(_NOT_SPARSE)
    shown: list[bytes] = []
    for value, length, code in sketch.sparse.opcodes:
        if value:
            shown.append(b"v:%d,%d" % (value, length))
        else:
            shown.append(b"%s:%d" % (b"Z" if code[0] & 0x40 else b"z", length))
    last = sketch.sparse.opcodes[-1] if sketch.sparse.opcodes else None
    if last is None or not last.is_cut_off:
        return b" ".join(shown)
    fewest = (last.code[0] & 0x3F) << 8
    return OneOf([b" ".join([*shown[:-1], b"Z:%d" % (fewest + second + 1)]) for second in range(256)])


def _encoding(world: World, sketch: Sketch) -> Reply:
    return Status(b"dense" if sketch.sparse is None else b"sparse")


def _todense(world: World, sketch: Sketch) -> Reply:
    return int(_make_dense(world, sketch))


def _make_dense(world: World, sketch: Sketch) -> bool:
    made = sketch.make_dense()
    if made:
        world.dirty()
    return made


_SUBCOMMANDS: Final[dict[bytes, Callable[[World, Sketch], Expected]]] = {
    b"GETREG": _getreg,
    b"DECODE": _decode,
    b"ENCODING": _encoding,
    b"TODENSE": _todense,
}
