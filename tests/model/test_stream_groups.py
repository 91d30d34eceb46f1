"""Groups of consumers: who gets what, what is pending, who takes it over and who is woken."""

from __future__ import annotations

import pytest
from redproof_model.choice import BLOCKED, Choice, observe
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, OK, Error, Map, Reply
from redproof_model.versions import (
    REDIS_6_2,
    REDIS_7_0,
    REDIS_7_2,
    REDIS_8_0,
    VALKEY_8_0,
    VALKEY_8_1,
    Version,
)

BOTH = pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0])
NO_GROUP = Error(b"NOGROUP No such key 'x' or consumer group 'g' in XREADGROUP with GROUP option")
ADDED = ["XADD x 1-1 f a", "XADD x 1-2 f b", "XADD x 1-3 f c"]
READ = [*ADDED, "XGROUP CREATE x g 0", "XREADGROUP GROUP g one COUNT 2 STREAMS x >"]


def model_after(version: Version, *lines: str, clients: str = "A", resp: int = 2) -> Model:
    """A model after these commands, one per ms and executed within it; a client's name may stand before each."""
    model = Model(version)
    for client in clients:
        model.connect(client, resp)
    for now_ms, line in enumerate(lines):
        step(model, line, now_ms, now_ms)
    return model


def step(model: Model, line: str, low_ms: int, high_ms: int) -> Reply | Choice:
    """What may be answered to a line."""
    words = line.split()
    client = words.pop(0) if len(words[0]) == 1 else "A"
    return model.step(client, [word.encode() for word in words], low_ms, high_ms)


def answer(model: Model, line: str, now_ms: int = 100) -> Reply:
    """The only reply there is."""
    expected = step(model, line, now_ms, now_ms)
    assert not isinstance(expected, Choice) or expected is BLOCKED
    return expected if not isinstance(expected, Choice) else NULL


def woken(model: Model) -> list[tuple[str, Reply]]:
    """Who gets what, in the only world there is."""
    (world,) = model.worlds
    return [(client, expected) for client, expected in world.deliveries if not isinstance(expected, Choice)]


# -- reading ---------------------------------------------------------------------------------------


@BOTH
def test_each_entry_goes_to_one_consumer_until_it_is_acknowledged(version: Version) -> None:
    model = model_after(version, *READ)
    assert answer(model, "XREADGROUP GROUP g two STREAMS x >") == [[b"x", [[b"1-3", [b"f", b"c"]]]]]
    assert answer(model, "XREADGROUP GROUP g two STREAMS x >") == NULL_ARRAY
    assert answer(model, "XREADGROUP GROUP g one STREAMS x 1-1") == [[b"x", [[b"1-2", [b"f", b"b"]]]]]
    assert answer(model, "XACK x g 1-1 1-1 1-3") == 2
    assert answer(model, "XDEL x 1-2") == 1
    assert answer(model, "XREADGROUP GROUP g one STREAMS x 0") == [[b"x", [[b"1-2", NULL_ARRAY]]]]
    assert answer(model, "XPENDING x g") == [1, b"1-2", b"1-2", [[b"one", b"1"]]]
    assert answer(model, "XGROUP DELCONSUMER x g one") == 1
    assert answer(model, "XPENDING x g") == [0, NULL, NULL, NULL_ARRAY]


@BOTH
def test_a_reply_in_resp3_is_a_map(version: Version) -> None:
    model = model_after(version, *ADDED, resp=3)
    assert answer(model, "XREAD COUNT 1 STREAMS x 1-2") == Map([(b"x", [[b"1-3", [b"f", b"c"]]])])


@BOTH
def test_without_acknowledgements_nothing_is_pending(version: Version) -> None:
    model = model_after(version, *ADDED, "XGROUP CREATE x g $ MKSTREAM", "XADD x 1-4 f d")
    assert answer(model, "XREADGROUP GROUP g one NOACK STREAMS x >") == [[b"x", [[b"1-4", [b"f", b"d"]]]]]
    assert answer(model, "XPENDING x g - + 10") == []
    assert answer(model, "XGROUP SETID x g 1-3") == OK
    assert answer(model, "XREADGROUP GROUP g one STREAMS x >") == [[b"x", [[b"1-4", [b"f", b"d"]]]]]


