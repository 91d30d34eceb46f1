"""Who listens to what, and the delivery of messages (pubsub.c)."""

from typing import TYPE_CHECKING

from redproof_server.engine.client import Client
from redproof_server.engine.glob import matches
from redproof_server.protocol.replies import bulk, push

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

Listeners = dict[bytes, dict[Client, None]]


class PubSub:
    """Subscriptions of a server; a client's own are in its `channels`, `patterns` and `shard_channels`."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self.channels: Listeners = {}
        self.patterns: Listeners = {}
        self.shard_channels: Listeners = {}

    def subscribe(self, client: Client, channel: bytes) -> bool:
        """Subscribe to a channel; whether it is new to the client (pubsubSubscribeChannel)."""
        return _enter(self.channels, client.channels, client, channel)

    def unsubscribe(self, client: Client, channel: bytes) -> bool:
        """End a subscription; whether there was one (pubsubUnsubscribeChannel)."""
        return _leave(self.channels, client.channels, client, channel)

    def subscribe_pattern(self, client: Client, pattern: bytes) -> bool:
        """Subscribe to all channels that match; whether it is new to the client (pubsubSubscribePattern)."""
        return _enter(self.patterns, client.patterns, client, pattern)

    def unsubscribe_pattern(self, client: Client, pattern: bytes) -> bool:
        """End a subscription to a pattern; whether there was one (pubsubUnsubscribePattern)."""
        return _leave(self.patterns, client.patterns, client, pattern)

    def subscribe_shard(self, client: Client, channel: bytes) -> bool:
        """Subscribe to a shard channel; whether it is new to the client (pubsubSubscribeChannel)."""
        return _enter(self.shard_channels, client.shard_channels, client, channel)

    def unsubscribe_shard(self, client: Client, channel: bytes) -> bool:
        """End a subscription to a shard channel; whether there was one (pubsubUnsubscribeChannel)."""
        return _leave(self.shard_channels, client.shard_channels, client, channel)

    def unsubscribe_all(self, client: Client) -> None:
        """End all subscriptions of a client that leaves."""
        for channel in list(client.channels):
            self.unsubscribe(client, channel)
        for pattern in list(client.patterns):
            self.unsubscribe_pattern(client, pattern)
        for channel in list(client.shard_channels):
            self.unsubscribe_shard(client, channel)

    def publish(self, channel: bytes, message: bytes) -> int:
        """Deliver a message to who listens to a channel; to how many subscriptions (pubsubPublishMessage)."""
        receivers = self._deliver(self.channels.get(channel, {}), b"message", channel, message)
        for pattern, clients in self.patterns.items():
            if matches(pattern, channel):
                receivers += self._deliver(clients, b"pmessage", pattern, channel, message)
        return receivers

    def publish_to_shard(self, channel: bytes, message: bytes) -> int:
        """Deliver a message to who listens to a shard channel, as no pattern does (pubsubPublishMessage)."""
        return self._deliver(self.shard_channels.get(channel, {}), b"smessage", channel, message)

    def _deliver(self, clients: dict[Client, None], *parts: bytes) -> int:
        items = [bulk(part) for part in parts]
        for client in clients:
            self._server.push(client, push(items, client.resp))
        return len(clients)


def _enter(registry: Listeners, own: dict[bytes, None], client: Client, name: bytes) -> bool:
    if name in own:
        return False
    own[name] = None
    client.is_subscribed = True
    registry.setdefault(name, {})[client] = None
    return True


def _leave(registry: Listeners, own: dict[bytes, None], client: Client, name: bytes) -> bool:
    if name not in own:
        return False
    del own[name]
    del registry[name][client]
    if not registry[name]:
        del registry[name]
    client.is_subscribed = bool(client.channels or client.patterns or client.shard_channels)
    return True
