"""What was done and told is held to the system `failover`: notes that can be so, and the same with something wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from redproof_model.systems.failover.scope import FORGETFUL, NO_ONE, SMALL, Scope
from redproof_properties.failover.traces.behaviour import Agreed, Behaviour, Done, Held, Note, Seen, Told
from redproof_properties.failover.traces.shortest import Act

MASTER, REPLICA = NO_ONE, 0
ALL_HELD = Held(frozenset(map(frozenset, ((0, 1), (0, 2)))))


def write(node: int, value: str, offset: int) -> Done:
    """A server took a write."""
    return Done(Act("write", {"node": node}), value, offset)


def done(action: str, node: int) -> Done:
    """Something was done to a server."""
    return Done(Act(action, {"node": node}))


def told(node: int, master: int, *values: str) -> Told:
    """A server told whom it follows, and what it has."""
    return Told(node, Seen(master, values))


def verdicts(notes: Sequence[Note], scope: Scope = SMALL, priorities: Sequence[int] = (1, 2, 3)) -> set[str]:
    """What is said of notes, whichever write is followed."""
    behaviour = Behaviour(scope, priorities)
    for each in notes:
        behaviour.note(each)
    return {each.validation.verdict for each in behaviour.judge()}


OVER: list[Note] = [
    ALL_HELD,
    write(0, "a", 1),
    Held(frozenset({frozenset((0, 2))})),
    told(1, REPLICA, "a"),
    ALL_HELD,
    write(0, "b", 2),
    done("crash", 0),
    Agreed(1),
    write(1, "c", 2),
    told(1, MASTER, "a", "c"),
    told(2, 1, "a", "c"),
    done("come_back", 0),
    told(0, MASTER, "a", "b"),
    Held(frozenset()),
    told(0, 1, "a", "c"),
]
"""A failover that loses `b`, which the promoted replica had not got."""

WRONG: dict[str, tuple[int, Note]] = {
    "a value that is held back has come": (3, told(2, REPLICA, "a")),
    "a replica of a lower priority is promoted": (7, Agreed(2)),
    "the promoted replica has what it had not got": (9, told(1, MASTER, "a", "b", "c")),
    "the promoted replica has lost what it had": (9, told(1, MASTER, "c")),
    "a replica has what its master has not": (10, told(2, 1, "a", "b")),
    "the old master has lost what it had": (12, told(0, MASTER, "a")),
    "the old master keeps what the new one has not": (14, told(0, 1, "a", "b", "c")),
    "a server follows one that is no master": (14, told(0, 2, "a", "c")),
    "a master is replaced that is not missed": (6, told(0, MASTER, "a", "b")),
}
"""One note of them and what stands in its place."""


def test_a_failover_that_loses_a_write_is_a_behaviour() -> None:
    assert verdicts(OVER) == {"holds"}


@pytest.mark.parametrize(("at", "note"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_no_behaviour(at: int, note: Note) -> None:
    changed = list(OVER)
    changed[at] = note
    assert "broken" in verdicts(changed)


def test_only_what_forgets_comes_back_without_its_data() -> None:
    notes: list[Note] = [ALL_HELD, write(0, "a", 1), done("crash", 0), done("come_back", 0), told(0, MASTER)]
    assert verdicts(notes, FORGETFUL) == {"holds"}
    assert verdicts(notes) == {"broken"}


def test_a_claim_may_be_true_or_not_where_it_is_not_known() -> None:
    behaviour = Behaviour(SMALL, (1, 2, 3))
    claim = "an_acknowledged_write_is_lost"
    for note in (write(0, "a", 1), done("crash", 0)):
        behaviour.note(note)
    assert behaviour.judge(claim)[0].truths == {False}
    behaviour.note(Agreed(1))
    # Before the crash the replica may have been given the write.
    assert behaviour.judge(claim)[0].truths == {False, True}
    behaviour.note(told(1, MASTER))
    assert behaviour.judge(claim)[0].truths == {True}


def test_too_many_states_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redproof_model.kernel.validate.Validator.__init__.__kwdefaults__", {"states_max": 1})
    assert verdicts(OVER) == {"unknown"}
