"""Apt as a downloader: the packages of any suite with all they need, in a folder, with the system left as it is.

Apt itself finds the mirror, checks the signatures and resolves the dependencies; it is only told that nothing is
installed, and to keep all its files in a folder of ours (apt.conf(5), apt-get(8)).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from redproof_properties.errors import TargetUnavailable

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
COMMAND_WITHIN_S: Final = 300
_OUTPUT_TAIL_LINES: Final = 8
_TOOLS: Final = ("apt-get", "dpkg-deb")


def download(suite: str, package: str, folder: Path) -> list[Path]:
    """The .deb files of a package of this suite and of everything it depends on, in `folder`.

    Raises `TargetUnavailable` where there is no apt or no such package, and when the mirror cannot be reached.
    """
    _need_tools(suite, package)
    options = _prepare(folder, suite, _find_mirror())
    _run("apt-get", *options, "update")
    _run("apt-get", *options, "install", "--yes", "--download-only", f"--target-release={suite}", package)
    return sorted((folder / "cache/archives").glob("*.deb"))


def extract(archive: Path, into: Path) -> None:
    """Unpack the files of one .deb; nothing of it is run."""
    _run("dpkg-deb", "--extract", str(archive), str(into))


def _need_tools(suite: str, package: str) -> None:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if not KEYRING.exists():
        missing.append(str(KEYRING))
    if missing:
        raise TargetUnavailable(
            f"{package} of {suite} cannot be had: this machine lacks {', '.join(missing)}. "
            "It takes Debian, or its packages apt, dpkg and debian-archive-keyring"
        )


def _find_mirror() -> str:
    """The mirror of Debian that this machine uses, from whatever files its configuration consists of."""
    told = _run("apt-get", "indextargets", "--format", "$(ORIGIN)|$(RELEASE)|$(SITE)", "Created-By: Packages")
    rows = [line.split("|") for line in told.splitlines()]
    for origin, release, site in rows:
        if origin == "Debian" and not release.endswith("-security"):
            return site
    raise TargetUnavailable(
        "apt knows no mirror of Debian here, or has not read its lists yet. "
        "Look into /etc/apt/sources.list and sources.list.d, and run: apt-get update"
    )


def _prepare(folder: Path, suite: str, mirror: str) -> list[str]:
    """Lay out apt's own files below `folder`; gives the options that make it use them."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    nothing_installed = folder / "state/status"
    nothing_installed.touch()
    sources = folder / "sources.list"
    names = dict.fromkeys((_base(suite), suite))
    sources.write_text("".join(f"deb [signed-by={KEYRING}] {mirror} {name} main\n" for name in names))
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State": folder / "state",
        "Dir::State::status": nothing_installed,
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "APT::Install-Recommends": "false",
        # As root, apt fetches as another user, for whom a temporary folder of ours is closed.
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "true",
    }
    return ["--quiet=2", *(f"--option={name}={value}" for name, value in settings.items())]


def _base(suite: str) -> str:
    """The suite that one which is not whole is laid on top of, else the suite itself."""
    return "sid" if suite == "experimental" else suite.removesuffix("-backports")


def _run(*command: str) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=COMMAND_WITHIN_S,
            env=os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except subprocess.TimeoutExpired as error:
        raise TargetUnavailable(f"{command[0]} did not end within {COMMAND_WITHIN_S} s: is the mirror slow?") from error
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).splitlines()[-_OUTPUT_TAIL_LINES:])
        raise TargetUnavailable(f"{command[0]} failed with exit code {done.returncode}:\n{tail}")
    return done.stdout
