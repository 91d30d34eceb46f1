"""A folder with a whole small root of a file system, and how a program in it is started from outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redproof_properties.errors import TargetError

_PROGRAMS: Final = "usr/bin/*-server"
_LOADERS: Final = "ld-linux*.so.*"


@dataclass(frozen=True, slots=True)
class Root:
    """What a package and all it depends on consist of, below `folder`."""

    folder: Path

    @property
    def program(self) -> Path:
        """The server, such as `usr/bin/valkey-server`; raises `TargetError` when there is not just one."""
        found = sorted(self.folder.glob(_PROGRAMS))
        if len(found) != 1:
            names = ", ".join(path.name for path in found) or "none"
            raise TargetError(f"{self.folder}: a package with one server is wanted, its servers are: {names}")
        return found[0]

    def command(self) -> list[str]:
        """The beginning of a command line that starts the server with its own loader and libraries (ld.so(8)).

        The system's own C library may be older than the one that the server was built for.
        """
        loader = next(self.folder.rglob(_LOADERS), None)
        if loader is None:
            raise TargetError(f"{self.folder}: there is no loader {_LOADERS} in it")
        libraries = {path.parent for path in self.folder.rglob("*.so.*") if path.parent.name.endswith("-linux-gnu")}
        return [str(self._followed(loader)), "--library-path", ":".join(map(str, sorted(libraries))), str(self.program)]

    def _followed(self, path: Path) -> Path:
        """Where a link ends when this folder is the root: an absolute one would lead into the system."""
        while path.is_symlink():
            target = path.readlink()
            path = self.folder / target.relative_to("/") if target.is_absolute() else path.parent / target
        return path
