"""A group in which nodes are containers, or some are: all pass the same gates, in the network of the containers.

The gates listen at the engine's own address there, each at a port of its own. Containers reach that at once, and
processes of ours as one more address of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from redproof_properties.containers.files import read_file, write_file
from redproof_properties.containers.membership import Membership
from redproof_properties.containers.network import ContainerNetwork, sentinel_with
from redproof_properties.containers.target import ContainerTarget
from redproof_properties.errors import TargetUnavailable
from redproof_properties.failover.gates import Subnet, why_no_gates
from redproof_properties.failover.group import Group
from redproof_properties.failover.members import is_container
from redproof_properties.failover.plan import GroupPlan
from redproof_properties.frozen import DUMP_NAME
from redproof_properties.targets import Target
from redproof_properties.targets.entries import Entry

FOLDER: Final = "/data"
SETTINGS_FILE: Final = f"{FOLDER}/server.conf"
ANY_PORT: Final = 0


class ServerContainer(ContainerTarget):
    """A server in a network of ours that reads a file of settings, and is started again with what is there then."""

    def __init__(self, spelling: str, entry: Entry, place: Membership) -> None:
        settings = {**entry.settings, "dir": FOLDER, "dbfilename": DUMP_NAME}
        entry = replace(entry, arguments=(SETTINGS_FILE, *entry.arguments), settings=settings)
        super().__init__(spelling, replace(entry, files={**entry.files, SETTINGS_FILE: ""}), place)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Settings for the next `restart`, in the place of those told before."""
        write_file(self.container, SETTINGS_FILE, "".join(f"{name} {value}\n" for name, value in settings.items()))


class ContainerGroup(Group):
    """The containers and processes of a plan, behind gates; use it with `with`, at whose end all are gone.

    Raises `TargetUnavailable` where there is no engine, or one whose networks have no address on this machine.
    """

    def __init__(self, plan: GroupPlan, make: Callable[[str], Target]) -> None:
        super().__init__(plan, make)
        self._network = ContainerNetwork()
        self._places: dict[str, Membership] = {}

    def _place(self, undo: ExitStack) -> None:
        undo.enter_context(self._network)
        if (reason := why_no_gates(self._network.gateway)) is not None:
            raise TargetUnavailable(reason)
        subnet = Subnet()
        for name, spelling in self.plan.spellings.items():
            if is_container(spelling):
                self._places[name] = self._network.place(name)
                self._hosts[name] = self._places[name].host
            else:
                self._hosts[name], _ = subnet.take()
            self._add_gate(name, self._network.gateway, ANY_PORT)

    def _server(self, name: str, kind: Target) -> Target:
        if not isinstance(kind, ContainerTarget):
            return super()._server(name, kind)
        return ServerContainer(f"{kind.spelling} as {name}", kind.entry, self._places[name])

    def _sentinel(self, name: str, kind: Target, lines: Sequence[str]) -> Target:
        if not isinstance(kind, ContainerTarget):
            return super()._sentinel(name, kind, lines)
        return ContainerTarget(f"{kind.spelling} as {name}", sentinel_with(lines, kind.entry), self._places[name])

    def _dump(self, name: str) -> bytes | None:
        target = self.targets[name]
        if not isinstance(target, ContainerTarget):
            return super()._dump(name)
        return read_file(target.container, f"{FOLDER}/{DUMP_NAME}")
