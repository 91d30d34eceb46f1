"""Data that must come through a replica, an RDB file, an AOF and a restart: sound servers pass, faulty ones do not."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from planted.hunt import FAULTY_SERVER
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.documented.generator import documented_by
from redproof_properties.fuzzing.passages import (
    CAME_THROUGH,
    PERSISTENCE,
    REPLICATION,
    SETTINGS,
    Passages,
    require,
)
from redproof_properties.fuzzing.passing import PassingJudge, UnmodelledJudge
from redproof_properties.generate import Generator
from redproof_properties.history import Call
from redproof_properties.judged import model_version
from redproof_properties.replication.topologies.topology import QUICK
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.bundled import SERVER, BundledTarget

LOCAL = "local:redis-server"
needs_docs = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="no redis-server with COMMAND DOCS on PATH"
)


def replicated(program: tuple[str, ...], histories: int) -> list[Divergence]:
    """What histories of hashes show on a bundled server with a replica."""
    with BundledTarget("bundled", "7.0", program) as target, Passages(target, [REPLICATION]) as passages:
        generator = Generator(["hashes"])
        with PassingJudge(passages, target, model_version(target), {}, Comparison.EXACT) as judge:
            seen = judge.run_all(generator.history(seed, 40) for seed in range(histories))
            return [each for each in seen if each is not None]


def documented(target: Target, histories: int) -> list[Divergence]:
    """What histories of documented commands show."""
    target.configure(SETTINGS)
    with target, Passages(target, [REPLICATION, *PERSISTENCE]) as passages:
        generator = documented_by(target)
        seen = UnmodelledJudge(target, passages).run_all(generator.history(seed, 60) for seed in range(histories))
        return [each for each in seen if each is not None]


def test_a_replica_that_misses_writes_is_found() -> None:
    found = replicated((sys.executable, str(FAULTY_SERVER), "--fault", "hdel-is-not-propagated"), 6)
    assert {(each.command, each.kind) for each in found} == {("HDEL", CAME_THROUGH + REPLICATION)}
    assert replicated(SERVER, 6) == []


@needs_docs
def test_a_sound_server_keeps_its_data() -> None:
    assert documented(parse_target(LOCAL), 5) == []


@needs_docs
@pytest.mark.parametrize(
    ("settings", "passage"),
    [("--appendfilename aof.$$", "a restart"), ("--enable-debug-command no", "DEBUG RELOAD")],
)
def test_a_server_that_keeps_nothing_or_refuses_a_passage_is_found(tmp_path: Path, settings: str, passage: str) -> None:
    program = tmp_path / "server"
    program.write_text(f'#!/bin/sh\nexec redis-server "$@" {settings}\n')
    program.chmod(0o755)
    (divergence,) = documented(parse_target(f"local:{program}"), 1)
    assert divergence.kind == CAME_THROUGH + passage


@needs_docs
def test_nearly_all_documented_commands_are_drawn_and_the_dangerous_ones_are_not() -> None:
    with parse_target(LOCAL) as target:
        generator = documented_by(target)
    sent = {
        "|".join(part.decode("latin-1").upper() for part in step.argv[:words] if isinstance(part, bytes))
        for seed in range(150)
        for step in generator.history(seed, 100)
        if isinstance(step, Call)
        for words in (1, 2)
    }
    assert set(generator.names) <= sent
    assert sent.isdisjoint({"SHUTDOWN", "DEBUG", "MONITOR", "REPLICAOF", "CONFIG|SET", "ACL|SETUSER", "MODULE|LOAD"})
    assert {"GEOSEARCH", "CONFIG|GET", "XAUTOCLAIM", "LATENCY|HISTOGRAM"} <= set(generator.names)
    assert all(generator.left_out.values())


def test_what_cannot_take_a_passage_is_refused() -> None:
    with pytest.raises(UsageError, match="its process is not ours"):
        require(parse_target("redis://127.0.0.1:1"), [REPLICATION])
    with pytest.raises(UsageError, match="no redis-server that could be started with an AOF"):
        require(parse_target("bundled"), PERSISTENCE)
    require(parse_target("bundled"), [REPLICATION])
    assert QUICK.items() <= SETTINGS.items()
