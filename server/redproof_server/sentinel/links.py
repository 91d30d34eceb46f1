"""Opening connections, sending commands over them, and telling replies to those who wait for them."""

from functools import lru_cache
from typing import TYPE_CHECKING

from redproof_server.protocol.fast import encode_request
from redproof_server.protocol.reply_reader import BadReplyError, Reply
from redproof_server.replication.link import Link
from redproof_server.sentinel import hello, liveness
from redproof_server.sentinel.connections import Channel, Connections, OnReply, discard
from redproof_server.sentinel.instances import Instance, Master, Peer
from redproof_server.sentinel.texts import encoded

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

PUSHED = (b"subscribe", b"message")
REQUESTS_REMEMBERED = 256


@lru_cache(REQUESTS_REMEMBERED)
def request(*words: str) -> bytes:
    """A command as it is sent. A Sentinel sends few that it has not sent before."""
    return encode_request([encoded(word) for word in words])


class Links:
    """All connections of a Sentinel; `take_attended` are those that the shell has to look at."""

    def __init__(self, sentinel: "Sentinel") -> None:
        self._sentinel = sentinel
        self._channels: dict[Link, tuple[Connections, Channel, Instance]] = {}
        self._attended: dict[Link, None] = {}

    def take_attended(self) -> list[Link]:
        """The links to open, to write to or to close."""
        if not self._attended:
            return []
        attended = list(self._attended)
        self._attended.clear()
        return attended

    # What the shell tells.

    def opened(self, link: Link, local_address: bytes) -> None:
        """The connection is there: what was to be sent goes out."""
        found = self._channels.get(link)
        if found is not None:
            link.local_address = local_address
            found[1].is_open = True
        self._attended[link] = None

    def lost(self, link: Link) -> None:
        """The connection is gone, or could not be made (instanceLinkConnectionError)."""
        found = self._channels.pop(link, None)
        link.is_closed = True
        if found is not None:
            found[0].forget(found[1])

    def received(self, link: Link, data: bytes) -> None:
        """Bytes have come from an instance; one that breaks the protocol is disconnected."""
        found = self._channels.get(link)
        if found is None:
            return
        connections, channel, instance = found
        try:
            replies = channel.reader.receive(data)
        except BadReplyError:
            self.close(connections, channel)
            return
        for reply in replies:
            if not link.is_closed:
                self._take(connections, channel, instance, reply)

    def _take(self, connections: Connections, channel: Channel, instance: Instance, reply: Reply) -> None:
        if channel is connections.listener and isinstance(reply, list) and reply and reply[0] in PUSHED:
            hello.take_push(self._sentinel, instance, reply)
            return
        if channel.waiting:
            waiting, on_reply = channel.waiting.popleft()
            connections.pending_commands -= 1
            if not waiting.is_released:
                on_reply(reply)

    # What the Sentinel does.

    def reconnect(self, instance: Instance) -> None:
        """Open what is not open of an instance that is not connected, but not too often
        (sentinelReconnectInstance)."""
        sentinel, connections = self._sentinel, instance.connections
        if instance.address.port == 0:
            return
        now_ms = sentinel.now_ms
        if now_ms - connections.last_reconnect_ms < sentinel.periods.ping_period_ms:
            return
        connections.last_reconnect_ms = now_ms
        if connections.commands is None:
            instance.address = sentinel.resolved_again(instance.address)
            if not instance.address.ip:
                return
            channel = connections.commands = self._open(instance)
            connections.pending_commands = 0
            connections.commands_since_ms = now_ms
            self._introduce(instance, channel, "cmd")
            liveness.send_ping(sentinel, instance)
        if connections.listener is None and not isinstance(instance, Peer):
            channel = connections.listener = self._open(instance)
            connections.listener_since_ms = now_ms
            self._introduce(instance, channel, "pubsub")
            channel.link.output.append(request(self.spelled(instance, "SUBSCRIBE"), hello.CHANNEL.decode()))
        connections.is_disconnected = False

    def _open(self, instance: Instance) -> Channel:
        link = Link(instance.address.ip, instance.address.port)
        channel = Channel(link)
        self._channels[link] = instance.connections, channel, instance
        self._attended[link] = None
        return channel

    def _introduce(self, instance: Instance, channel: Channel, purpose: str) -> None:
        """Authenticate, and name the connection (sentinelSendAuthIfNeeded, sentinelSetClientName)."""
        user, password = self._sentinel.credentials(instance)
        if password is not None:
            words = [password] if user is None else [user, password]
            self._send(instance, channel, ["AUTH", *words], discard)
        name = f"sentinel-{self._sentinel.my_id[:8]}-{purpose}"
        self._send(instance, channel, ["CLIENT", "SETNAME", name], discard)

    def send(self, instance: Instance, words: list[str], on_reply: OnReply = discard) -> bool:
        """Send a command; whether there is a connection that takes it."""
        channel = instance.connections.commands
        if channel is None:
            return False
        self._send(instance, channel, words, on_reply)
        return True

    def _send(self, instance: Instance, channel: Channel, words: list[str], on_reply: OnReply) -> None:
        channel.link.output.append(request(self.spelled(instance, words[0]), *words[1:]))
        channel.waiting.append((instance, on_reply))
        instance.connections.pending_commands += 1
        if channel.is_open:
            self._attended[channel.link] = None

    def spelled(self, instance: Instance, command: str) -> str:
        """The name that a command has at an instance (sentinelInstanceMapCommand)."""
        renamed = instance.watched_master.renamed
        return renamed.get(command.lower(), (command, command))[1] if renamed else command

    def close(self, connections: Connections, channel: Channel | None) -> None:
        """Close one connection, if it is there (instanceLinkCloseConnection)."""
        if channel is not None:
            channel.link.is_closed = True
            self._channels.pop(channel.link, None)
            self._attended[channel.link] = None
            connections.forget(channel)

    def close_both(self, connections: Connections) -> None:
        """Close both connections."""
        self.close(connections, connections.commands)
        self.close(connections, connections.listener)

    def release(self, instance: Instance) -> None:
        """Forget an instance, and its connections if nobody shares them (releaseSentinelRedisInstance)."""
        instance.is_released = True
        instance.connections.owners -= 1
        if instance.connections.owners == 0:
            self.close_both(instance.connections)

    def drop_data_connections(self, master: Master) -> None:
        """Connect again to a master and its replicas: the password is another (dropInstanceConnections)."""
        for instance in (master, *master.replicas.values()):
            self.close_both(instance.connections)