@pytest.mark.parametrize(("version", "consumers"), [(REDIS_7_0, 0), (REDIS_7_2, 1)])
def test_who_reads_in_vain_is_a_consumer_from_7_2_on(version: Version, consumers: int) -> None:
    model = model_after(version, "XGROUP CREATE x g $ MKSTREAM", "XREADGROUP GROUP g one STREAMS x >")
    assert answer(model, "XGROUP CREATECONSUMER x g one") == 1 - consumers


# -- pending ---------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("idle", "reply", "allowed"),
    [
        ("", [[b"1-1", b"one", 6, 1], [b"1-2", b"one", 8, 1]], True),
        ("", [[b"1-1", b"one", 5, 1], [b"1-2", b"one", 8, 1]], False),
        ("", [[b"1-1", b"one", 9, 1], [b"1-2", b"one", 8, 1]], False),
        ("", [[b"1-1", b"one", 6, 2], [b"1-2", b"one", 8, 1]], False),
        ("", [[b"1-2", b"one", 8, 1]], False),
        ("IDLE 7", [[b"1-2", b"one", 8, 1]], True),
        ("IDLE 7", [[b"1-2", b"one", 6, 1]], False),
        ("IDLE 7", [], True),
        ("IDLE 6", [], False),
        ("IDLE 9", [], True),
        ("IDLE 9", [[b"1-1", b"one", 8, 1]], False),
    ],
)
def test_how_long_entries_are_pending(version: Version, idle: str, reply: Reply, allowed: bool) -> None:
    expected = step(model_after(version, *READ), f"XPENDING x g {idle} - + 10", 10, 12)
    assert observe(expected, reply, 2) == allowed


@BOTH
def test_an_idle_time_that_was_told_is_remembered(version: Version) -> None:
    model = model_after(version, *ADDED, "XGROUP CREATE x g 0")
    assert observe(
        step(model, "XREADGROUP GROUP g one COUNT 1 STREAMS x >", 10, 14), [[b"x", [[b"1-1", [b"f", b"a"]]]]], 2
    )
    assert observe(step(model, "XPENDING x g - + 1", 20, 20), [[b"1-1", b"one", 7, 1]], 2)
    assert not observe(step(model, "XPENDING x g - + 1", 21, 21), [[b"1-1", b"one", 9, 1]], 2)


@BOTH
@pytest.mark.parametrize(
    ("command", "claimed", "pending"),
    [
        ("XCLAIM x g two 0 1-1", [[b"1-1", [b"f", b"a"]]], [b"1-1", b"two", 0, 2]),
        ("XCLAIM x g two 0 1-1 JUSTID", [b"1-1"], [b"1-1", b"two", 0, 1]),
        ("XCLAIM x g two 0 1-1 RETRYCOUNT 7 IDLE 5", [[b"1-1", [b"f", b"a"]]], [b"1-1", b"two", 5, 7]),
        ("XCLAIM x g two 0 1-1 TIME 90", [[b"1-1", [b"f", b"a"]]], [b"1-1", b"two", 10, 2]),
        ("XCLAIM x g two 0 1-1 TIME 900 IDLE -5", [[b"1-1", [b"f", b"a"]]], [b"1-1", b"two", 0, 2]),
        ("XCLAIM x g two 1000 1-1", [], [b"1-1", b"one", 96, 1]),
        ("XAUTOCLAIM x g two 0 - COUNT 1", [[b"1-1", [b"f", b"a"]]], [b"1-1", b"two", 0, 2]),
    ],
)
def test_claims(version: Version, command: str, claimed: Reply, pending: Reply) -> None:
    model = model_after(version, *READ)
    reply = answer(model, command)
    if command.startswith("XAUTOCLAIM"):
        assert isinstance(reply, list)
        assert reply[0] == b"1-2"
        reply = reply[1]
    assert reply == claimed
    assert observe(step(model, "XPENDING x g - + 1", 100, 100), [pending], 2)


@BOTH
@pytest.mark.parametrize(("claimed", "pending"), [([b"1-1"], [[b"one", b"1"], [b"two", b"1"]]), ([], [[b"one", b"2"]])])
def test_the_reply_decides_what_was_idle_for_long_enough(version: Version, claimed: Reply, pending: Reply) -> None:
    model = model_after(version, *READ)
    assert observe(step(model, "XCLAIM x g two 7 1-1 JUSTID", 10, 12), claimed, 2)
    assert answer(model, "XPENDING x g") == [2, b"1-1", b"1-2", pending]


