"""What the tests of containers share: waiting for what a server does in its own time, and counting what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from redproof_properties.containers.engine import LABEL, Engine
from redproof_properties.errors import TargetUnavailable
from redproof_properties.waiting import wait_until

WITHIN_S: Final = 30


@contextmanager
def engine_with(*images: str) -> Iterator[Engine]:
    """The engine, where there is one that has the images; skips the tests where there is none."""
    try:
        with Engine("tests") as engine:
            for image in images:
                engine.find_image("tests", image)
            yield engine
    except TargetUnavailable as error:
        pytest.skip(f"{error}; make images builds what the tests need")


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether something comes true; how long that may take is for machines that hardly get anywhere."""
    return wait_until(condition, WITHIN_S * 1000, poll_s=0.05)


def left(engine: Engine, run: str) -> int:
    """How many containers and networks of a run the engine has."""
    chosen: dict[str, str | list[str] | bool] = {"label": f"{LABEL}={run}"}
    containers = engine.client.containers.list(all=True, filters=chosen, ignore_removed=True)
    return len(containers) + len(engine.client.networks.list(filters=chosen))
