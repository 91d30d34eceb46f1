"""Guided histories: what they reach, that the seed decides them, and that they go on where they were."""

from __future__ import annotations

import gc
from collections import deque
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from redproof_model.versions import REDIS_7_0
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.corpus import Corpus
from redproof_properties.fuzzing.guided import Guided
from redproof_properties.fuzzing.mutation import mutate
from redproof_properties.fuzzing.novelty import Answer, Transition, reach
from redproof_properties.generate import Generator
from redproof_properties.history import Call, Expire, History, Sleep

GENERATOR = Generator(["lists", "sets"])
PUSH = Call("A", (b"RPUSH", b"l", b"x"))


def guided(folder: Path, seed: int = 1) -> Guided:
    return Guided(REDIS_7_0, GENERATOR, seed, 20, {}, Corpus(folder / "corpus"), folder / "log")


def test_states_and_answers_are_reached() -> None:
    reached = reach(REDIS_7_0, [PUSH, PUSH, Call("A", (b"get", b"l"))], {})
    empty, one, two = None, ("List", "quicklist", 1, False), ("List", "quicklist", 2, False)
    assert reached == {
        Transition(b"RPUSH", empty, one): 1,
        Answer(b"RPUSH", "integer 1"): 1,
        Transition(b"RPUSH", one, two): 2,
        Answer(b"RPUSH", "integer 2"): 2,
        Transition(b"GET", two, two): 3,
        Answer(b"GET", "WRONGTYPE Operation against a"): 3,
    }


def test_a_blocked_client_waits_and_is_served() -> None:
    blocked = Call("B", (b"BLPOP", b"l", b"0"))
    reached = reach(REDIS_7_0, [blocked, Call("B", (b"GET", b"s")), Expire("B"), Sleep(5), PUSH, blocked], {"B": 3})
    assert Answer(b"BLPOP", "none") in reached
    assert not any(each.command == b"GET" for each in reached)
    assert Transition(b"RPUSH", None, None) in reached


def test_no_change_lets_a_client_end_a_connection_of_the_harness() -> None:
    generator = Generator(["clients", "scripting"], clients=2)
    random = Random(1)
    histories = [generator.history(seed, 40) for seed in range(40)]
    made = [step for each in histories for step in mutate(random, each, random.choice(histories), generator, 10)]
    calls = [step.argv for step in made if isinstance(step, Call) and step.argv[0] in (b"CLIENT", b"client")]
    words = [[part.upper() for part in argv if isinstance(part, bytes)] for argv in calls]
    kills = [argv for argv in words if argv[1:2] == [b"KILL"] and len(argv) > 3]
    assert kills
    assert all(argv[-2] == b"ID" and argv[-1].startswith(b"999999999") for argv in kills)


def test_no_repetition_asks_for_more_and_more() -> None:
    drawn = [Call("A", (b"SRANDMEMBER", b"t", b"-2000"))]
    made = [step for seed in range(200) for step in mutate(Random(seed), drawn, drawn, GENERATOR, 20)]
    last = {step.argv[-1] for step in made if isinstance(step, Call) and step.argv[:2] == (b"SRANDMEMBER", b"t")}
    assert {each for each in last if isinstance(each, bytes) and each.startswith(b"-2000")} == {b"-2000"}


def test_errors_that_tell_other_values_are_the_same_answer() -> None:
    calls = [Call("A", (b"OBJECT", what)) for what in (b"a", b"b 2", b"")]
    assert [*reach(REDIS_7_0, calls, {})] == [
        Transition(b"OBJECT", None, None),
        Answer(b"OBJECT", "ERR unknown subcommand *."),
    ]


def test_what_it_holds_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    before = alive(Call), alive(Transition, Answer)
    source, corpus = guided(tmp_path), Corpus(tmp_path / "corpus")
    deque(islice(source.histories(0), 300), maxlen=0)
    # The generator holds the commands of a block, and the source those of the last few histories.
    assert alive(Call) - before[0] < 2_000 < sum(len(corpus.read(name)) for name in corpus.names())
    assert alive(Transition, Answer) - before[1] < 20 < len(source.reached)


def alive(*kinds: type) -> int:
    gc.collect()
    return sum(isinstance(each, kinds) for each in gc.get_objects())


def test_the_seed_decides_the_histories_and_the_corpus(tmp_path: Path) -> None:
    first = list(islice(guided(tmp_path / "one").histories(0), 60))
    second = list(islice(guided(tmp_path / "two").histories(0), 60))
    assert first == second
    names = [Corpus(tmp_path / each / "corpus").names() for each in ("one", "two")]
    assert names[0] == names[1]
    assert list(islice(guided(tmp_path / "three", seed=2).histories(0), 60)) != first


@pytest.mark.parametrize("stop", [1, 40, 90])
def test_it_goes_on_as_if_it_had_not_been_ended(tmp_path: Path, stop: int) -> None:
    whole = list(islice(guided(tmp_path / "whole").histories(0), 100))
    cut = guided(tmp_path / "cut")
    list(islice(cut.histories(0), stop + 5))
    with (tmp_path / "cut" / "log").open("a") as log:
        log.write("+ 3 half a li")
    assert list(islice(guided(tmp_path / "cut").histories(stop), 100 - stop)) == whole[stop:]


def test_what_is_asked_for_again_is_the_same(tmp_path: Path) -> None:
    source = guided(tmp_path)
    histories = list(islice(source.histories(0), 60))
    assert next(source.histories(59)) == histories[59]


def test_a_history_that_diverged_is_taken_for_others_no_more(tmp_path: Path) -> None:
    source = guided(tmp_path)
    list(islice(source.histories(0), 1))
    source.diverged(0)
    assert (tmp_path / "log").read_text().splitlines()[-1] == "- 0"


def test_each_history_of_the_corpus_reaches_something_and_is_short(tmp_path: Path) -> None:
    source = guided(tmp_path)
    list(islice(source.histories(0), 300))
    corpus = Corpus(tmp_path / "corpus")
    kept = [corpus.read(name) for name in corpus.names()]
    assert {hash(each) for history in kept for each in reach(REDIS_7_0, history, {})} == source.reached
    assert len(min(kept, key=len)) < 20


def test_guided_histories_reach_states_that_drawn_ones_do_not(tmp_path: Path) -> None:
    made = list(islice(guided(tmp_path).histories(0), 400))
    drawn: list[History] = []
    while sum(map(len, drawn)) < sum(map(len, made)):
        drawn.append(GENERATOR.history(1 + len(drawn), 20))
    largest = [
        max(each.became[2] for history in histories for each in reach(REDIS_7_0, history, {})
            if isinstance(each, Transition) and each.became is not None and each.became[0] == "List")
        for histories in (made, drawn)
    ]  # fmt: skip
    assert largest[0] > largest[1]


def test_a_corpus_is_named_by_content_and_read_back(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path)
    name = corpus.add([PUSH, Sleep(3)])
    assert corpus.add([PUSH, Sleep(3)]) == name
    assert corpus.names() == [name]
    assert corpus.read(name) == [PUSH, Sleep(3)]
    (tmp_path / f"{name}.json").write_text('{"format": 9}')
    with pytest.raises(UsageError, match="not a history of a corpus"):
        corpus.read(name)
