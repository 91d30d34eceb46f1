"""What a replica and its master say to each other before the data (replication.c syncWithMaster).

Each state waits for one line. It says which line ends the attempt, and what follows the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redproof_server.replication.link import Link
    from redproof_server.replication.state import Replication

REPLID_BYTES = 40
GREETINGS = (b"+", b"-NOAUTH", b"-NOPERM", b"-ERR operation not permitted")
TRY_LATER = (b"-NOMASTERLINK", b"-LOADING")
ANNOUNCE_IP, MASTERAUTH = "replica-announce-ip", "masterauth"


class LinkState(Enum):
    """How far the link to the master is (REPL_STATE_*); the value is what ROLE says."""

    NONE = b"none"
    CONNECT = b"connect"
    CONNECTING = b"connecting"
    HANDSHAKE = b"handshake"
    TRANSFER = b"sync"
    CONNECTED = b"connected"


class PsyncReply(Enum):
    """What a master says to PSYNC (PSYNC_*)."""

    WAIT = "wait"
    CONTINUE = "continue"
    FULLRESYNC = "full"
    NOT_SUPPORTED = "not supported"
    TRY_LATER = "later"


def refuses_ping(line: bytes) -> bool:
    """Whether a reply to PING shows no master; one that wants a password does."""
    return not line.startswith(GREETINGS)


def is_error(line: bytes) -> bool:
    """Whether a reply is an error."""
    return line.startswith(b"-")


def never(line: bytes) -> bool:
    """An old master need not understand REPLCONF."""
    return False


@dataclass(frozen=True, slots=True)
class Expected:
    """A reply of the handshake: what sent the command, which reply ends the attempt, and with which parameter it is
    asked for at all."""

    command: str
    is_fatal: Callable[[bytes], bool]
    parameter: str = ""


REPLIES = (
    Expected("PING", refuses_ping),
    Expected("AUTH", is_error, MASTERAUTH),
    Expected("REPLCONF listening-port", never),
    Expected("REPLCONF ip-address", never, ANNOUNCE_IP),
    Expected("REPLCONF capa", never),
)


class Handshake:
    """The handshake of one link."""

    def __init__(self, replication: "Replication", link: "Link") -> None:
        self._replication = replication
        self._link = link
        self._position = 0

    @property
    def waits_for_psync(self) -> bool:
        """Whether the next line answers PSYNC."""
        return self._position == len(REPLIES)

    def begin(self) -> None:
        """The link is open."""
        self._link.send(b"PING")

    def take(self, line: bytes) -> bool:
        """Go on after a reply; whether the master may be one."""
        if REPLIES[self._position].is_fatal(line):
            return False
        if self._position == 0:
            self._introduce()
        self._position += 1
        values = self._replication.server.config.values
        while not self.waits_for_psync and not values.get(REPLIES[self._position].parameter, "all"):
            self._position += 1
        if self.waits_for_psync:
            self._ask()
        return True

    def _introduce(self) -> None:
        """Send who this replica is and what it understands."""
        link, config = self._link, self._replication.server.config
        values = config.values
        if values[MASTERAUTH]:
            user = [config.encoded("masteruser")] if values["masteruser"] else []
            link.send(b"AUTH", *user, config.encoded(MASTERAUTH))
        port = config.integer("replica-announce-port") or config.integer("port")
        link.send(b"REPLCONF", b"listening-port", b"%d" % port)
        if values[ANNOUNCE_IP]:
            link.send(b"REPLCONF", b"ip-address", config.encoded(ANNOUNCE_IP))
        link.send(b"REPLCONF", b"capa", b"eof", b"capa", b"psync2")

    def _ask(self) -> None:
        """Ask for what is missing (slaveTryPartialResynchronization)."""
        cached = self._replication.upstream.cached
        asked = [b"?", b"-1"] if cached is None else [cached.replid, b"%d" % (cached.applied_offset + 1)]
        failover = [b"FAILOVER"] if self._replication.failover.is_handing_over else []
        self._link.send(b"PSYNC", *asked, *failover)


def read_psync_reply(line: bytes) -> PsyncReply:
    """What kind of reply to PSYNC a line is."""
    if not line:
        return PsyncReply.WAIT
    if line.startswith(b"+FULLRESYNC"):
        return PsyncReply.FULLRESYNC
    if line.startswith(b"+CONTINUE"):
        return PsyncReply.CONTINUE
    return PsyncReply.TRY_LATER if line.startswith(TRY_LATER) else PsyncReply.NOT_SUPPORTED


def full_resync_point(line: bytes) -> tuple[bytes, int] | None:
    """The history and the offset of a snapshot, or None where the line does not say."""
    words = line.split(b" ")
    if len(words) < 3 or len(words[1]) != REPLID_BYTES:
        return None
    digits = words[2][1:] if words[2][:1] == b"-" else words[2]
    return words[1], int(words[2]) if digits.isdigit() else 0


def continued_replid(line: bytes) -> bytes | None:
    """The name of the history that goes on, where the line tells."""
    replid = line[len(b"+CONTINUE ") :]
    return replid if len(replid) == REPLID_BYTES else None
