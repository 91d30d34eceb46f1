"""The shell around a Sentinel: its configuration file, what it prints, and how it ends."""

import os
import socket
from pathlib import Path

from redproof_server.engine.config import Config
from redproof_server.engine.versions import Version
from redproof_server.hosting import SENTINEL_SETTINGS, SentinelHost
from redproof_server.sentinel.config_file import Configuration, read
from redproof_server.shell import Shell

DEFAULT_PORT = 26379
CRASH_EXIT_CODE = 99


def look_up(host: str) -> str | None:
    """The first IP address of a host, or None."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def read_configuration(path: Path, version: Version) -> Configuration:
    """What the configuration file says.

    Raises:
        OSError: it cannot be read, or not be written.
        StatementError: a line makes no sense.
    """
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    if not os.access(path, os.W_OK):
        raise PermissionError(f"{path} cannot be written, and a Sentinel keeps its state there")
    return read(text, Config(version.number))


class SentinelShell(SentinelHost, Shell):
    """A Sentinel that listens: `async with SentinelShell(…)` serves until the block ends."""

    def __init__(self, version: Version, host: str, port: int, seed: int, path: Path, found: Configuration) -> None:
        """Load what the file says.

        Raises:
            StatementError: a statement is refused.
        """
        super().__init__(version, found.settings | SENTINEL_SETTINGS, host, port, seed)
        self.watch(str(path.absolute()), look_up, found)

    async def __aenter__(self) -> "SentinelShell":
        """Keep the ID, listen and start the timers.

        Raises:
            OSError: the address is in use.
        """
        self.sentinel.start()
        self.after_engine()
        await super().__aenter__()
        return self

    def say(self, line: str) -> None:
        """Print an event."""
        print(line, flush=True)

    def crash(self) -> None:
        """End the process."""
        self.sleep_and_see_to_files()
        os._exit(CRASH_EXIT_CODE)
