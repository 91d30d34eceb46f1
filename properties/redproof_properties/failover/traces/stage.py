"""A group of servers and sentinels on which a trace is played: what is done to it, and what it tells, is noted.

The servers have the numbers of the trace. Every link from a master to a replica is held, and let go only where the
trace says that a replica takes something; clients of ours reach every server at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final, Self

from redproof_model.reply import OK
from redproof_model.systems.failover.scope import Scope

from redproof_properties.failover.group import Group
from redproof_properties.failover.traces.asking import VALUES, Asking, NotFollowed
from redproof_properties.failover.traces.behaviour import Agreed, Behaviour, Done, Held, Told
from redproof_properties.failover.traces.hearing import Hearing
from redproof_properties.failover.traces.shortest import Act
from redproof_properties.frozen import remove_dump

WAIT_MS: Final = 3_000
PRIORITY_STEP: Final = 100
"""The `replica-priority` of 1 in the system: that which sentinels take a master for to have."""


class Stage(Asking):
    """A running group on which a trace is played; use it with `with`."""

    def __init__(self, group: Group, names: Sequence[str], scope: Scope, priorities: Sequence[int]) -> None:
        super().__init__(group, names)
        self.behaviour = Behaviour(scope, priorities)
        self.current = 0
        """The master on which sentinels agreed when they were last asked."""
        self.missed: list[str] = []
        """Which servers sentinels took for down although they ran, as they did not answer in time."""
        self._scope = scope
        self._apart: set[int] = set()
        self._held: set[frozenset[int]] = set()
        self._acknowledging: set[int] = set()
        self._written = 0
        self._hearing = Hearing(group, "+sdown")

    def __enter__(self) -> Self:
        self._hold_all()
        self.look()
        return self

    def close(self) -> None:
        """Close the connections."""
        self._hearing.close()
        super().close()

    def last(self) -> str:
        """What was noted last, for people."""
        return self.behaviour.tail()

    # ---- what a trace says

    def write(self, node: int) -> None:
        """Append a value that no other write has; raises `NotFollowed` where the server refuses it."""
        value = f"{self.names[node]}.{self._written}"
        reply = self.call(node, "RPUSH", VALUES, value)
        if not isinstance(reply, int):
            raise NotFollowed(f"{self.names[node]} refused a write: {reply!r}")
        self._written += 1
        self._acknowledging.clear()
        self.behaviour.note(Done(Act("write", {"node": node}), value, reply))

    def deliver(self, replica: int, node: int) -> None:
        """Let a replica have what its master has by now."""
        goal = self._offset(node)
        self.release(replica, node)
        self._await(lambda: self._offset(replica) >= goal, f"{self.names[replica]} to have what its master has")
        self.hold(replica, node)
        self._acknowledging.add(replica)

    def confirm(self, node: int) -> None:
        """Let the client that wrote last wait for as many replicas as the scope says; those that have all answer."""
        for replica in self._acknowledging:
            self.release(replica, node)
        reply = self.call(node, "WAIT", self._scope.wait_replicas, WAIT_MS)
        for replica in self._acknowledging:
            self.hold(replica, node)
        if not isinstance(reply, int) or reply < self._scope.wait_replicas:
            raise NotFollowed(f"WAIT was answered with {reply!r} where {self._scope.wait_replicas} were asked for")
        self.behaviour.note(Done(Act("confirm", {"node": node})))

    def crash(self, node: int) -> None:
        """Kill a server, which has saved its data where servers keep them."""
        name = self.names[node]
        if self._scope.persists:
            self._await(lambda: self.call(node, "SAVE") == OK, f"{name} to save")
        self._hang_up(name)
        self.group.kill(name)
        self.behaviour.note(Done(Act("crash", {"node": node})))

    def come_back(self, node: int) -> None:
        """Start a server again, in the role that it had, with the data that it saved, or without."""
        self._hear()
        name = self.names[node]
        if not self._scope.persists:
            remove_dump(self.group.targets[name])
        self.group.restart(name)
        self.behaviour.note(Done(Act("come_back", {"node": node})))

    def part(self, node: int) -> None:
        """Let a server change sides: sentinels are on the one, and nothing passes between the two."""
        self._hear()
        self._apart ^= {node}
        for other in (each for each in range(len(self.names)) if each != node):
            self.hold(node, other)
        for sentinel in self.group.sentinels:
            change = self.group.hold if node in self._apart else self.group.release
            change(self.names[node], sentinel)
        self.behaviour.note(Done(Act("part", {"node": node})))

    def await_report(self, node: int) -> None:
        """Wait until all sentinels tell the offset of a replica that it has."""
        offset = self._offset(node)
        self._await(lambda: all(told == offset for told in self._reported(node)), "sentinels to know an offset")

    def await_promotion(self, node: int) -> None:
        """Wait until all sentinels tell of another master; raises `NotFollowed` where it is not the one expected."""
        if self.await_change() != node:
            raise NotFollowed(f"{self.names[self.current]} was promoted, not {self.names[node]}")

    def await_change(self) -> int:
        """Wait until most sentinels tell of another master, and give it."""
        former = self.current

        def is_another() -> bool:
            self.ask_sentinels()
            return self.current != former

        self._await(is_another, "sentinels to promote a replica")
        return self.current

    def await_demotion(self, node: int) -> None:
        """Wait until a server replicates the master on which sentinels agree."""
        self._await(lambda: self.see(node).master == self.current, f"{self.names[node]} to follow the master")

    def heal(self) -> None:
        """End all faults, and wait until sentinels and servers agree, and all servers have the same."""
        self.restore()
        self._await(self._settled, "all to agree")
        self.look()

    def restore(self) -> None:
        """End all faults."""
        for node in sorted(self._apart):
            self.part(node)
        for one, other in combinations(range(len(self.names)), 2):
            self.release(one, other)
        for node, name in enumerate(self.names):
            if name in self.group.dead:
                self.come_back(node)

    def _settled(self) -> bool:
        master = self._told_by(len(self.group.sentinels))
        told = [self._told(node) for node in range(len(self.names))]
        if master is None or told[master]["role"] != "master":
            return False
        return all(
            node == master
            or (
                each["role"] == "slave"
                and each["master_link_status"] == "up"
                and self._followed(each) == master
                and each["master_replid"] == told[master]["master_replid"]
                and int(each["master_repl_offset"]) >= int(told[master]["master_repl_offset"])
            )
            for node, each in enumerate(told)
        )

    # ---- what it tells

    def look(self) -> None:
        """Note which master most sentinels tell, and what each server that is up tells of itself."""
        self.ask_sentinels()
        for node, name in enumerate(self.names):
            if name not in self.group.dead:
                self.behaviour.note(Told(node, self.see(node)))

    def ask_sentinels(self) -> None:
        """Note which master most sentinels tell."""
        self._hear()
        current = self._told_by(len(self.group.sentinels) // 2 + 1)
        if current is not None:
            self.current = current
            self.behaviour.note(Agreed(current))

    def _hear(self) -> None:
        """Take what sentinels have published: whom they missed since the last time, when the same servers ran."""
        for heard in self._hearing.take():
            kind, _, host, port, *_ = heard.text.split()
            if kind in ("master", "slave"):
                node = self.number_at(host, int(port))
                if node not in self._apart and self.names[node] not in self.group.dead:
                    self.missed.append(self.names[node])

    # ---- links

    def _hold_all(self) -> None:
        """Hold the links of all replicas, where all have come to the same offset."""
        replicas = range(1, len(self.names))

        def is_held() -> bool:
            for replica in replicas:
                self.hold(replica, 0)
            if len(set(map(self._offset, replicas))) == 1:
                return True
            for replica in replicas:
                self.release(replica, 0)
            return False

        self._await(is_held, "replicas to be at the same offset")

    def hold(self, one: int, other: int) -> None:
        """Let nothing pass between two servers."""
        self.group.hold(self.names[one], self.names[other])
        self._held |= {frozenset((one, other))}
        self.behaviour.note(Held(frozenset(self._held)))

    def is_held(self, one: int, other: int) -> bool:
        """Whether nothing passes between two servers."""
        return frozenset((one, other)) in self._held

    def release(self, one: int, other: int) -> None:
        """Let all pass between two servers, unless they are on two sides."""
        if (one in self._apart) == (other in self._apart):
            self._held -= {frozenset((one, other))}
            self.behaviour.note(Held(frozenset(self._held)))
            self.group.release(self.names[one], self.names[other])
