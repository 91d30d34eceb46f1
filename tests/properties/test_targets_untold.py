"""Servers that know neither INFO nor CONFIG, and close a connection after an error: HELLO and DBSIZE tell enough."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from redproof_model.reply import Error, Reply, Status
from redproof_model.versions import REDIS_7_0
from redproof_properties.encoding import encode
from redproof_properties.errors import TargetError, TargetRefused
from redproof_properties.fuzzing.campaign import run_campaign
from redproof_properties.generate import Generator
from redproof_properties.judge import Judge
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.inquiry import DATABASES_MAX

HELLO: Mapping[str, str] = {"server": "miniredis", "version": "2.40.0", "mode": "standalone", "role": "master"}
UNKNOWN = Error(b"ERR unknown command")

Answer = Callable[[int, list[str]], Reply]


def little(
    hello: Mapping[str, str] | None = HELLO, keys: Mapping[int, int] | None = None, databases: int = 16
) -> Answer:
    """What a server with these keys answers in a database, that knows HELLO, SELECT and DBSIZE and no more."""

    def answer(database: int, argv: list[str]) -> Reply:
        match argv:
            case ["PING"]:
                return Status(b"PONG")
            case ["HELLO", "2"] if hello is not None:
                return [word.encode() for pair in hello.items() for word in pair]
            case ["SELECT", number] if int(number) < databases:
                return Status(b"OK")
            case ["DBSIZE"] if keys is not None:
                return keys.get(database, 0)
            case ["TIME"]:
                seconds, micros = divmod(time.time_ns() // 1000, 10**6)
                return [b"%d" % seconds, b"%d" % micros]
            case ["FLUSHALL"]:
                return Status(b"OK")
        return UNKNOWN

    return answer


@contextmanager
def serve(answer: Answer) -> Iterator[str]:
    """A server on loopback that answers so and closes the connection after an error; gives its URL."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            database = 0
            while line := self.rfile.readline():
                argv = [self._word() for _ in range(int(line[1:]))]
                reply = answer(database, argv)
                self.wfile.write(encode(reply, 2))
                if isinstance(reply, Error):
                    return
                database = int(argv[1]) if argv[0] == "SELECT" else database

        def _word(self) -> str:
            length = int(self.rfile.readline()[1:])
            return self.rfile.read(length + 2)[:-2].decode()

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def started(url: str, *, allow_flush: bool = False) -> Target:
    with parse_target(url, allow_flush=allow_flush) as target:
        assert target.describe()
        return target


@pytest.mark.parametrize("path", ["", "/3"])
def test_hello_tells_what_info_does_not(path: str) -> None:
    with serve(little(keys={})) as url, parse_target(url + path) as target:
        assert str(target.version) == "miniredis 2.40.0"
        assert target.databases == ((3,) if path else tuple(range(16)))
        assert not target.capabilities.can_debug


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"mode": "cluster"}, "runs as cluster"),
        ({"mode": "sentinel"}, "runs as sentinel"),
        ({"role": "replica"}, "is a replica"),
        ({"role": ""}, "tells neither in INFO nor in HELLO whether it is a replica"),
    ],
)
def test_what_hello_tells_is_held_against_it(told: Mapping[str, str], message: str) -> None:
    with serve(little(hello={**HELLO, **told}, keys={})) as url, pytest.raises(TargetRefused, match=message):
        started(url)


def test_keys_are_counted_in_every_database_that_can_be_selected() -> None:
    with serve(little(keys={5: 2, 15: 1})) as url:
        with pytest.raises(TargetRefused, match=r"database 5: keys=2, database 15: keys=1\).*--allow-flush"):
            started(url)
        with pytest.raises(TargetRefused, match=r"database 15: keys=1\)"):
            started(f"{url}/5", allow_flush=True)
        started(url, allow_flush=True)


def test_a_server_without_databases_has_one() -> None:
    with serve(little(keys={0: 1}, databases=0)) as url:
        with pytest.raises(TargetRefused, match="database 0: keys=1"):
            started(url)
        assert started(url, allow_flush=True).databases == (0,)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (little(hello=None), "does not tell its version: INFO server was .*unknown command, HELLO 2 was .*unknown"),
        (little(hello={"server": "odd"}), r"does not tell its version: INFO .*, HELLO 2 has the fields \['server'\]"),
        (little(keys=None), "does not tell whether it holds keys: DBSIZE was answered with ERR unknown command"),
        (little(keys={}, databases=10**9), f"has {DATABASES_MAX:,} databases or more"),
    ],
)
def test_a_server_that_tells_too_little_is_not_used(answer: Answer, message: str) -> None:
    with serve(answer) as url, pytest.raises(TargetError, match=message):
        started(url)


def test_a_campaign_on_a_server_that_fails_every_history_comes_to_its_end() -> None:
    with serve(little(keys={})) as url, parse_target(url) as target, Judge(target, REDIS_7_0) as judge:
        findings = run_campaign(judge, Generator(["lists"]), seed=1, commands=20)
        assert findings.commands >= 20
        assert findings.divergences
