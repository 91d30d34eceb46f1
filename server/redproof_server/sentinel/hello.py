"""Hello messages: how Sentinels find each other, and learn of epochs and of the master's address.

A message is `ip,port,run ID,current epoch,master name,master ip,master port,config epoch of the master`.
"""

from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from redproof_server.protocol.reply_reader import ErrorReply, Reply
from redproof_server.sentinel import peers
from redproof_server.sentinel.instances import Instance, Master, Peer
from redproof_server.sentinel.texts import decoded, leading_integer, leading_unsigned

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

CHANNEL = b"__sentinel__:hello"
FIELDS = 8
MESSAGES_REMEMBERED = 128


class Hello(NamedTuple):
    """What a Sentinel says of itself and of a master."""

    ip: str
    port: int
    run_id: str
    current_epoch: int
    master_name: str
    master_host: str
    master_port: int
    config_epoch: int


@lru_cache(MESSAGES_REMEMBERED)
def read(text: str) -> Hello | None:
    """A message, or None for what is none. Sentinels say the same again and again."""
    parts = text.split(",")
    if len(parts) != FIELDS:
        return None
    ip, port, run_id, epoch, name, host, master_port, config_epoch = parts
    return Hello(
        ip,
        leading_integer(port),
        run_id,
        leading_unsigned(epoch),
        name,
        host,
        leading_integer(master_port),
        leading_unsigned(config_epoch),
    )


def send(sentinel: "Sentinel", instance: Instance) -> None:
    """Publish a message through an instance, or to another Sentinel (sentinelSendHello)."""
    channel, master = instance.connections.commands, instance.watched_master
    if instance.connections.is_disconnected or channel is None:
        return
    ip = sentinel.announce_ip or channel.link.local_address.decode().rpartition(":")[0]
    if not ip:
        return
    port = sentinel.announce_port or sentinel.server.config.integer("port")
    address = master.current_address
    who = f"{ip},{port},{sentinel.my_id},{sentinel.current_epoch}"
    what = f"{master.name},{sentinel.shown(address)},{address.port},{master.config_epoch}"
    words = ["PUBLISH", CHANNEL.decode(), f"{who},{what}"]
    sentinel.links.send(instance, words, partial(published, sentinel, instance))


def published(sentinel: "Sentinel", instance: Instance, reply: Reply) -> None:
    """A message was taken (sentinelPublishReplyCallback)."""
    if not isinstance(reply, ErrorReply):
        instance.last_published_ms = sentinel.now_ms


def hasten(sentinel: "Sentinel", master: Master) -> None:
    """Let the next messages about a master go out at once (sentinelForceHelloUpdateForMaster)."""
    for instance in (master, *master.peers.values(), *master.replicas.values()):
        instance.last_published_ms -= sentinel.periods.publish_period_ms + 1


def take_push(sentinel: "Sentinel", instance: Instance, reply: list[Reply]) -> None:
    """Something has come over a connection that listens (sentinelReceiveHelloMessages)."""
    instance.connections.listener_active_ms = sentinel.now_ms
    message = reply[-1]
    if len(reply) == 3 and reply[0] == b"message" and isinstance(message, bytes):
        text = decoded(message)
        if sentinel.my_id not in text:
            process(sentinel, text)


def process(sentinel: "Sentinel", text: str) -> None:
    """Learn from a message (sentinelProcessHelloMessage)."""
    hello = read(text)
    master = None if hello is None else sentinel.masters.get(hello.master_name)
    if hello is None or master is None:
        return
    peer = peers.find(sentinel, master, hello.run_id, hello.ip, hello.port)
    if peer is None:
        peer = peers.meet(sentinel, master, hello.run_id, hello.ip, hello.port)
    sentinel.follow_epoch(hello.current_epoch, master)
    if peer is not None:
        if master.config_epoch < hello.config_epoch:
            follow_config(sentinel, master, peer, hello)
        peer.last_hello_ms = sentinel.now_ms


def follow_config(sentinel: "Sentinel", master: Master, peer: Peer, hello: Hello) -> None:
    """A greater config epoch wins, and with it the address of the master."""
    master.config_epoch = hello.config_epoch
    if hello.master_port == master.address.port and sentinel.is_at(master.address, hello.master_host):
        return
    sentinel.event("+config-update-from", peer)
    old = f"{sentinel.shown(master.address)} {master.address.port}"
    sentinel.announce("+switch-master", f"{master.name} {old} {hello.master_host} {hello.master_port}")
    sentinel.move_master(master, hello.master_host, hello.master_port)
