"""Targets that are a server of another suite of the distribution: `suite:trixie/redis`."""

from __future__ import annotations

from pathlib import Path

from redproof_properties.suites import Package, unpacked
from redproof_properties.targets.binary import BinaryTarget


class SuiteTarget(BinaryTarget):
    """The server of a package, started from the folder it was unpacked to, with the loader and libraries there."""

    def __init__(self, spelling: str, package: Package) -> None:
        super().__init__(spelling, ())
        self._package = package

    def start(self) -> None:
        """Fetch the package unless an earlier run did, and start its server; raises `TargetUnavailable` for none."""
        self._program = unpacked(self._package).command()
        super().start()

    def sentinel_command_line(self, path: Path) -> list[str]:
        """The server of the package as a sentinel."""
        self._program = unpacked(self._package).command()
        return super().sentinel_command_line(path)
