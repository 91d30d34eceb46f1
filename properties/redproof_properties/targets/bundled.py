"""The bundled server as a target; the one module that knows `redproof_server`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from redproof_properties.errors import UsageError
from redproof_properties.targets.process import Place, ProcessTarget, options_of, source_settings
from redproof_properties.targets.target import Capabilities

if TYPE_CHECKING:
    from redproof_server.simulation.network import Cut as Cut
    from redproof_server.simulation.network import End as End
    from redproof_server.simulation.node import Point as Point
    from redproof_server.simulation.node import SentinelNode as SentinelNode
    from redproof_server.simulation.node import ServerNode as ServerNode
    from redproof_server.simulation.process import Actor as Actor
    from redproof_server.simulation.world import World as World

DEFAULT_EMULATED: Final = "7.0"
EMULATED: Final[dict[str, tuple[str, ...]]] = {"6.2": (), "7.0": ("--enable-debug-command", "yes")}
"""The versions, each with the settings that open to us what its Redis closes by default."""

SERVER: Final = (sys.executable, "-m", "redproof_server")


class BundledTarget(ProcessTarget):
    """The bundled server in a process of its own, emulating a version of Redis.

    `program` may be another program that takes the same arguments, such as one with a planted fault. Unless there is
    a `hash_seed` it is drawn anew, so that each run sees elements in other buckets.
    """

    capabilities = Capabilities(
        owns_process=True,
        can_restart=True,
        can_pause=True,
        can_flush=True,
        can_debug=True,
        can_replicate=True,
        keeps_data_on_restart=False,
    )

    def __init__(self, spelling: str, emulate: str, program: Sequence[str] = SERVER, hash_seed: str = "") -> None:
        super().__init__(spelling)
        if emulate not in EMULATED:
            raise UsageError(f"{spelling}: the bundled server emulates {' and '.join(EMULATED)}, not {emulate!r}")
        self._emulate = emulate
        self._program = program
        self._hash_seed = hash_seed or secrets.token_hex(8)

    @property
    def emulates(self) -> str:
        """The version of Redis that it emulates."""
        return self._emulate

    def command_line(self, place: Place) -> list[str]:
        """`python -m redproof_server` at the place, with the version to emulate."""
        where = ["--host", self.host, "--port", str(place.port), "--unixsocket", str(place.socket_path)]
        where += ["--dir", str(place.folder), "--save", ""]
        what = ["--emulate", self._emulate, "--databases", str(len(self.databases)), "--hash-seed", self._hash_seed]
        return [*self._program, *where, *what, *EMULATED[self._emulate], *options_of(self.configured)]

    def sentinel_command_line(self, path: Path) -> list[str]:
        """`python -m redproof_server --sentinel`."""
        where = ["--host", self.host, "--sentinel", str(path)]
        source = source_settings(self.host, tuple(map(int, self._emulate.split("."))))
        return [*self._program, "--emulate", self._emulate, *where, *options_of(source)]


def simulated_world(seed: int, delay_ms_max: int) -> World:
    """Bundled servers and Sentinels in this process, on virtual time: all that happens follows from a seed."""
    from redproof_server.simulation.world import World

    return World(lambda purpose: Random(f"{seed} {purpose}"), (100, delay_ms_max * 1_000))
