"""The files of a container, which may run or not."""

from __future__ import annotations

import tarfile
from io import BytesIO

from docker.errors import NotFound
from docker.models.containers import Container
from testcontainers.core.transferable import build_transfer_tar

from redproof_properties.containers.engine import engine_calls


def write_file(container: Container, path: str, text: str) -> None:
    """Give a container a file, in the place of one that it has; raises `TargetError` where the engine does not."""
    with engine_calls(path):
        container.put_archive("/", build_transfer_tar(text.encode(), path))


def read_file(container: Container, path: str) -> bytes | None:
    """What is in a file; None where there is none. Raises `TargetError` where the engine does not tell."""
    with engine_calls(path):
        try:
            packed, _ = container.get_archive(path)
            archive = BytesIO(b"".join(packed))
        except NotFound:
            return None
    with tarfile.open(fileobj=archive) as members:
        read = next(filter(None, map(members.extractfile, members)), None)
        return None if read is None else read.read()
