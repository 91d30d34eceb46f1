"""KEEPREF, DELREF and ACKED of streams, XDELEX and XACKDEL: what redis-server 8.6.3 answers, and tells its replicas."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from redproof_model.choice import example
from redproof_model.keyspace.model import Model
from redproof_model.reply import Error, Reply
from redproof_model.versions import REDIS_8_0, REDIS_8_2, REDIS_8_6, Version

NOT_AN_ID = Error(b"ERR Invalid stream ID specified as stream command argument")
NOT_POSITIVE = Error(b"ERR Number of IDs must be a positive integer")
NO_MATCH = Error(b"ERR The `numids` parameter must match the number of arguments")
NO_IDS = Error(b"ERR IDS option is required")
SYNTAX = Error(b"ERR syntax error")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")

FOUR = tuple(f"XADD x 1-{number} f v" for number in range(1, 5))
HELD = (
    *FOUR,
    "XGROUP CREATE x g 0",
    "XREADGROUP GROUP g c COUNT 3 STREAMS x >",
    "XACK x g 1-2",
)
"""Of four entries the group holds the first and the third, has acknowledged the second, and has not read the last."""
TWICE_HELD = (*HELD, "XGROUP CREATE x h 1-3", "XCLAIM x h d 0 1-1 FORCE JUSTID")
"""And another group holds the first as well."""


class Case(NamedTuple):
    """What a command answers, and then which entries there are and which the group `g` holds."""

    before: tuple[str, ...]
    command: str
    reply: Reply
    left: str
    held: str


CASES = {
    "XDELEX": Case(HELD, "XDELEX x IDS 2 1-1 1-2", [1, 1], "34", "13"),
    "XDELEX KEEPREF": Case(HELD, "XDELEX x KEEPREF IDS 1 1-1", [1], "234", "13"),
    "XDELEX DELREF": Case(TWICE_HELD, "XDELEX x DELREF IDS 2 1-1 1-4", [1, 1], "23", "3"),
    "XDELEX ACKED": Case(HELD, "XDELEX x ACKED IDS 4 1-1 1-2 1-3 1-4", [2, 1, 2, 2], "134", "13"),
    "XDELEX ACKED without a group": Case(FOUR, "XDELEX x ACKED IDS 1 1-4", [1], "123", ""),
    "XDELEX ACKED of what is not there": Case(HELD, "XDELEX x ACKED IDS 2 0-1 9-9", [-1, 2], "1234", "13"),
    "XDELEX DELREF of what was deleted": Case((*HELD, "XDEL x 1-1"), "XDELEX x DELREF IDS 1 1-1", [-1], "234", "3"),
    "XDELEX twice": Case(FOUR, "XDELEX x IDS 2 1-1 1-1", [1, -1], "234", ""),
    "XDELEX without a stream": Case((), "XDELEX x IDS 2 1-1 nonsense", [-1, -1], "", ""),
    "XDELEX of no ID": Case(FOUR, "XDELEX x IDS 2 1-1 nonsense", NOT_AN_ID, "1234", ""),
    "XDELEX of a list": Case(("RPUSH x a",), "XDELEX x IDS 0 1-1", WRONG_TYPE, "", ""),
    "XDELEX of none": Case(FOUR, "XDELEX x IDS 0 1-1", NOT_POSITIVE, "1234", ""),
    "XDELEX of no number": Case(FOUR, "XDELEX x IDS a 1-1", NOT_POSITIVE, "1234", ""),
    "XDELEX of fewer": Case(FOUR, "XDELEX x IDS 2 1-1", NO_MATCH, "1234", ""),
    "XDELEX of more": Case(FOUR, "XDELEX x IDS 1 1-1 1-2", SYNTAX, "1234", ""),
    "XDELEX without IDS": Case(FOUR, "XDELEX x ACKED KEEPREF 1-1", SYNTAX, "1234", ""),
    "XDELEX with IDS at the end": Case(FOUR, "XDELEX x IDS 1 1-1 IDS", SYNTAX, "1234", ""),
    "XDELEX with IDS twice": Case(FOUR, "XDELEX x IDS 1 1-1 delref IDS 2 1-2 1-3", [1, 1], "14", ""),
    "XACKDEL": Case(HELD, "XACKDEL x g IDS 3 1-1 1-2 1-4", [1, -1, -1], "234", "3"),
    "XACKDEL DELREF": Case(TWICE_HELD, "XACKDEL x g DELREF IDS 1 1-1", [1], "234", "3"),
    "XACKDEL ACKED": Case(HELD, "XACKDEL x g ACKED IDS 1 1-1", [1], "234", "3"),
    "XACKDEL ACKED held by another": Case(TWICE_HELD, "XACKDEL x g ACKED IDS 2 1-1 1-3", [2, 1], "124", ""),
    "XACKDEL of what was deleted": Case((*HELD, "XDEL x 1-1"), "XACKDEL x g IDS 1 1-1", [1], "234", "3"),
    "XACKDEL without a group": Case(FOUR, "XACKDEL x g IDS 2 1-1 nonsense", [-1, -1], "1234", ""),
    "XACKDEL without a stream": Case((), "XACKDEL x g IDS 1 1-1", [-1], "", ""),
    "XACKDEL without IDS": Case(HELD, "XACKDEL x g ACKED IDS 1", NO_MATCH, "1234", "13"),
    "XTRIM KEEPREF": Case(HELD, "XTRIM x KEEPREF MAXLEN 1", 3, "4", "13"),
    "XTRIM DELREF": Case(HELD, "XTRIM x DELREF MAXLEN 2", 2, "34", "3"),
    "XTRIM ACKED": Case(HELD, "XTRIM x MINID 9 ACKED", 1, "134", "13"),
    "XTRIM ACKED down to what is left": Case(HELD, "XTRIM x MAXLEN 3 ACKED", 1, "134", "13"),
    "XTRIM ACKED, approximately": Case(HELD, "XTRIM x MAXLEN ~ 0 ACKED", 1, "134", "13"),
    "XTRIM DELREF, approximately": Case(HELD, "XTRIM x MAXLEN ~ 0 DELREF", 4, "", ""),
    "XTRIM DELREF, approximately, but not of a whole node": Case(HELD, "XTRIM x MAXLEN ~ 2 DELREF", 2, "34", "3"),
    "XTRIM DELREF of what was deleted": Case((*HELD, "XDEL x 1-1"), "XTRIM x MAXLEN 0 DELREF", 3, "", "1"),
    "XTRIM with two": Case(HELD, "XTRIM x ACKED MAXLEN 0 DELREF", SYNTAX, "1234", "13"),
    "XADD DELREF": Case(HELD, "XADD x DELREF MAXLEN 1 1-9 f v", b"1-9", "9", ""),
    "XADD ACKED": Case(HELD, "XADD x MAXLEN 1 ACKED 1-9 f v", b"1-9", "1349", "13"),
    "XADD with two": Case(HELD, "XADD x ACKED KEEPREF 1-9 f v", NOT_AN_ID, "1234", "13"),
}


def after(version: Version, *lines: str) -> Model:
    """A model whose client has sent these commands, in which a server has no choice."""
    model = Model(version, propagates=True)
    model.connect("c")
    for line in lines:
        answered(model, line)
    return model


def answered(model: Model, line: str) -> Reply:
    """What a command is answered, or may be: of XPENDING only the time is open."""
    return example(model.step("c", line.encode().split(), 1000, 1000))


def digits(reply: Reply) -> str:
    """The sequence numbers of the entries of a reply."""
    assert isinstance(reply, list)
    ids = [item[0] for item in reply if isinstance(item, list)]
    return b"".join(each.partition(b"-")[2] for each in ids if isinstance(each, bytes)).decode()


@pytest.mark.parametrize("name", CASES)
def test_groups_are_minded(name: str) -> None:
    case = CASES[name]
    model = after(REDIS_8_2, *case.before)
    assert answered(model, case.command) == case.reply
    if case.reply != WRONG_TYPE:
        assert digits(answered(model, "XRANGE x - +")) == case.left
    if HELD[-2] in case.before:
        assert digits(answered(model, "XPENDING x g - + 10")) == case.held


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("XTRIM x MAXLEN 0 ACKED", SYNTAX),
        ("XADD x KEEPREF 1-9 f v", NOT_AN_ID),
        ("XDELEX x IDS 1 1-1", b"ERR unknown command 'XDELEX'"),
        ("XACKDEL x g IDS 1 1-1", b"ERR unknown command 'XACKDEL'"),
    ],
)
def test_redis_8_0_knows_none_of_it(command: str, reply: Error | bytes) -> None:
    answer = answered(after(REDIS_8_0, *HELD), command)
    assert isinstance(answer, Error)
    assert answer.text.startswith(reply.text if isinstance(reply, Error) else reply)


@pytest.mark.parametrize(
    ("before", "command", "sent"),
    [
        (HELD, "XDELEX x DELREF IDS 1 1-1", ["XDELEX x DELREF IDS 1 1-1"]),
        ((*HELD, "XDEL x 1-1"), "XDELEX x DELREF IDS 1 1-1", []),
        (HELD, "XDELEX x ACKED IDS 1 1-1", []),
        (TWICE_HELD, "XACKDEL x g ACKED IDS 1 1-1", ["XACKDEL x g ACKED IDS 1 1-1"]),
        (HELD, "XTRIM x MINID ~ 9 ACKED", ["XTRIM x MINID = 1-1 ACKED"]),
        (HELD, "XTRIM x MAXLEN ~ 0 ACKED", ["XTRIM x MAXLEN = 3 ACKED"]),
    ],
)
def test_a_replica_is_told(before: tuple[str, ...], command: str, sent: list[str]) -> None:
    model = after(REDIS_8_6, *before)
    already = len(model.propagated().example())
    answered(model, command)
    assert model.propagated().example()[already:] == [tuple(line.encode().split()) for line in sent]


def test_a_trim_ends_in_a_node_in_whose_midst_it_leaves_entries() -> None:
    """Of 200 entries in two nodes, the first of each of which is acknowledged, an exact trim removes one."""
    model = after(REDIS_8_2, *(f"XADD x 1-{number} f v" for number in range(1, 201)), "XGROUP CREATE x g 0")
    answered(model, "XREADGROUP GROUP g c STREAMS x >")
    assert answered(model, "XACK x g 1-1 1-101") == 2
    assert answered(model, "XTRIM x MAXLEN 198 ACKED") == 1
    assert answered(model, "XTRIM x MAXLEN ~ 0 ACKED") == 1
    assert answered(model, "XLEN x") == 198
