"""What every kind of target offers to the properties."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from redproof_model.reply import OK

from redproof_properties.errors import TargetError, UsageError
from redproof_properties.targets.address import Address, UnixAddress, open_socket
from redproof_properties.targets.clock import measure_offset_ms
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import Credentials, ServerVersion, log_in

DEFAULT_TIMEOUT_MS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What may be done with a target; a property that needs more is skipped with that reason."""

    owns_process: bool
    can_restart: bool
    can_pause: bool
    can_flush: bool
    can_debug: bool
    can_replicate: bool
    keeps_data_on_restart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a target is judged: by which version of the model, and over which protocols of RESP.

    With `may_skip` a property may be skipped only for a reason that holds one of these texts.
    """

    judge_as: str | None = None
    protocols: tuple[int, ...] = (2, 3)
    may_skip: tuple[str, ...] | None = None

    def allow_skip(self, reason: str) -> bool:
        """Whether a property may be skipped for this reason."""
        return self.may_skip is None or any(text in reason for text in self.may_skip)


class Target(ABC):
    """A server under test, started for the run or found running.

    `spelling` names it as on the command line. Between `start` and `stop` (or inside `with`) `connect`
    gives connections, and `version`, `address`, `capabilities` and `databases` are known.
    """

    spelling: str
    address: Address
    capabilities: Capabilities
    databases: tuple[int, ...]
    """The databases that may be used and flushed; connections begin in the first."""

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling
        self.timeout_ms = DEFAULT_TIMEOUT_MS
        self.terms = Terms()
        self._version: ServerVersion | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Make the target ready; when this raises, nothing of it is left behind.

        Raises `UsageError` for a target that must not be used, `TargetError` for one that fails.
        """

    @abstractmethod
    def stop(self) -> None:
        """Leave nothing behind: no process, no file, no key; without effect when not started."""

    @property
    def version(self) -> ServerVersion:
        """Family and number, as the server tells them."""
        if self._version is None:
            raise UsageError(f"{self.spelling}: not started")
        return self._version

    @property
    def harness_host(self) -> str:
        """The address under which the server reaches what listens on this machine."""
        return "127.0.0.1"

    @property
    def peer(self) -> str:
        """Spelling and address for messages, without a password."""
        return f"{self.spelling} at {self.address}" if self._version else self.spelling

    def describe(self) -> str:
        """One line for people: what it is, where, and which databases will be used."""
        return f"{self.spelling}: {self.version} at {self.address}; uses and flushes {self.databases_used}"

    @property
    def databases_used(self) -> str:
        """The databases for people, `databases 0 to 15`."""
        first, last = self.databases[0], self.databases[-1]
        return f"database {first}" if first == last else f"databases {first} to {last}"

    def connect(self, resp: int = 2) -> Connection:
        """Open a connection that speaks RESP `resp` (2 or 3).

        Raises `TargetUnreachable`, `TargetLoginRefused`, or `TargetError` when there is no RESP3.
        """
        connection = Connection(open_socket(self.address, self.timeout_ms), self.peer, self.timeout_ms, self.diagnose)
        try:
            self._greet(connection, resp)
        except TargetError:
            connection.close()
            raise
        return connection

    def _greet(self, connection: Connection, resp: int) -> None:
        log_in(connection, resp, self._credentials())

    def _credentials(self) -> Credentials | None:
        return None

    def diagnose(self) -> TargetError | None:
        """Why the server closed a connection, if more is known than that."""
        return None

    def flush(self) -> None:
        """Remove every key."""
        if not self.capabilities.can_flush:
            raise UsageError(f"{self.spelling}: must not be flushed")
        with self.connect() as connection:
            reply = connection.call("FLUSHALL")
        if reply != OK:
            raise TargetError(f"{self.spelling}: FLUSHALL was answered with {reply!r}")

    def clock_offset_ms(self) -> tuple[int, int]:
        """What must at least, and at most, be added to our clock in ms to get the server's."""
        if isinstance(self.address, UnixAddress):
            return (0, 0)
        with self.connect() as connection:
            return measure_offset_ms(connection)

    def twin(self) -> Self:
        """Another server of the same kind, not started, with no settings that `configure` was told."""
        raise UsageError(f"{self.spelling}: is one server, not a kind of which others can be started")

    def configure(self, settings: Mapping[str, str]) -> None:
        """Let the process have these settings of `redis.conf`, beside those of its kind, when it is started next."""
        raise UsageError(f"{self.spelling}: cannot be given settings, its process is not ours")

    def kill(self) -> None:
        """End the process as `kill -9` does."""
        raise UsageError(f"{self.spelling}: cannot be killed, its process is not ours")

    def restart(self) -> None:
        """Start the process again, killing it first when it runs."""
        raise UsageError(f"{self.spelling}: cannot be restarted, its process is not ours")

    def pause(self) -> None:
        """Stop the process in its tracks until `resume`; connections stay open."""
        raise UsageError(f"{self.spelling}: cannot be paused, its process is not ours")

    def resume(self) -> None:
        """Let a paused process go on."""
        raise UsageError(f"{self.spelling}: cannot be resumed, its process is not ours")
