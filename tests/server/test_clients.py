"""Connections: names, pauses, silence, subscriptions, limits and their end."""

from collections.abc import Callable

import pytest
from redproof_server.engine.client import Client
from redproof_server.engine.client_limits import OUTPUT_BYTES_PER_TURN
from redproof_server.engine.server import Server
from redproof_server.protocol.fast import encode_request

Send = Callable[..., bytes]
Connect = Callable[[], Client]


def test_client_list_shows_who_does_what(connect: Connect, send: Send) -> None:
    listener = connect()
    send("CLIENT SETNAME me")
    send("SUBSCRIBE a b", client=listener)
    lines = send("CLIENT LIST").decode().splitlines()[1:]
    assert " name=me " in lines[0]
    assert " flags=P " in lines[1]
    assert " sub=2 " in lines[1]
    assert send("CLIENT LIST TYPE pubsub").count(b"id=") == 1
    assert send(f"CLIENT LIST ID {listener.id} 99").count(b"id=") == 1


def test_client_kill_closes_others_at_once_and_itself_after_the_reply(connect: Connect, send: Send) -> None:
    victim, killer = connect(), connect()
    assert send(f"CLIENT KILL ID {victim.id}") == b":1\r\n"
    assert victim.aborting
    assert send("CLIENT KILL TYPE normal SKIPME no", client=killer) == b":2\r\n"
    assert killer.closing
    assert not killer.aborting


def test_reply_modes_silence_replies_but_not_messages(connect: Connect, send: Send) -> None:
    assert send("CLIENT REPLY SKIP", "PING", "ECHO a") == b"$1\r\na\r\n"
    assert send("CLIENT REPLY OFF", "PING", "NOSUCH", "CLIENT REPLY SKIP", "PING") == b""
    assert send("SUBSCRIBE a").startswith(b"*3\r\n")
    send("PUBLISH a x", client=connect())
    assert send("UNSUBSCRIBE a").startswith(b"*3\r\n$7\r\nmessage\r\n")
    assert send("CLIENT REPLY ON", "PING") == b"+OK\r\n+PONG\r\n"


def test_a_pause_of_writes_lets_readers_through(server: Server, connect: Connect, send: Send) -> None:
    writer = connect()
    assert send("CLIENT PAUSE 100 WRITE") == b"+OK\r\n"
    assert send("SET a 1", "GET a", client=writer) == b""
    assert send("GET a", "EXISTS a") == b"$-1\r\n:0\r\n"
    server.now_ms += 101
    server.cron(server.now_ms)
    assert writer.take_output() == b"+OK\r\n$1\r\n1\r\n"


def test_unpause_runs_what_was_put_off_in_order(connect: Connect, send: Send) -> None:
    first, second = connect(), connect()
    send("CLIENT PAUSE 1000 WRITE")
    assert send("RPUSH l a", client=first) == send("RPUSH l b", "LRANGE l 0 -1", client=second) == b""
    assert send("CLIENT UNPAUSE") == b"+OK\r\n"
    assert first.take_output() == b":1\r\n"
    assert second.take_output() == b":2\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"


def test_a_paused_exec_waits_when_it_would_write(connect: Connect, send: Send) -> None:
    client = connect()
    send("MULTI", "SET a 1", client=client)
    send("CLIENT PAUSE 1000 WRITE")
    assert send("EXEC", client=client) == b""
    send("CLIENT UNPAUSE")
    assert client.take_output() == b"*1\r\n+OK\r\n"


