"""A canary: judging must find a wrong reply on each target, or the other properties prove nothing."""

from __future__ import annotations

import pytest
from redproof_model.choice import Expected
from redproof_model.keyspace.model import Model

from redproof_properties.history import Call
from redproof_properties.judged import Judged


@pytest.mark.documented("A model that is wrong about one reply is contradicted by the server", source="docs/canary.md")
def test_canary(judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Model.step

    def lie(model: Model, client: str, argv: list[bytes], low_ms: int, high_ms: int) -> Expected:
        expected = honest(model, client, argv, low_ms, high_ms)
        return 2 if argv == [b"LLEN", b"canary"] else expected

    monkeypatch.setattr(Model, "step", lie)
    filler = [Call("A", (b"SET", b"filler%d" % number, b"x")) for number in range(20)]
    with judged.judge() as judge:
        divergence = judge.run([*filler, Call("A", (b"RPUSH", b"canary", b"a")), Call("A", (b"LLEN", b"canary"))])
    assert divergence is not None, "the canary lives: a wrong reply went unnoticed"
    assert divergence.command == "LLEN"
    assert (divergence.expected, divergence.actual) == ("(integer) 2", "(integer) 1")
