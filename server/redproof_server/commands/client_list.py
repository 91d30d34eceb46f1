"""CLIENT INFO and LIST: what is told of connections."""

from redproof_server.commands.clients import ADMIN_FLAGS, FLAGS
from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import RANDOM, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.protocol.replies import verbatim
from redproof_server.replication.replicas import is_replica

TYPES = {b"normal": "normal", b"slave": "replica", b"replica": "replica", b"pubsub": "pubsub", b"master": "master"}


def client_type(client: Client) -> str:
    """What CLIENT LIST TYPE knows a client as (getClientType)."""
    if client.is_master:
        return "master"
    if is_replica(client):
        return "replica"
    return "pubsub" if client.is_subscribed else "normal"


def client_flags(client: Client) -> str:
    """The letters for a client's state (catClientInfoString)."""
    states = [
        ("S", is_replica(client)),
        ("M", client.is_master),
        ("P", client.is_subscribed),
        ("x", client.transaction is not None),
        ("b", client.wait is not None),
        ("d", client.is_dirty),
        ("c", client.closing),
        ("U", client.address.endswith(b":0")),
        ("e", not client.is_evictable),
    ]
    return "".join(letter for letter, is_so in states if is_so) or "N"


def client_facts(client: Client) -> dict[str, object]:
    """What one line of CLIENT LIST says. What only an allocator knows is 0."""
    transaction, last = client.transaction, client.last_command
    is_old = not client.server.version.subcommands_have_arity
    name = b"NULL" if last is None else last.name.partition(b"|")[0] if is_old else last.name
    newer: dict[str, object] = {} if is_old else {"resp": client.resp}
    return {
        "id": client.id,
        "addr": client.address.decode(),
        "laddr": client.local_address.decode(),
        "fd": client.id,
        "name": client.name.decode(),
        "age": (client.server.now_ms - client.created_ms) // 1000,
        "idle": (client.server.now_ms - client.active_ms) // 1000,
        "flags": client_flags(client),
        "db": client.db.index,
        "sub": len(client.channels),
        "psub": len(client.patterns),
        **({} if is_old else {"ssub": len(client.shard_channels)}),
        "multi": -1 if transaction is None else len(transaction.queue),
        "qbuf": client.unread_bytes + client.pending_bytes,
        "qbuf-free": 0,
        "argv-mem": 0,
        **({} if is_old else {"multi-mem": 0, "rbs": 0, "rbp": 0}),
        "obl": 0,
        "oll": len(client.output),
        "omem": client.output_bytes,
        "tot-mem": client.output_bytes,
        "events": "r",
        "cmd": name.decode("latin-1"),
        "user": "default",
        "redir": -1,
        **newer,
    }


def client_line(client: Client) -> bytes:
    """One line of CLIENT LIST (catClientInfoString)."""
    return " ".join(f"{name}={value}" for name, value in client_facts(client).items()).encode() + b"\n"


@command("client|info", arity=2, flags=FLAGS | RANDOM)
def client_info(client: Client, args: list[bytes]) -> bytes:
    """CLIENT INFO (networking.c clientCommand)."""
    return verbatim(client_line(client), b"txt", client.resp)


@command("client|list", arity=-2, flags=ADMIN_FLAGS | RANDOM)
def client_list(client: Client, args: list[bytes]) -> bytes:
    """CLIENT LIST [TYPE type] [ID id ...] (networking.c clientCommand)."""
    clients = client.server.clients
    chosen = list(clients.values())
    if len(args) == 4 and args[2].lower() == b"type":
        wanted = read_type(args[3])
        chosen = [one for one in chosen if client_type(one) == wanted]
    elif len(args) > 3 and args[2].lower() == b"id":
        ids = [read_integer(text, b"ERR Invalid client ID") for text in args[3:]]
        chosen = [clients[one] for one in ids if one in clients]
    elif len(args) != 2:
        raise CommandError(SYNTAX)
    return verbatim(b"".join(map(client_line, chosen)), b"txt", client.resp)


def read_type(text: bytes) -> str:
    """A type of client (getClientTypeByName)."""
    found = TYPES.get(text.lower())
    if found is None:
        raise CommandError(b"ERR Unknown client type '%b'" % text)
    return found