@pytest.mark.parametrize(
    ("reason", "reply"),
    [("TIMEOUT", b"*-1\r\n"), ("ERROR", b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")],
)
def test_unblock_ends_a_wait(connect: Connect, send: Send, reason: str, reply: bytes) -> None:
    waiting = connect()
    send("BLPOP l 0", "PING", client=waiting)
    assert send(f"CLIENT UNBLOCK {waiting.id} {reason}", f"CLIENT UNBLOCK {waiting.id}") == b":1\r\n:0\r\n"
    assert waiting.take_output() == reply + b"+PONG\r\n"


ALLOWED = b" / PING / QUIT / RESET are allowed in this context\r\n"
SUBSCRIBED = {
    "6.2": b"-ERR Can't execute 'get': only (P)SUBSCRIBE / (P)UNSUBSCRIBE" + ALLOWED,
    "7.0": b"-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE" + ALLOWED,
}


def test_a_subscriber_of_resp2_may_do_little_else(version: str, send: Send) -> None:
    assert send("SUBSCRIBE a").startswith(b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
    assert send("GET a") == SUBSCRIBED[version]
    assert send("PING", "PING x") == b"*2\r\n$4\r\npong\r\n$0\r\n\r\n*2\r\n$4\r\npong\r\n$1\r\nx\r\n"
    assert send("UNSUBSCRIBE", "GET a").endswith(b":0\r\n$-1\r\n")


def test_a_subscriber_of_resp3_gets_pushes_and_may_do_everything(send: Send) -> None:
    send("HELLO 3")
    assert send("SUBSCRIBE a", "GET a") == b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n_\r\n"
    assert sorted(send("PUBLISH a x").splitlines()) == sorted(b">3 $7 message $1 a $1 x :1".split())


def test_patterns_deliver_after_channels_and_count_alone(connect: Connect, send: Send) -> None:
    listener = connect()
    send("SUBSCRIBE news", "PSUBSCRIBE n*", client=listener)
    assert send("PUBLISH news x", "PUBLISH no x", "PUBLISH else x") == b":2\r\n:1\r\n:0\r\n"
    messages = listener.take_output()
    assert messages.index(b"$7\r\nmessage") < messages.index(b"pmessage")
    assert send("PUBSUB CHANNELS", "PUBSUB NUMSUB news x", "PUBSUB NUMPAT") == (
        b"*1\r\n$4\r\nnews\r\n*4\r\n$4\r\nnews\r\n:1\r\n$1\r\nx\r\n:0\r\n:1\r\n"
    )


@pytest.mark.parametrize("version", ["7.0"])
def test_shard_channels_are_counted_apart_and_matched_by_no_pattern(connect: Connect, send: Send) -> None:
    listener = connect()
    assert send("PSUBSCRIBE *", "SSUBSCRIBE a", client=listener).endswith(b"$10\r\nssubscribe\r\n$1\r\na\r\n:1\r\n")
    assert send("SPUBLISH a x", "SPUBLISH b x", "PUBLISH a x") == b":1\r\n:0\r\n:1\r\n"
    assert listener.take_output().startswith(b"*3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$1\r\nx\r\n*4\r\n")
    assert send("PUBSUB SHARDCHANNELS", "PUBSUB SHARDCHANNELS b", "PUBSUB SHARDNUMSUB a b", "PUBSUB CHANNELS") == (
        b"*1\r\n$1\r\na\r\n*0\r\n*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:0\r\n*0\r\n"
    )
    assert b"sub=0 psub=1 ssub=1" in send("CLIENT LIST TYPE pubsub")
    send("PUNSUBSCRIBE", client=listener)
    assert send("SPUBLISH a x", client=listener).startswith(b"-ERR Can't execute 'spublish'")
    assert send("SUNSUBSCRIBE", "SPUBLISH a x", client=listener).endswith(b":0\r\n:0\r\n")


@pytest.mark.parametrize("version", ["7.0"])
def test_a_transaction_may_subscribe_to_channels_but_not_to_those_of_shards(send: Send) -> None:
    replies = send("MULTI", "SUBSCRIBE a", "SSUBSCRIBE a", "EXEC").partition(b"*2\r\n")[2]
    assert replies == b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n-%b\r\n" % (
        b"ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"
    )


@pytest.mark.parametrize("version", ["6.2"])
def test_an_old_version_has_no_shard_channels(send: Send) -> None:
    assert send("SSUBSCRIBE a").startswith(b"-ERR unknown command `SSUBSCRIBE`")
    assert send("PUBSUB SHARDCHANNELS").startswith(b"-ERR Unknown subcommand")


@pytest.mark.parametrize("version", ["7.0"])
def test_the_name_of_a_shard_channel_is_at_the_place_of_a_key_without_being_one(send: Send) -> None:
    assert send("COMMAND GETKEYS SPUBLISH a x") == b"-ERR The command has no key arguments\r\n"
    assert b"+not_key" in send("COMMAND INFO ssubscribe")


def test_no_pattern_delivers_what_is_published_without_a_channel_name(ask: Send, connect: Connect) -> None:
    listener = connect()
    ask("PSUBSCRIBE", "*", client=listener)
    assert ask("PUBLISH", "", "x") == b":0\r\n"


def test_one_client_too_many_is_told_and_closed(server: Server, connect: Connect, send: Send) -> None:
    send("CONFIG SET maxclients 2")
    connect()
    surplus = connect()
    assert surplus.take_output() == b"-ERR max number of clients reached\r\n"
    assert surplus.closing
    assert surplus.id not in server.clients


def test_silent_clients_are_closed_unless_they_wait_or_listen(server: Server, connect: Connect, send: Send) -> None:
    silent, waiting, listening = connect(), connect(), connect()
    send("BLPOP l 0", client=waiting)
    send("SUBSCRIBE a", client=listening)
    send("CONFIG SET timeout 10")
    server.cron(server.now_ms + 10_001)
    assert silent.aborting
    assert not waiting.aborting
    assert not listening.aborting


def test_output_beyond_the_limit_drops_the_client(server: Server, connect: Connect, send: Send) -> None:
    listener = connect()
    send("SUBSCRIBE a", client=listener)
    send("CONFIG SET client-output-buffer-limit pubsub")
    server.config.apply(server, "client-output-buffer-limit", "normal 0 0 0 slave 0 0 0 pubsub 1000 100 5")
    server.check_output(listener, 100)
    assert not listener.aborting
    server.now_ms += 5001
    server.check_output(listener, 99)
    server.check_output(listener, 100)
    assert not listener.aborting
    server.now_ms += 5001
    server.check_output(listener, 100)
    assert listener.aborting
    assert not server.pubsub.channels


def test_output_at_the_hard_limit_drops_the_client_at_once(server: Server, connect: Connect) -> None:
    client = connect()
    server.config.apply(server, "client-output-buffer-limit", "normal 1000 0 0 slave 0 0 0 pubsub 0 0 0")
    server.check_output(client, 999)
    assert not client.aborting
    server.check_output(client, 1000)
    assert client.aborting


def test_large_replies_are_given_in_turns(server: Server, connect: Connect, send: Send) -> None:
    client = connect()
    send(f"SETRANGE k {OUTPUT_BYTES_PER_TURN // 2} x")
    send(*["GET k"] * 9, "PING", client=client)
    turns = 0
    while client.pending:
        turns += 1
        server.receive(client, b"", server.now_ms)
        client.take_output()
    assert turns == 4


def test_a_blocked_client_that_goes_on_sending_is_dropped(server: Server, connect: Connect, send: Send) -> None:
    client = connect()
    send("CONFIG SET client-query-buffer-limit 1mb", "CONFIG GET client-query-buffer-limit")
    send("BLPOP l 0", client=client)
    data = encode_request([b"SET", b"a", b"x" * 100_000])
    for _ in range(10):
        server.receive(client, data, server.now_ms)
    assert not client.aborting
    server.receive(client, data, server.now_ms)
    assert client.aborting
    assert not server.databases[0].blocked


def test_a_request_that_never_ends_is_dropped(server: Server, connect: Connect, send: Send) -> None:
    client = connect()
    send("CONFIG SET client-query-buffer-limit 1mb")
    server.receive(client, b"*1000000\r\n", server.now_ms)
    for _ in range(11):
        server.receive(client, b"$99990\r\n" + b"x" * 99990 + b"\r\n", server.now_ms)
    assert client.aborting


def test_hello_changes_nothing_when_it_is_refused(send: Send) -> None:
    assert send("HELLO 4") == b"-NOPROTO unsupported protocol version\r\n"
    assert send("HELLO 3 NOSUCH").startswith(b"-ERR Syntax error in HELLO option")
    assert send("GET a") == b"$-1\r\n"


def test_reset_forgets_all_state_of_a_connection(send: Send) -> None:
    send("HELLO 3 SETNAME me", "SELECT 3", "SUBSCRIBE a", "WATCH a", "MULTI")
    assert send("RESET") == b"+RESET\r\n"
    assert send("CLIENT GETNAME", "GET a", "EXEC") == b"$-1\r\n$-1\r\n-ERR EXEC without MULTI\r\n"


def test_tracking_is_refused_plainly(send: Send) -> None:
    assert b"not supported" in send("CLIENT TRACKING ON")
    assert send("CLIENT TRACKING OFF", "CLIENT GETREDIR") == b"+OK\r\n:-1\r\n"


@pytest.mark.parametrize("line", ["POST / HTTP/1.1", "Host: localhost"])
def test_a_web_browser_is_cut_off(send: Send, connect: Connect, line: str) -> None:
    browser = connect()
    assert send("SET a 1", line, "SET a 2", client=browser) == b"+OK\r\n"
    assert browser.aborting
    assert send("GET a") == b"$1\r\n1\r\n"


@pytest.mark.parametrize("version", ["6.2"])
def test_an_old_version_looks_past_what_follows_the_mode_of_caching(send: Send) -> None:
    assert send("CLIENT CACHING yes more").startswith(b"-ERR CLIENT CACHING can be called only when")
