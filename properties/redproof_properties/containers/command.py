"""What a container of an image runs and where it listens: as its entry says, or else as the image does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redproof_properties.errors import UsageError
from redproof_properties.targets.entries import Entry
from redproof_properties.targets.process import options_of

DEFAULT_PORT = 6379


def command_line(config: Mapping[str, Any], entry: Entry) -> list[str]:
    """The entry's command, or the image's own, and behind it the entry's arguments and its settings as options.

    `config` is the image's configuration (https://github.com/opencontainers/image-spec/blob/main/config.md). An
    image's entry point stays before all of this.
    """
    return [*(entry.command or config.get("Cmd") or ()), *entry.arguments, *options_of(entry.settings)]


def listening_port(config: Mapping[str, Any], entry: Entry) -> int:
    """The entry's port, or the one that the image exposes; raises `UsageError` when that may be several."""
    if entry.port is not None:
        return entry.port
    exposed = {int(port.partition("/")[0]) for port in config.get("ExposedPorts") or ()}
    if DEFAULT_PORT in exposed or not exposed:
        return DEFAULT_PORT
    if len(exposed) > 1:
        ports = ", ".join(map(str, sorted(exposed)))
        raise UsageError(f"{entry.image} exposes the ports {ports}: say in a target file which one the server has")
    return exposed.pop()
