"""No input crashes the engine: whatever comes, nothing escapes and PING is answered."""

import re
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from redproof_server import commands
from redproof_server.engine import pausing
from redproof_server.engine.client import Client
from redproof_server.engine.command import TABLE
from redproof_server.engine.server import Server
from redproof_server.engine.versions import VERSIONS
from redproof_server.protocol.fast import encode_request

assert commands.__all__, "importing the commands fills the table"

PING = encode_request([b"PING"])
# What a whole server shares, or what would make a test slow by design.
LEFT_OUT = {b"shutdown", b"debug"}
NAMES = sorted({tuple(row.name.split(b"|")) for row in TABLE} - {(name,) for name in LEFT_OUT})
KEYS = [b"", b"a", b"b", b"c", b"d", b"\xff\x00\r\n"]
NUMBERS = [b"%d" % number for number in (0, 1, -1, 2, 3, 10, -10, 2**31, 2**32, 2**63 - 1, -(2**63), 2**63, 2**64)]
FLOATS = [b"0.5", b"-1.5", b"inf", b"-inf", b"nan", b"1e308", b"-0", b"1e-5", b"(1", b"(-inf", b"0x10"]
WORDS = b"""
nx xx gt lt ch incr ex px exat pxat keepttl get persist match count type left right before after
withscores withvalues byscore bylex rev limit by store alpha asc desc weights aggregate sum min max rank
maxlen len idx withmatchlen minmatchlen u8 i64 u63 set incrby overflow wrap sat fail and or xor not bit
byte replace absttl db idletime freq async sync yes no on off skip id addr laddr user skipme normal
pubsub default all everything timeout error write + - [a (a [b hash string zset list get* * a* [a-c]*
h?llo lib #!lua
""".split()
SCRIPTS = [
    b"return {KEYS, ARGV, redis.call('type', KEYS[1] or 'a')}",
    b"return redis.pcall(unpack(ARGV))",
    b"redis.setresp(3) return redis.pcall(unpack(ARGV))",
    b"return cjson.encode(cjson.decode(ARGV[1]))",
    b"return {cmsgpack.unpack(ARGV[1])}",
    b"return {struct.unpack(ARGV[1], ARGV[2])}",
    b"return struct.pack(unpack(ARGV))",
    b"return {pcall(loadstring, ARGV[1])}",
    b"return ARGV[1]:gsub(ARGV[2], ARGV[3])",
    b"return ARGV[1]:format(unpack(ARGV))",
    b"error(ARGV)",
    b"#!lua name=lib\nredis.register_function('f', function(k, a) return redis.pcall(unpack(a)) end)",
]
ARGUMENTS = [*KEYS, *KEYS, *NUMBERS, *FLOATS, *WORDS, *SCRIPTS]


def random_argument(random: Random) -> bytes:
    if random.random() < 0.03:
        return random.randbytes(random.randrange(80))
    return random.choice(ARGUMENTS)


def random_request(random: Random) -> list[bytes]:
    """A command of the table with about as many arguments as it takes."""
    words = list(random.choice(NAMES))
    row = random.choice([row for row in TABLE if row.name == b"|".join(words)])
    count = max(abs(row.arity) - len(words) + random.choice((0, 0, 0, 0, 1, 2, 3, 4, -1)), 0)
    return words + [random_argument(random) for _ in range(count)]


def still_answers(server: Server) -> bool:
    """Whether a new client gets its PONG, whatever password or limit was set."""
    for name, value in (("requirepass", ""), ("maxclients", "10000"), ("client-query-buffer-limit", "1073741824")):
        server.config.apply(server, name, value)
    server.resume(server.now_ms)
    pausing.unpause(server)
    client = server.connect(b"127.0.0.1:9", server.now_ms)
    server.receive(client, PING, server.now_ms)
    return client.take_output() == b"+PONG\r\n"


def new_server(version: str, seed: int) -> Server:
    settings = {"lua-time-limit": "5", "notify-keyspace-events": "KEAmn", "proto-max-bulk-len": str(1024 * 1024)}
    return Server(VERSIONS[version], Random(seed), 1_000_000, settings)


def give_turn(server: Server, client: Client) -> None:
    """What the shell does after each batch."""
    client.output.clear()
    for other in server.take_writers():
        other.output.clear()
    for effect in server.saving.effects:
        effect.done(None)
    server.saving.effects.clear()
    server.resume(server.now_ms + server.sleep_ms)


@given(version=st.sampled_from(sorted(VERSIONS)), seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_no_command_with_any_arguments_crashes_the_engine(version: str, seed: int) -> None:
    random = Random(seed)
    server = new_server(version, seed)
    clients = [server.connect(b"127.0.0.1:1", server.now_ms) for _ in range(3)]
    for _ in range(100):
        position = random.randrange(len(clients))
        if clients[position].closing:
            server.disconnect(clients[position])
            clients[position] = server.connect(b"127.0.0.1:1", server.now_ms)
        client = clients[position]
        server.receive(client, encode_request(random_request(random)), server.now_ms)
        give_turn(server, client)
        if random.random() < 0.1:
            server.cron(server.now_ms + random.randrange(2000))
    assert still_answers(server)


@given(
    version=st.sampled_from(sorted(VERSIONS)),
    batches=st.lists(
        st.one_of(
            st.binary(max_size=50),
            st.sampled_from(
                [PING, b"PING\r\n", b"*1\r\n$", b"*-1\r\n", b"$4\r\n", b"\r\n", b'SET a "x', b"*2\r\n$3\r\nGET\r\n"]
            ),
            st.from_regex(re.compile(rb"\A\*-?[0-9]{1,20}\r\n(\$-?[0-9]{1,20}\r\n.{0,9}\r\n){0,3}\Z", re.DOTALL)),
        ),
        max_size=6,
    ),
)
@settings(max_examples=300)
def test_no_bytes_crash_the_engine(version: str, batches: list[bytes]) -> None:
    server = new_server(version, 1)
    client = server.connect(b"127.0.0.1:1", server.now_ms)
    for batch in batches:
        if not client.closing:
            server.receive(client, batch, server.now_ms)
            give_turn(server, client)
    assert still_answers(server)
