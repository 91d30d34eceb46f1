"""What lets commands be judged one by one: a generator with a favourite, keywords, and a witness of what agreed."""

from __future__ import annotations

from collections import Counter

import pytest
from redproof_model.reply import Error, Reply
from redproof_properties.generate import Generator
from redproof_properties.grammar import Keyword, seq
from redproof_properties.history import Call
from redproof_properties.judge import Judge
from redproof_properties.judged import model_version
from redproof_properties.targets import parse_target


@pytest.mark.parametrize("name", ["GETDEL", "SET"])
def test_a_third_of_the_commands_are_the_favourite(name: str) -> None:
    generator = Generator(["strings"], favourite=name)
    names = Counter(step.name for seed in range(50) for step in generator.history(seed, 100) if isinstance(step, Call))
    assert 0.3 < names[name] / names.total() < 0.7
    assert len(names) > 10


def test_a_favourite_that_no_group_has_changes_nothing() -> None:
    assert Generator(["strings"], favourite="NOSUCH").history(7, 50) == Generator(["strings"]).history(7, 50)


def test_words_that_commands_know_are_told_from_others() -> None:
    known, other = seq("GET"), seq("nonsense")
    assert (type(known) is Keyword, type(other) is Keyword) == (True, False)


def test_a_witness_is_told_every_command_that_agreed_and_its_reply() -> None:
    told: list[tuple[bytes, Reply | None]] = []
    history = [
        Call("A", argv) for argv in ((b"SET", b"k", b"v"), (b"SPOP", b"k"), (b"RANDOMKEY",), (b"BLPOP", b"l", b"0"))
    ]
    with (
        parse_target("redis") as target,
        Judge(target, model_version(target), agreed=lambda argv, reply: told.append((argv[0], reply))) as judge,
    ):
        assert judge.run(history) is None
    names, replies = zip(*told, strict=True)
    assert names == (b"SET", b"SPOP", b"RANDOMKEY", b"BLPOP")
    assert isinstance(replies[1], Error)
    assert replies[2:] == (b"k", None)
