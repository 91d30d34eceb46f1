"""A stage leaves its target as it was, and says why a target cannot be on one."""

from __future__ import annotations

from pathlib import Path

import pytest
from redproof_model.reply import Reply
from redproof_properties.comparison import Comparison
from redproof_properties.errors import TargetDied
from redproof_properties.frozen import DUMP_NAME
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.info import MasterRole, ReplicaRole, read_role
from redproof_properties.replication.ends.stage import Stage
from redproof_properties.run import PROFILES, Run
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.process import ProcessTarget


def on_stage(target: Target) -> Judged:
    """The target with what judges it."""
    run = Run(profile=PROFILES["quick"], seed=1, comparison=Comparison.EXACT, out=Path(), judge_as=None)
    return Judged(target, run)


def settings(target: Target) -> list[tuple[Reply, Reply]]:
    """All that can be configured, each name followed by its value; Redis 7.0 tells them in another order each time."""
    with target.connect() as client:
        told = client.call("CONFIG", "GET", "*")
    assert isinstance(told, list)
    return sorted(zip(told[::2], told[1::2], strict=True))


def test_the_target_is_afterwards_as_it_was(server: ProcessTarget) -> None:
    before = settings(server)
    with Stage(on_stage(server), {"repl-backlog-size": "16384"}) as stage:
        link, snapshot = stage.synchronised()
        stage.hang_up(link)
        stage.fed(snapshot)
        assert isinstance(read_role(stage.client), ReplicaRole)
        assert stage.info().repl_backlog_size == 16384
    assert settings(server) == before
    with server.connect() as client:
        role = read_role(client)
    assert isinstance(role, MasterRole)
    assert role.replicas == ()
    assert not (server.place.folder / DUMP_NAME).exists()


def test_a_target_that_ended_is_revived(server: ProcessTarget) -> None:
    with Stage(on_stage(server), {"repl-backlog-size": "16384"}) as stage:
        server.kill()
        assert isinstance(server.diagnose(), TargetDied)
        stage.revive()
        assert stage.info().repl_backlog_size == 16384


@pytest.mark.parametrize(("name", "reason"), [("no-such", "has no setting no-such"), ("maxclients", "refuses to set")])
def test_a_setting_that_cannot_be_is_a_reason_to_skip(server: ProcessTarget, name: str, reason: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=reason), Stage(on_stage(server), {name: "many"}):
        pass


def test_a_server_that_is_not_ours_is_not_put_on_a_stage(server: ProcessTarget) -> None:
    with (
        parse_target(str(server.tcp_address), allow_flush=True) as running,
        pytest.raises(pytest.skip.Exception, match="lacks"),
    ):
        Stage(on_stage(running))
