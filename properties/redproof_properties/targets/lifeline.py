"""A guard that outlives the run: no server and no folder is left behind, however the run ends.

The guard is a shell that reads a pipe from us. The kernel closes the pipe when our process ends, be it
by `close`, Ctrl-C, a crash or SIGKILL; then the guard kills the server last named and removes the folder.
"""

from __future__ import annotations

import subprocess
import tempfile
from typing import Final

_GUARD: Final = """
group=
while read -r line; do group=$line; done
[ -z "$group" ] || kill -s KILL -- "-$group"
rm -rf -- "$1"
"""
_LONGEST_TEMPORARY_PATH: Final = 60
"""A unix socket's path has about 100 bytes: longer temporary folders are passed over for /tmp."""


class Lifeline:
    """A temporary folder and at most one process group that end with this object or with our process."""

    def __init__(self) -> None:
        too_long = len(tempfile.gettempdir()) > _LONGEST_TEMPORARY_PATH
        self.folder: Final = tempfile.mkdtemp(prefix="redproof-", dir="/tmp" if too_long else None)
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "redproof-guard", self.folder],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def guard(self, process_group: int | None) -> None:
        """Name the process group to be killed at the end, or None when it is gone already."""
        assert self._guard.stdin is not None
        self._guard.stdin.write(b"\n" if process_group is None else b"%d\n" % process_group)

    def close(self) -> None:
        """Kill what is guarded, remove the folder, and wait until that is done."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()
