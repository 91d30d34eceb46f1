"""Who listens to what, and the delivery of messages (pubsub.c)."""

from typing import TYPE_CHECKING

from redproof_server.engine.client import Client
from redproof_server.engine.glob import matches
from redproof_server.protocol.replies import bulk, push

if TYPE_CHECKING:
    from redproof_server.engine.server import Server


class PubSub:
    """Subscriptions of a server. A client's own are in `client.channels` and `client.patterns`."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self.channels: dict[bytes, dict[Client, None]] = {}
        self.patterns: dict[bytes, dict[Client, None]] = {}

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

    def unsubscribe_all(self, client: Client) -> None:
        """End all subscriptions of a client that leaves."""
        for channel in list(client.channels):
            self.unsubscribe(client, channel)
        for pattern in list(client.patterns):
            self.unsubscribe_pattern(client, pattern)

    def publish(self, channel: bytes, message: bytes) -> int:
        """Deliver a message; to how many subscriptions (pubsubPublishMessage)."""
        receivers = 0
        for client in self.channels.get(channel, ()):
            items = [bulk(b"message"), bulk(channel), bulk(message)]
            self._server.push(client, push(items, client.resp))
            receivers += 1
        for pattern, clients in self.patterns.items():
            if matches(pattern, channel):
                for client in clients:
                    items = [bulk(b"pmessage"), bulk(pattern), bulk(channel), bulk(message)]
                    self._server.push(client, push(items, client.resp))
                    receivers += 1
        return receivers


def _enter(registry: dict[bytes, dict[Client, None]], own: dict[bytes, None], client: Client, name: bytes) -> bool:
    if name in own:
        return False
    own[name] = None
    registry.setdefault(name, {})[client] = None
    return True


def _leave(registry: dict[bytes, dict[Client, None]], own: dict[bytes, None], client: Client, name: bytes) -> bool:
    if name not in own:
        return False
    del own[name]
    del registry[name][client]
    if not registry[name]:
        del registry[name]
    return True
