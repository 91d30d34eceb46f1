"""The arguments of XADD and XTRIM that say what is to be removed (`t_stream.c` streamParseAddOrTrimArgsOrReply)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.commands.streams.ids import stream_id
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.streams import ID, MIN_ID, References, Stream
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.versions.streams import StreamFacts

_TWO_STRATEGIES: Final = b"ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
_NO_STRATEGY: Final = b"ERR syntax error, XTRIM must be called with a trimming strategy"
_NO_OPTION: Final = b"ERR XTRIM called without an option to trim the stream"
_LIMIT_ALONE: Final = b"ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
_LIMIT_EXACT: Final = b"ERR syntax error, LIMIT cannot be used without the special ~ option"
_NEGATIVE_MAXLEN: Final = b"ERR The MAXLEN argument must be >= 0."
_NEGATIVE_LIMIT: Final = b"ERR The LIMIT argument must be >= 0."
REFERENCES: Final = {references.name.encode(): references for references in References}
_APPROXIMATE_LIMIT: Final = 100 * 100
"""How many entries an approximate trim removes at most when it is not told: those of a hundred full nodes."""


@dataclass(slots=True)
class TrimArguments:
    """What to remove, and for XADD where the ID stands and whether the stream may be created.

    The threshold of `strategy` stands at `position`.
    """

    strategy: bytes | None = None
    position: int = 0
    maxlen: int | None = None
    minid: ID = MIN_ID
    approximate: bool = False
    limit: int | None = None
    id_position: int = 0
    may_create: bool = True
    references: References | None = None

    def trim(self, stream: Stream) -> int:
        """Remove what the arguments say and return how many entries that were."""
        if self.strategy is None:
            return 0
        limit = self.limit if self.limit is not None else _APPROXIMATE_LIMIT if self.approximate else 0
        return stream.trim(self.maxlen, self.minid, self.approximate, limit, self.references or References.KEEPREF)

    def exactly(self, argv: list[bytes], stream: Stream) -> list[bytes]:
        """The command with what an approximate trim has come to (`t_stream.c` streamRewriteTrimArgument)."""
        if not self.approximate:
            return argv
        first, last = self.position - 1, self.position + 1
        left = b"%d" % len(stream.entries) if self.strategy == b"MAXLEN" else b"%d-%d" % stream.edge_id
        return [*argv[:first], b"=", left, *argv[last:]]


def trim_arguments(facts: StreamFacts, argv: list[bytes], xadd: bool) -> TrimArguments:
    """Read the options behind the key, up to the ID of XADD or to the end; raises ReplyError."""
    found = TrimArguments()
    position = 2
    while position < len(argv):
        option, more = c_string(argv[position]).upper(), len(argv) - 1 - position
        if xadd and option == b"*":
            break
        if facts.only_maxlen and option != b"MAXLEN":
            option = b""
        if option in (b"MAXLEN", b"MINID") and more:
            position = _read_strategy(facts, found, argv, option, position + 1)
        elif option == b"LIMIT" and more:
            position += 1
            found.limit = integer(argv[position])
            if found.limit < 0:
                raise ReplyError(_NEGATIVE_LIMIT)
        elif facts.references and option in REFERENCES and found.references is None:
            found.references = REFERENCES[option]
        elif xadd and option == b"NOMKSTREAM":
            found.may_create = False
        elif xadd:
            break
        else:
            raise ReplyError(SYNTAX)
        position += 1
    found.id_position = position
    return found


def _read_strategy(facts: StreamFacts, found: TrimArguments, argv: list[bytes], strategy: bytes, position: int) -> int:
    """Read `[~|=] threshold` and return where the threshold stands."""
    if found.strategy is not None and not facts.only_maxlen:
        raise ReplyError(_TWO_STRATEGIES)
    mark = c_string(argv[position])
    found.approximate = False
    if mark in (b"~", b"=") and position + 1 < len(argv):
        found.approximate = mark == b"~"
        position += 1
    if strategy == b"MINID":
        found.minid = stream_id(argv[position])
    else:
        found.maxlen = integer(argv[position])
        if found.maxlen < 0:
            raise ReplyError(_NEGATIVE_MAXLEN)
    found.strategy, found.position = strategy, position
    return position


def check_limit(world: World, found: TrimArguments, xadd: bool) -> None:
    """Refuse a LIMIT where none may be given, and an XTRIM that says nothing.

    What comes from a master is exact already, and has no limit, although one may be told.
    """
    facts = world.version.streams
    if world.session.is_master:
        found.limit = 0
    if found.limit and found.strategy is None:
        raise ReplyError(_LIMIT_ALONE)
    if not xadd and found.strategy is None:
        raise ReplyError(_NO_OPTION if facts.only_maxlen else _NO_STRATEGY)
    if found.limit is not None and not found.approximate and not world.session.is_master:
        raise ReplyError(_LIMIT_EXACT)
