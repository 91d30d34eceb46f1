"""The tools that people have work with the server as it is: redis-py, redis-cli and redis-benchmark."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from redproof_properties.waiting import wait_until

STARTED = "Ready to accept connections on port "


def open_client(port: int, **options: Any) -> Any:
    """A client of redis-py, whose own types are too wide to be checked."""
    return redis.Redis(port=port, **options)


@pytest.fixture(params=["6.2", "7.0"], scope="module")
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server of each version, in a process of its own."""
    command = [sys.executable, "-m", "redproof_server", "--port", "0", "--save", "", "--emulate", request.param]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith(STARTED)
            yield int(line.removeprefix(STARTED))
        finally:
            process.terminate()


@pytest.fixture(params=[2, 3])
def client(port: int, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A redis-py client in each protocol; the server is empty."""
    with open_client(port, protocol=request.param, decode_responses=True) as client:
        client.flushall()
        yield client


def test_pipelines_and_transactions(client: Any) -> None:
    with client.pipeline(transaction=False) as pipeline:
        assert pipeline.set("a", 1).incr("a").get("a").hset("h", mapping={"f": "v"}).hgetall("h").execute() == [
            True,
            2,
            "2",
            1,
            {"f": "v"},
        ]
    with client.pipeline() as pipeline:
        assert pipeline.incr("a").execute() == [3]
        pipeline.watch("a")
        client.set("a", 9)
        pipeline.multi()
        pipeline.get("a")
        with pytest.raises(redis.WatchError):
            pipeline.execute()


def test_messages(client: Any) -> None:
    with client.pubsub() as pubsub:
        pubsub.subscribe("news")
        pubsub.psubscribe("n*")
        client.publish("news", "x")
        kinds = [(pubsub.get_message(timeout=5) or {})["type"] for _ in range(4)]
    assert kinds == ["subscribe", "psubscribe", "message", "pmessage"]


def test_scripts_and_functions(client: Any) -> None:
    script = client.register_script("return redis.call('incrby', KEYS[1], ARGV[1])")
    assert [script(keys=["n"], args=[5]), script(keys=["n"], args=[5])] == [5, 10]
    assert client.script_exists(script.sha) == [True]
    client.lpush("l", 1)
    with pytest.raises(redis.ResponseError, match="wrong kind"):
        script(keys=["l"], args=[1])
    if client.info("server")["redis_version"].startswith("7"):
        code = "#!lua name=lib\nredis.register_function('f', function(k, a) return a[1] end)"
        assert client.function_load(code, replace=True) == "lib"
        assert client.fcall("f", 0, "x") == "x"


def test_waiting(client: Any, port: int) -> None:
    assert client.blpop(["l"], timeout=0.05) is None

    def push() -> None:
        with open_client(port) as other:
            time.sleep(0.05)
            other.rpush("l", "a")

    pusher = threading.Thread(target=push)
    pusher.start()
    assert list(client.blpop(["l"], timeout=5) or ()) == ["l", "a"]
    pusher.join()


def test_administration(client: Any) -> None:
    client.client_setname("me")
    assert client.client_getname() == "me"
    assert [one["name"] for one in client.client_list() if one["id"] == str(client.client_id())] == ["me"]
    assert client.config_get("hz") == {"hz": "10"}
    assert client.config_set("hz", 20)
    assert client.config_set("hz", 10)
    assert client.info()["connected_clients"] >= 1
    assert client.command_count() == len(client.command())
    assert client.command_getkeys("MSET", "a", 1, "b", 2) == ["a", "b"]
    assert client.time()[0] > 1_600_000_000
    assert sorted(client.scan_iter()) == []


def test_a_client_that_stops_reading_is_held_up_or_dropped(port: int) -> None:
    with open_client(port) as client, socket.create_connection(("127.0.0.1", port)) as deaf:
        client.set("k", b"x" * 1_000_000)
        before_bytes = client.info("memory")["used_memory_peak"]
        deaf.setblocking(False)
        sent = b"GET k\r\n" * 10_000
        deaf.send(sent)
        for _ in range(20):
            client.ping()
        assert client.info("memory")["used_memory_peak"] - before_bytes < 100_000_000
        client.config_set("client-output-buffer-limit", "pubsub 1000000 0 0")
        listener = client.pubsub()
        listener.subscribe("c")
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(b"SUBSCRIBE c\r\n")
            assert wait_until(lambda: client.pubsub_numsub("c") == [(b"c", 2)])
            for _ in range(40):
                client.publish("c", b"x" * 1_000_000)
                listener.get_message(timeout=1)
            assert wait_until(lambda: client.pubsub_numsub("c")[0][1] < 2)
        listener.close()
        client.config_set("client-output-buffer-limit", "pubsub 33554432 8388608 60")


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["SET", "a", "1"], "OK\n"),
        (["-3", "HSET", "h", "f", "v"], "(integer) 1\n"),
        (["EVAL", "return {1, 'a'}", "0"], '1) (integer) 1\n2) "a"\n'),
        (["--eval", "/dev/stdin", "a", ",", "b"], '1) "a"\n2) "b"\n'),
    ],
)
def test_redis_cli(port: int, arguments: list[str], printed: str) -> None:
    program = tool("redis-cli")
    script = "return {KEYS[1], ARGV[1]}"
    run = subprocess.run(
        [program, "-p", str(port), "--no-raw", *arguments], input=script, capture_output=True, text=True, check=True
    )
    assert run.stdout == printed


def test_redis_cli_at_a_terminal_asks_for_documentation(port: int) -> None:
    program = tool("redis-cli")
    run = subprocess.run(
        [tool("script"), "-qec", f"{program} -p {port}", "/dev/null"],
        env=os.environ | {"TERM": "dumb"},
        input="ping\nhelp get\nexit\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert "PONG" in run.stdout
    assert "GET" in run.stdout


def test_redis_benchmark(port: int) -> None:
    program = tool("redis-benchmark")
    command = [program, "-p", str(port), "-n", "2000", "-P", "4", "-q", "-t", "set,get,incr,lpush,hset,zadd"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.count("requests per second") == 6
    assert "WARNING" not in run.stdout + run.stderr
    assert "ERR" not in run.stdout + run.stderr


def tool(name: str) -> str:
    """The path of a program of Redis's."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path
