"""What the scopes of systems of several servers have in common."""

from __future__ import annotations

from typing import Final

from redproof_model.kernel.sorts import Int

NO_ONE: Final = -1
"""Where a server is named, and there is none: the master of one that has none, the maker of what no one has made."""


class OfServers:
    """A scope that tells how many `servers` there are, which are numbered."""

    servers: int

    @property
    def server(self) -> Int:
        """A server."""
        return Int(0, self.servers - 1)

    @property
    def server_or_none(self) -> Int:
        """A server, or no one."""
        return Int(NO_ONE, self.servers - 1)
