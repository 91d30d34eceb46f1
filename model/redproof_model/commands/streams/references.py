"""XDELEX and XACKDEL, which delete entries with an eye to the groups that hold them (`t_stream.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.streams.ids import stream_at, stream_id
from redproof_model.commands.streams.trim import REFERENCES
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import References
from redproof_model.keyspace.world import World
from redproof_model.number import to_integer
from redproof_model.reply import Reply

table = CommandTable()

_WRONG_NUMBER: Final = b"ERR Number of IDs must be a positive integer"
_WRONG_COUNT: Final = b"ERR The `numids` parameter must match the number of arguments"
_NO_IDS: Final = b"ERR IDS option is required"

_NOT_FOUND: Final = -1
_DELETED: Final = 1
_REFERENCED: Final = 2


@table.command("XDELEX", arity=-5)
def xdelex(world: World, argv: list[bytes]) -> Expected:
    """XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id [id …] (t_stream.c xdelexCommand).

    What DELREF makes groups forget is no change where no entry is deleted: that is not propagated.
    """
    stream = stream_at(world, argv[1])
    references, texts = _arguments(argv, 2)
    if stream is None:
        return [_NOT_FOUND for _ in texts]
    results: list[Reply] = []
    for entry_id in [stream_id(text) for text in texts]:
        if stream.frees(entry_id, references):
            results.append(_DELETED if stream.delete(entry_id) else _NOT_FOUND)
        else:
            results.append(_REFERENCED)
    if _DELETED in results:
        world.modified(argv[1])
    return results


@table.command("XACKDEL", arity=-6)
def xackdel(world: World, argv: list[bytes]) -> Expected:
    """XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id [id …] (t_stream.c xackdelCommand)."""
    stream = stream_at(world, argv[1])
    references, texts = _arguments(argv, 3)
    group = None if stream is None else stream.groups.get(argv[2])
    if stream is None or group is None:
        return [_NOT_FOUND for _ in texts]
    results: list[Reply] = []
    deleted = False
    for entry_id in [stream_id(text) for text in texts]:
        if group.pending.pop(entry_id, None) is None:
            results.append(_NOT_FOUND)
            continue
        world.dirty()
        if stream.frees(entry_id, references):
            deleted |= stream.delete(entry_id)
            results.append(_DELETED)
        else:
            results.append(_REFERENCED)
    if deleted:
        world.modified(argv[1])
    return results


def _arguments(argv: list[bytes], position: int) -> tuple[References, list[bytes]]:
    """The option and the IDs, not read yet; the last IDS counts (`t_stream.c` streamParseAckDelArgsOrReply)."""
    references: References | None = None
    texts: list[bytes] | None = None
    while position < len(argv):
        option = c_string(argv[position]).upper()
        if option in REFERENCES and references is None:
            references = REFERENCES[option]
            position += 1
        elif option == b"IDS" and position + 1 < len(argv):
            count = to_integer(argv[position + 1])
            if count is None or count < 1:
                raise ReplyError(_WRONG_NUMBER)
            position += 2
            texts = argv[position : position + count]
            if len(texts) < count:
                raise ReplyError(_WRONG_COUNT)
            position += count
        else:
            raise ReplyError(SYNTAX)
    if texts is None:
        raise ReplyError(_NO_IDS)
    return references or References.KEEPREF, texts
