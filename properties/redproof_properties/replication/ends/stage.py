"""A target that replicates with the harness, as its master and as its replica, with all that a property needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

import pytest
from redproof_model.reply import OK

from redproof_properties.errors import TargetError, TargetSilent
from redproof_properties.frozen import has_child, has_removable_dump, remove_dump
from redproof_properties.judged import Judged
from redproof_properties.replication.ends.false_master import FalseMaster, MasterLink, told_port
from redproof_properties.replication.ends.info import ReplicationInfo, read_info
from redproof_properties.replication.ends.link import ReplicaLink, Snapshot
from redproof_properties.replication.topologies.topology import quick_settings
from redproof_properties.script import Script
from redproof_properties.targets.greeting import shown
from redproof_properties.waiting import wait_until

FEEDER_REPLID: Final = "f" * 40
"""The history that the harness feeds as a master."""


class Stage:
    """The target as a master without keys, with settings by which replication waits for nothing; use it with `with`.

    `script` sends it commands and makes claims, `client` asks it beside that. At the end all links are cut and the
    target is a master with the settings that it had. The property is skipped, with the reason, on a target that does
    not replicate or refuses a setting. `fresh` starts the server anew before.
    """

    script: Script

    def __init__(self, judged: Judged, settings: Mapping[str, str] | None = None, *, fresh: bool = False) -> None:
        judged.need("can_replicate")
        judged.need("owns_process")
        if fresh:
            judged.need("can_restart")
            if not has_removable_dump(judged.target):
                pytest.skip(f"{judged.target.spelling}: a new server has no RDB file, and a container keeps its own")
        self._judged = judged
        self._fresh = fresh
        self._settings = {**quick_settings(judged.target.version), **(settings or {})}
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        target = self._judged.target
        with ExitStack() as undo:
            undo.callback(remove_dump, target)
            if self._fresh:
                remove_dump(target)
                target.restart()
            self.client = target.connect()
            undo.callback(self._leave)
            for name, value in self._settings.items():
                undo.callback(self._set, name, self._setting(name))
                self._set(name, value)
            self._links = undo.enter_context(ExitStack())
            # Before the links end: a replica whose master is gone asks at its port, which may soon be another's.
            undo.callback(self.promote)
            self.script = undo.enter_context(Script(self._judged))
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _leave(self) -> None:
        self.client.close()

    def _setting(self, name: str) -> bytes:
        match self.client.call("CONFIG", "GET", name):
            case [_, bytes(value)]:
                return value
        pytest.skip(f"{self._judged.target.spelling} has no setting {name}")

    def _set(self, name: str, value: bytes | str) -> None:
        reply = self.client.call("CONFIG", "SET", name, value)
        if reply != OK:
            pytest.skip(f"{self._judged.target.spelling} refuses to set {name}: {shown(reply)}")

    def revive(self) -> None:
        """Start the target again, which has ended, without what it saved, and with the settings; `script` has ended."""
        remove_dump(self._judged.target)
        self._judged.target.restart()
        self.client.close()
        self.client = self._judged.target.connect()
        for name, value in self._settings.items():
            self._set(name, value)

    def info(self) -> ReplicationInfo:
        """INFO replication of the target, as it is now."""
        return read_info(self.client)

    def link(self) -> ReplicaLink:
        """A link to the target, on which the handshake is done."""
        link = self._links.enter_context(ReplicaLink(self._judged.target.connect()))
        link.handshake()
        return link

    def synchronised(self) -> tuple[ReplicaLink, Snapshot]:
        """A link to the target that is synchronised and online, and the snapshot that it began with."""
        link = self._links.enter_context(ReplicaLink(self._judged.target.connect()))
        return link, link.synchronise(self.client)

    def hang_up(self, link: ReplicaLink) -> None:
        """Cut a link, and wait until the target has noticed, and is not saving any more."""
        link.close()
        if not wait_until(lambda: all(line.port != link.listening_port for line in self.info().replicas)):
            raise TargetSilent(f"{self.client.peer}: has not noticed that a replica is gone")
        if not wait_until(lambda: not has_child(self.client)):
            raise TargetSilent(f"{self.client.peer}: saves, and does not end")

    def false_master(self) -> FalseMaster:
        """A master that listens, and is gone at the end."""
        return self._links.enter_context(FalseMaster(told_port(self.client), self._judged.target.harness_host))

    def follow(self, master: FalseMaster) -> MasterLink:
        """Send the target to a false master; give the link, on which PSYNC is to be answered."""
        if self.client.call("REPLICAOF", master.address.host, master.address.port) != OK:
            raise TargetError(f"{self.client.peer}: refuses REPLICAOF")
        link = master.accept()
        link.await_psync()
        return link

    def fed(self, snapshot: Snapshot, offset: int = 0) -> MasterLink:
        """Make the target a replica of a false master that has sent it a snapshot, at this offset of its history."""
        link = self.follow(self.false_master())
        link.full_resync(FEEDER_REPLID, offset)
        link.send_snapshot(snapshot)
        link.await_ack()
        return link

    def promote(self) -> None:
        """Make the target a master again."""
        if self.client.call("REPLICAOF", "NO", "ONE") != OK:
            raise TargetError(f"{self.client.peer}: refuses REPLICAOF NO ONE")