@BOTH
@pytest.mark.parametrize(("options", "claimed"), [("", [b"1-3"]), ("IDLE 4", [b"1-3"]), ("IDLE 5", [b"1-3", b"1-3"])])
def test_an_entry_that_is_claimed_twice_is_met_as_the_first_time_left_it(
    version: Version, options: str, claimed: Reply
) -> None:
    model = model_after(version, *READ)
    assert observe(step(model, f"XCLAIM x g two 5 1-3 1-3 FORCE JUSTID {options}", 100, 108), claimed, 2)


@BOTH
def test_force_claims_what_is_pending_for_nobody(version: Version) -> None:
    model = model_after(version, *READ)
    assert answer(model, "XCLAIM x g two 0 1-3 9-9") == []
    assert answer(model, "XCLAIM x g two 50 1-3 9-9 FORCE LASTID 1-3") == [[b"1-3", [b"f", b"c"]]]
    assert answer(model, "XREADGROUP GROUP g two STREAMS x >") == NULL_ARRAY


@pytest.mark.parametrize(
    ("version", "by_xclaim", "by_xautoclaim", "left"),
    [
        (REDIS_6_2, [NULL], [b"0-0", [NULL, [b"1-2", [b"f", b"b"]]]], 2),
        (REDIS_7_0, [], [b"0-0", [[b"1-2", [b"f", b"b"]]], [b"1-1"]], 1),
    ],
)
def test_claims_of_deleted_entries(version: Version, by_xclaim: Reply, by_xautoclaim: Reply, left: int) -> None:
    lines = [*READ, "XDEL x 1-1"]
    assert answer(model_after(version, *lines), "XCLAIM x g two 0 1-1") == by_xclaim
    model = model_after(version, *lines)
    assert answer(model, "XAUTOCLAIM x g two 0 -") == by_xautoclaim
    pending = answer(model, "XPENDING x g")
    assert isinstance(pending, list)
    assert pending[0] == left


# -- counters --------------------------------------------------------------------------------------


def lag(model: Model) -> tuple[Reply, Reply]:
    """What the only group has read, and what lies before it."""
    reply = answer(model, "XINFO GROUPS x")
    assert isinstance(reply, list)
    (group,) = reply
    assert isinstance(group, Map)
    return group.pairs[4][1], group.pairs[5][1]


@pytest.mark.parametrize(
    ("lines", "in_7_0", "in_8_0"),
    [
        ([*ADDED, "XGROUP CREATE x g 0"], (NULL, 3), (NULL, 3)),
        (READ, (2, 1), (2, 1)),
        ([*READ, "XDEL x 1-3"], (2, NULL), (2, NULL)),
        ([*READ, "XTRIM x MAXLEN 0"], (2, 1), (2, 0)),
        ([*ADDED, "XGROUP CREATE x g 1-2"], (NULL, NULL), (NULL, NULL)),
        ([*ADDED, "XGROUP CREATE x g 0 ENTRIESREAD 9"], (9, -6), (9, 3)),
        ([*ADDED, "XDEL x 1-1", "XGROUP CREATE x g 0-1"], (NULL, 1 + 1), (NULL, 2)),
    ],
)
def test_what_a_group_has_read(lines: list[str], in_7_0: tuple[Reply, Reply], in_8_0: tuple[Reply, Reply]) -> None:
    assert lag(model_after(REDIS_7_0, *lines)) == in_7_0
    assert lag(model_after(REDIS_8_0, *lines)) == in_8_0


@pytest.mark.parametrize(("version", "behind"), [(VALKEY_8_0, 1), (VALKEY_8_1, NULL), (REDIS_8_0, 1)])
def test_a_gap_ahead_of_a_group(version: Version, behind: Reply) -> None:
    lines = ["XGROUP CREATE x g 0-1 MKSTREAM", "XADD x 1-6 f v", "XDEL x 1-6", "XADD x 1-7 f v"]
    assert lag(model_after(version, *lines)) == (NULL, behind)


# -- waiting ---------------------------------------------------------------------------------------

