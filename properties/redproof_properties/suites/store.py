"""Unpacked packages, kept between runs: each is fetched once."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from redproof_properties.errors import UsageError
from redproof_properties.suites.apt import download, extract
from redproof_properties.suites.root import Root

_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.+-")


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a suite, written `trixie/redis`."""

    suite: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `SUITE/PACKAGE`; raises `UsageError` for anything else."""
        suite, _, name = text.partition("/")
        if not all(part and _NAME.issuperset(part) and part[0].isalnum() for part in (suite, name)):
            raise UsageError(f"suite:{text}: write suite:SUITE/PACKAGE, for instance suite:trixie/redis")
        return cls(suite, name)

    def __str__(self) -> str:
        return f"{self.suite}/{self.name}"


def store_folder() -> Path:
    """Where packages are kept: `redproof/suites` below XDG_CACHE_HOME, or below ~/.cache."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "redproof" / "suites"


def unpacked(package: Package) -> Root:
    """The root with this package, fetched on first use; to get a newer one, remove its folder.

    Several processes may ask for it at once. Raises `TargetUnavailable` when it cannot be had.
    """
    store = store_folder()
    store.mkdir(parents=True, exist_ok=True)
    folder = store / package.suite / package.name
    with _locked(store / ".lock"):
        if not folder.exists():
            _fetch(package, folder)
    return Root(folder)


def _fetch(package: Package, folder: Path) -> None:
    """Fill the folder at once and wholly, or not at all."""
    work = Path(tempfile.mkdtemp(prefix=".fetched-", dir=store_folder()))
    try:
        root = work / "root"
        root.mkdir()
        for archive in download(package.suite, package.name, work):
            extract(archive, root)
        Root(root).command()
        folder.parent.mkdir(exist_ok=True)
        root.rename(folder)
    finally:
        shutil.rmtree(work)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
