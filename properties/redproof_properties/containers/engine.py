"""The container engine, and the promise that nothing of ours stays in it.

What we make there bears the label of one `Engine` and is removed when that is closed. A child process that outlives
us does the same when our process ends without closing it, be it by Ctrl-C, a crash or SIGKILL. So the engine needs no
container of testcontainers (Ryuk) for that, whose image may not be had.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from docker import DockerClient
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.images import Image
from requests.exceptions import RequestException
from testcontainers.core import docker_client

from redproof_properties.closing import Closing
from redproof_properties.errors import TargetError, TargetUnavailable, TargetUnreachable
from redproof_properties.targets.address import UnixAddress, open_socket

LABEL: Final = "redproof.run"
"""The label of everything that redproof makes in an engine; its value is the run's."""

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
ANSWERS_WITHIN_MS: Final = 5_000
SWEEP_WITHIN_S: Final = 60.0
_STILL_S: Final = 1.0
"""How long nothing may appear until a dead process's last request to the engine is taken to be over."""
_LOOK_S: Final = 0.1


class Engine(Closing):
    """A connection to the container engine; raises `TargetUnavailable` when there is none.

    `spelling` names in messages who wants it. What bears its `labels` ends with this object, or with our process.
    """

    def __init__(self, spelling: str) -> None:
        self.spelling: Final = spelling
        self.run: Final = secrets.token_hex(6)
        self._wrapped = _connect(spelling)
        self.client: Final = self._wrapped.client
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "redproof_properties.containers.guard", self.run],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def labels(self) -> dict[str, str]:
        """What a container or network of ours is labelled with."""
        return {LABEL: self.run}

    @property
    def is_local(self) -> bool:
        """Whether the engine runs on this machine: it is asked over a unix socket or a named pipe."""
        return not self.client.api.base_url.startswith(("http://", "https://", "http+docker://ssh"))

    @property
    def host(self) -> str:
        """Where ports that the engine publishes are reached."""
        return "127.0.0.1" if self.is_local else self._wrapped.host()

    def find_image(self, spelling: str, name: str) -> Image:
        """An image that the engine has or can pull; raises `TargetUnavailable` when it cannot."""
        with suppress(ImageNotFound):
            return self.client.images.get(name)
        try:
            return self.client.images.pull(name)
        except (DockerException, RequestException) as error:
            raise TargetUnavailable(
                f"{spelling}: the image {name} is not here and cannot be pulled: {_explained(error)}"
            ) from error

    def close(self) -> None:
        """Remove everything of ours that is still there; the guard does when that fails."""
        assert self._guard.stdin is not None
        try:
            with engine_calls(self.spelling):
                while remove_labelled(self.client, self.run):
                    pass
            self._guard.stdin.write(b"closed")
        finally:
            self._guard.stdin.close()
            self._guard.wait()
            self.client.close()


@contextmanager
def engine_calls(spelling: str) -> Iterator[None]:
    """Name the target in what the engine refuses, as a `TargetError`."""
    try:
        yield
    except (DockerException, RequestException) as error:
        raise TargetError(f"{spelling}: the container engine failed: {_explained(error)}") from error


def remove_labelled(client: DockerClient, run: str) -> int:
    """Remove the containers of a run, running or not, then its networks; gives how many there were."""
    chosen: dict[str, str | list[str] | bool] = {"label": f"{LABEL}={run}"}
    containers = client.containers.list(all=True, filters=chosen, ignore_removed=True)
    for container in containers:
        with suppress(NotFound):
            container.remove(force=True, v=True)
    networks = client.networks.list(filters=chosen)
    for network in networks:
        with suppress(NotFound):
            network.remove()
    return len(containers) + len(networks)


def sweep(run: str) -> None:
    """Remove what a process left that is no more, and what the engine still makes at its last request."""
    wrapped = _connect(run)
    started = looked = time.monotonic()
    while time.monotonic() - looked < _STILL_S and time.monotonic() - started < SWEEP_WITHIN_S:
        # The engine may be busy with the very container; it is asked again.
        with suppress(APIError):
            if not remove_labelled(wrapped.client, run):
                time.sleep(_LOOK_S)
                continue
        looked = time.monotonic()
    wrapped.client.close()


def _connect(spelling: str) -> docker_client.DockerClient:
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    kind, _, path = (docker_client.get_docker_host() or DEFAULT_HOST).partition("://")
    try:
        if kind == "unix":
            # docker-py leaves its socket open when nobody answers; ours is closed.
            open_socket(UnixAddress(path), ANSWERS_WITHIN_MS).close()
        return docker_client.DockerClient()
    except (DockerException, TargetUnreachable) as error:
        raise TargetUnavailable(
            f"{spelling}: no container engine answers ({error}). Install one and start it "
            "(Debian: apt-get install docker.io), or name it in DOCKER_HOST"
        ) from error


def _explained(error: Exception) -> str:
    """The engine's own words, where it answered."""
    return error.explanation or str(error) if isinstance(error, APIError) else str(error)
