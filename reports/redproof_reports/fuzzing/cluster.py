"""A Dask cluster as an executor: `dask://host:port` is the address of its scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from redproof_properties.errors import TargetError, UsageError

from redproof_reports.fuzzing.executor import Machines

SCHEME: Final = "dask://"
_WITHIN_S: Final = 10


@contextmanager
def cluster(address: str) -> Iterator[Machines]:
    """The machines of a cluster that is there, whose workers have the redproof that runs here.

    Its address is `dask://host:port`. Raises UsageError where Dask is not installed here or redproof is another there,
    and TargetError when the scheduler cannot be reached or has no workers. Source:
    https://distributed.dask.org/en/stable/client.html (Client.get_executor).
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise UsageError(f"{address}: Dask is not installed; pip install 'redproof[cluster]'") from error
    try:
        tcp = address.replace(SCHEME, "tcp://", 1)
        client = Client(tcp, timeout=_WITHIN_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise TargetError(f"{address}: no Dask scheduler answers there: {error}") from error
    with client:
        _need_same(address, client.run(version, "redproof"))
        with client.get_executor(pure=False) as executor:  # type: ignore[no-untyped-call]
            yield Machines(executor, KilledWorker)


def _need_same(address: str, there: dict[str, str]) -> None:
    """Refuse a cluster without workers, or with some that would judge otherwise than this process."""
    here = version("redproof")
    if not there:
        raise TargetError(f"{address}: the cluster has no workers")
    for worker, other in there.items():
        if other != here:
            raise UsageError(f"{address}: worker {worker} has redproof {other}, and this is {here}; install the same")
