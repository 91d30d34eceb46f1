"""What a server does not have is left out and named; what its version does not have is judged."""

import pytest
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version
from redproof_properties.generate import Generator
from redproof_properties.grammar import Command
from redproof_properties.history import Call
from redproof_properties.targets import parse_target
from redproof_properties.targets.connection import Connection
from redproof_properties.unsupported import has_commands, unsupported_commands
from redproof_properties.vocabulary import GROUPS

NOWHERE = (Command("NOSUCH"), Command("NEITHER"))


@pytest.fixture(autouse=True)
def group_of_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GROUPS, "nowhere", NOWHERE)


@pytest.mark.parametrize(("spelling", "version"), [("bundled:6.2", REDIS_6_2), ("bundled", REDIS_7_0)])
def test_only_what_the_version_has_is_missed(spelling: str, version: Version) -> None:
    with parse_target(spelling) as target:
        assert unsupported_commands(target, version, ["nowhere", "lists", "sets"]) == ("NEITHER", "NOSUCH")


def test_names_are_asked_for_as_redis_documents_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(_: Connection, *argv: str) -> list[object]:
        return [[name] if name.islower() else None for name in argv[2:]]

    with parse_target("bundled") as target:
        monkeypatch.setattr(Connection, "call", call)
        assert unsupported_commands(target, REDIS_7_0, ["lists"]) == ()


def test_nothing_unsupported_is_drawn() -> None:
    history = Generator(["nowhere", "strings"], without=("NOSUCH",)).history(1, 500)
    names = {step.argv[0] for step in history if isinstance(step, Call)}
    assert b"NEITHER" in names
    assert b"NOSUCH" not in names


def test_a_group_may_have_nothing_left() -> None:
    assert has_commands(["nowhere"], ["NOSUCH"])
    assert not has_commands(["nowhere"], ["NOSUCH", "NEITHER"])
    assert has_commands(["nowhere", "strings"], ["NOSUCH", "NEITHER"])
