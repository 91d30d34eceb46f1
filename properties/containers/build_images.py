"""Builds container images of the servers that the distribution's suites hold, for places with no registry.

    python properties/containers/build_images.py [SUITE/PACKAGE ...]

Each package is unpacked as for the target `suite:SUITE/PACKAGE`, and what a server needs of it becomes an image of one
layer, started by its own loader. The names of the images, such as `redproof/valkey:8.1`, are printed, one a line.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from typing import Final

from redproof_properties.containers.engine import Engine, engine_calls
from redproof_properties.errors import RedproofError, TargetError
from redproof_properties.suites import Package, Root, unpacked

PACKAGES: Final = (
    "bullseye/redis",
    "bookworm/redis",
    "trixie/redis",
    "trixie/valkey",
    "sid/valkey",
    "sid/redict",
)
PARTS: Final = ("lib*", "usr/lib*", "usr/bin/*-server", "usr/bin/*-check-rdb", "etc/passwd", "etc/nsswitch.conf")
"""What of a package's files goes into an image; the rest is documentation, and tools that nobody calls."""

EMPTY: Final = ("data", "tmp")
_VERSION: Final = re.compile(r"\bv=(\d+\.\d+)\.")


def main(packages: Sequence[str]) -> int:
    """Build the images of these packages, or of all; returns the exit code."""
    try:
        with Engine("images") as engine:
            for text in packages or PACKAGES:
                print(build(engine, Package.parse(text)), flush=True)
    except RedproofError as error:
        print(f"build_images: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def build(engine: Engine, package: Package) -> str:
    """Build the image of a package and give its name, whose tag is the server's version."""
    root = unpacked(package)
    image = f"redproof/{package.name}"
    tag = read_version(root)
    started = [part.replace(str(root.folder), "") for part in root.command()]
    changes = [f"CMD {json.dumps(started)}", "EXPOSE 6379", "WORKDIR /data", "ENV LC_ALL=C"]
    with engine_calls(f"{image}:{tag}"):
        engine.client.api.import_image_from_data(pack(root), image, tag, changes)
    return f"{image}:{tag}"


def read_version(root: Root) -> str:
    """The first two numbers of the version that the server tells, as in `8.1`; raises `TargetError` without one."""
    told = subprocess.run(
        [*root.command(), "--version"], capture_output=True, check=False, text=True, timeout=10
    ).stdout
    match = _VERSION.search(told)
    if match is None:
        raise TargetError(f"{root.program.name} --version does not answer as redis-server does: {told[:80]!r}")
    return match[1]


def pack(root: Root) -> bytes:
    """The file system of an image as a tar archive, the same bytes for the same files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in EMPTY:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o777
            archive.addfile(folder)
        for path in sorted(path for part in PARTS for path in root.folder.glob(part)):
            archive.add(path, path.relative_to(root.folder), filter=_owned_by_root)
    return packed.getvalue()


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
