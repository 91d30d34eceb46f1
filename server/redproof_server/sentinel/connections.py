"""The two connections to an instance: one for commands, one that listens (sentinel.c instanceLink)."""

from collections import deque
from collections.abc import Callable

from redproof_server.protocol.reply_reader import Reply, ReplyReader
from redproof_server.replication.link import Link
from redproof_server.sentinel.instances import Instance

OnReply = Callable[[Reply], None]


def discard(reply: Reply) -> None:
    """Nobody wants the reply (sentinelDiscardReplyCallback)."""


class Channel:
    """One connection: who waits for its replies, in their order, and whether the shell has opened it."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.reader = ReplyReader()
        self.waiting: deque[tuple[Instance, OnReply]] = deque()
        self.is_open = False


class Connections:
    """Both connections and what is known of whether the instance is alive. Sentinels that watch several masters
    together share them: `owners` are how many instances there are behind them.

    `ping_pending_since_ms` is None when the last PING was answered (act_ping_time).
    """

    def __init__(self, now_ms: int) -> None:
        self.owners = 1
        self.is_disconnected = True
        self.pending_commands = 0
        self.commands: Channel | None = None
        self.listener: Channel | None = None
        self.last_reconnect_ms = 0
        self.commands_since_ms = 0
        self.listener_since_ms = 0
        self.listener_active_ms = 0
        self.reset_times(now_ms)

    def reset_times(self, now_ms: int) -> None:
        """Take the instance for alive from now on."""
        self.ping_pending_since_ms: int | None = now_ms
        self.last_ping_ms = 0
        self.last_available_ms = now_ms
        self.last_pong_ms = now_ms

    def forget(self, channel: Channel) -> None:
        """A connection is gone (instanceLinkCloseConnection)."""
        if channel is self.commands:
            self.commands = None
            self.pending_commands = 0
        if channel is self.listener:
            self.listener = None
        self.is_disconnected = True
