"""The bundled server as a target; the one module that knows `redproof_server`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from typing import Final

from redproof_properties.errors import UsageError
from redproof_properties.targets.process import Place, ProcessTarget
from redproof_properties.targets.target import Capabilities

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
        can_replicate=False,
        keeps_data_on_restart=False,
    )

    def __init__(self, spelling: str, emulate: str, program: Sequence[str] = SERVER, hash_seed: str = "") -> None:
        super().__init__(spelling)
        if emulate not in EMULATED:
            raise UsageError(f"{spelling}: the bundled server emulates {' and '.join(EMULATED)}, not {emulate!r}")
        self._emulate = emulate
        self._program = program
        self._hash_seed = hash_seed or secrets.token_hex(8)

    def command_line(self, place: Place) -> list[str]:
        """`python -m redproof_server` at the place, with the version to emulate."""
        where = ["--host", "127.0.0.1", "--port", str(place.port), "--unixsocket", str(place.socket_path)]
        what = ["--emulate", self._emulate, "--databases", str(len(self.databases)), "--hash-seed", self._hash_seed]
        return [*self._program, *where, *what, *EMULATED[self._emulate]]