NEW: Reply = [[b"x", [[b"1-1", [b"f", b"v"]]]]]
MADE = "E XGROUP CREATE x g $ MKSTREAM"
WAIT = "A XREADGROUP GROUP g one BLOCK 0 STREAMS x >"


@pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0, REDIS_7_2, VALKEY_8_1])
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["A XREAD BLOCK 0 STREAMS x $", "B XREAD BLOCK 0 STREAMS x 0", "E XADD x 1-1 f v"], [("A", NEW), ("B", NEW)]),
        (["A XREAD BLOCK 0 STREAMS x 5", "E XADD x 1-1 f v"], []),
        (["A XREAD BLOCK 0 STREAMS x $", "E XADD y 1-1 f v", "E RENAME y x"], [("A", NEW)]),
        (["A XREAD BLOCK 0 STREAMS x $", "E SET x text"], []),
        ([MADE, WAIT, WAIT.replace("A", "B", 1), "E XADD x 1-1 f v"], [("A", NEW)]),
        ([MADE, WAIT, "E XADD y 1-1 f v"], []),
        ([MADE, WAIT, "B BLPOP x 0", "E XADD x 1-1 f v"], [("A", NEW)]),
    ],
)  # fmt: skip
def test_who_is_woken(version: Version, lines: list[str], expected: list[tuple[str, Reply]]) -> None:
    assert woken(model_after(version, *lines, clients="ABE")) == expected


GONE = Error(b"NOGROUP the consumer group this client was blocked on no longer exists")
DELETED = Error(b"UNBLOCKED the stream key no longer exists")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")


@pytest.mark.parametrize(
    ("line", "in_6_2", "in_7_0", "in_7_2"),
    [
        ("E XGROUP DESTROY x g", GONE, GONE, NO_GROUP),
        ("E DEL x", None, DELETED, NO_GROUP),
        ("E SET x text", None, DELETED, WRONG_TYPE),
        ("E FLUSHALL", None, DELETED, NO_GROUP),
        ("E SWAPDB 0 1", None, DELETED, NO_GROUP),
        ("E RENAME x y", None, DELETED, NO_GROUP),
        ("E COPY z x REPLACE", GONE, GONE, NO_GROUP),
        ("E RENAME s x", None, DELETED, WRONG_TYPE),
        ("E XADD x MAXLEN 0 1-1 f v", [[b"x", []]], [[b"x", []]], None),
    ],
)
def test_a_group_that_goes(line: str, in_6_2: Reply | None, in_7_0: Reply | None, in_7_2: Reply | None) -> None:
    for version, expected in ((REDIS_6_2, in_6_2), (REDIS_7_0, in_7_0), (REDIS_7_2, in_7_2)):
        model = model_after(version, "E XADD z 1-1 f v", "E SET s t", MADE, WAIT, clients="AE")
        step(model, line, 10, 10)
        assert woken(model) == ([] if expected is None else [("A", expected)])


def test_a_stream_that_expires_may_end_a_wait_later() -> None:
    for lost, later in ((True, False), (False, True)):
        model = model_after(REDIS_7_0, MADE, "E PEXPIRE x 5", WAIT, clients="AE")
        answer(model, "E PING", 20)
        assert model.receivers() == {}
        if lost:
            assert model.deliver("A", DELETED, 2, 20)
        answer(model, "E XADD x 1-1 f v", 30)
        assert model.receivers() == ({"A": True} if later else {})
        if later:
            assert model.deliver("A", GONE, 2, 30)


@BOTH
def test_nobody_waits_in_a_transaction(version: Version) -> None:
    model = model_after(version, MADE, "A MULTI", WAIT, "A XREAD BLOCK 0 STREAMS x $", clients="AE")
    assert answer(model, "A EXEC") == [NULL_ARRAY, NULL_ARRAY]


@BOTH
def test_a_time_out_in_ms(version: Version) -> None:
    model = model_after(version, "A XREAD BLOCK 10 STREAMS x $")
    assert model.deadline_ms("A") == 10
    assert answer(model_after(version), "XREAD BLOCK -1 STREAMS x $") == Error(b"ERR timeout is negative")
    assert answer(model_after(version), "XREAD BLOCK 1.5 STREAMS x $") == Error(
        b"ERR timeout is not an integer or out of range"
    )
