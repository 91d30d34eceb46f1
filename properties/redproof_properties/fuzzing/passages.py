"""What data must come through unchanged: to a replica, out of an RDB file, out of an AOF, and over a restart.

Sources: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/ and `debug.c` (debugCommand).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from redproof_model.reply import OK, Reply

from redproof_properties.closing import Closing
from redproof_properties.divergence import Divergence, render
from redproof_properties.errors import TargetError, UsageError
from redproof_properties.history import FIRST_CLIENT, Step
from redproof_properties.replication.data.dataset import UNREPLICATED, Dataset, read_dataset
from redproof_properties.replication.data.differences import differences
from redproof_properties.replication.ends.info import read_info
from redproof_properties.replication.topologies.servers import link_address
from redproof_properties.replication.topologies.topology import QUICK
from redproof_properties.targets import Target
from redproof_properties.targets.binary import BinaryTarget
from redproof_properties.targets.inquiry import fields
from redproof_properties.targets.process import ProcessTarget
from redproof_properties.waiting import wait_until

CAME_THROUGH: Final = "data after "
"""How the kind of a divergence begins that a passage shows."""

REPLICATION: Final = "replication"
PERSISTENCE: Final = ("DEBUG RELOAD", "DEBUG LOADAOF", "a restart")

SETTINGS: Final = {**QUICK, "hz": "500", "appendonly": "yes", "appendfsync": "no", "aof-use-rdb-preamble": "no"}
"""What a server is started with that is to be restarted with its data, and rewrites its AOF as commands."""

_EXPIRY_SLACK_MS: Final = 1_000


class Passages(Closing):
    """Takes the data of a running target through passages, and finds what is different after it.

    `names` are some of REPLICATION and PERSISTENCE, in this order; for the latter the target must have been started
    with SETTINGS. A replica is a twin of the target, which is ended with this object.
    """

    def __init__(self, target: Target, names: Sequence[str]) -> None:
        self._target = target
        self._names = names
        self._replica: Target | None = None
        version = target.version
        self._without = UNREPLICATED.get(f"{version.family} {'.'.join(map(str, version.number[:2]))}", frozenset())

    def close(self) -> None:
        """End the replica."""
        if self._replica is not None:
            self._replica.stop()
            self._replica = None

    def check(self, steps: Sequence[Step]) -> Divergence | None:
        """What differs after the first passage that changes something; `steps` have made the data.

        Raises TargetError when the target cannot be reached.
        """
        with self._target.connect() as connection:
            before = read_dataset(connection, self._without)
        for name, after in self._taken():
            if isinstance(after, str):
                return _failed(name, after, steps)
            differing = differences(before, after, _EXPIRY_SLACK_MS)
            if differing:
                first = differing[0]
                return Divergence(
                    command=name.upper(),
                    kind=CAME_THROUGH + name,
                    expected=f"{first.where}: {first.left}",
                    actual=f"{first.where}: {first.right}",
                    expected_shape=first.what,
                    actual_shape="another",
                    steps=list(steps),
                    clients={FIRST_CLIENT: 2},
                )
        return None

    def _taken(self) -> Iterator[tuple[str, Dataset | str]]:
        """The data after each passage, or why it could not be taken."""
        for name in self._names:
            if name == REPLICATION:
                yield name, self._replicated()
            else:
                yield name, self._persisted(name)

    def _persisted(self, name: str) -> Dataset | str:
        match name:
            case "DEBUG RELOAD":
                reply = self._call("DEBUG", "RELOAD")
            case "DEBUG LOADAOF":
                self._rewrite()
                reply = self._call("DEBUG", "LOADAOF")
            case _:
                self._target.restart()
                reply = OK
        if reply != OK:
            return render(reply)
        with self._target.connect() as connection:
            return read_dataset(connection, self._without)

    def _rewrite(self) -> None:
        """Let the AOF be rewritten, and wait for it."""
        with self._target.connect() as connection:
            connection.call("BGREWRITEAOF")

            def is_done() -> bool:
                told = fields(connection.call("INFO", "persistence"))
                return told["aof_rewrite_in_progress"] == "0" == told["aof_rewrite_scheduled"]

            if not wait_until(is_done):
                raise TargetError(f"{self._target.spelling}: did not rewrite its AOF")

    def _call(self, *argv: str) -> Reply:
        with self._target.connect() as connection:
            return connection.call(*argv)

    def _replicated(self) -> Dataset | str:
        """What a replica holds when it has got everything."""
        with self._target.connect() as master:
            offset = read_info(master).master_repl_offset
            with self._attached().connect() as replica:
                if not wait_until(lambda: (read_info(replica).slave_repl_offset or 0) >= offset):
                    return f"the replica did not come to offset {offset}"
                return read_dataset(replica, self._without)

    def _attached(self) -> Target:
        """The replica, with its link up. Raises TargetError if it does not come up."""
        if self._replica is None:
            replica = self._target.twin()
            replica.configure(QUICK)
            replica.start()
            self._replica = replica
        address = link_address(self._target)
        with self._replica.connect() as connection:
            if read_info(connection).master_link_status != "up":
                # A master of the same address is no news to a replica, which would connect to it a second later.
                connection.call("REPLICAOF", "NO", "ONE")
                connection.call("REPLICAOF", address.host, address.port)
            if not wait_until(lambda: read_info(connection).master_link_status == "up"):
                raise TargetError(f"{self._replica.spelling}: the link to its master does not come up")
        return self._replica


def require(target: Target, names: Sequence[str]) -> None:
    """Raise UsageError, with the reason, for a target, started or not, that cannot take these passages."""
    if names and not isinstance(target, ProcessTarget):
        raise UsageError(f"{target.spelling}: its process is not ours, so it gets no replica and is not restarted")
    if not set(names).isdisjoint(PERSISTENCE) and not isinstance(target, BinaryTarget):
        raise UsageError(f"{target.spelling}: is no redis-server that could be started with an AOF")


def _failed(name: str, why: str, steps: Sequence[Step]) -> Divergence:
    """The divergence of a passage that could not be taken at all."""
    return Divergence(
        command=name.upper(),
        kind=CAME_THROUGH + name,
        expected="the same data",
        actual=why,
        expected_shape="the same data",
        actual_shape="a failure",
        steps=list(steps),
        clients={FIRST_CLIENT: 2},
    )
