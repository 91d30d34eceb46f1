"""Replay scripts, run by bash against a real server."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from redproof_properties.divergence import Divergence
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, Expire, Sleep, Step
from redproof_properties.targets import Target
from redproof_properties.targets.address import UnixAddress
from redproof_reports.results import read_record
from redproof_reports.script import refusal, write_script

MakeDivergence = Callable[..., Divergence]

needs_redis_cli = pytest.mark.skipif(shutil.which("redis-cli") is None, reason="no redis-cli on PATH")


def call(line: str | Sequence[bytes | Seen], client: str = "A") -> Call:
    return Call(client, tuple(line.encode().split()) if isinstance(line, str) else tuple(line))


def run(script: str, target: Target, folder: Path) -> subprocess.CompletedProcess[str]:
    """What bash makes of the script, its arguments leading to the target."""
    assert isinstance(target.address, UnixAddress)
    path = folder / "replay.sh"
    path.write_text(script)
    command = ["bash", str(path), "-s", target.address.path]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def replies(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines that were printed before the recorded replies."""
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.partition("\n\nexpected")[0].splitlines()


CARRIED: list[tuple[str, list[Step], dict[str, int], list[str]]] = [
    ("plain", [call("SET # 1"), call("GET #"), call("GET $HOME")], {"A": 2}, ["OK", '"1"', "(nil)"]),
    (
        "binary",
        [call([b"SET", b"k\x00\xff\r\n\t'\"\\`", b""]), call("KEYS *"), call([b"GET", b"k\x00\xff\r\n\t'\"\\`"])],
        {"A": 2},
        ["OK", '1) "k\\x00\\xff\\r\\n\\t\'\\"\\\\`"', '""'],
    ),
    (
        "delimiter",
        [call("COMMANDS"), call("PING")],
        {"A": 2},
        ["(error) ERR unknown command `COMMANDS`, with args beginning with: ", "PONG"],
    ),
    ("resp3", [call("ZADD z 1.5 a"), call("ZSCORE z a")], {"A": 3}, ["(integer) 1", "(double) 1.5"]),
    (
        "pause",
        [call("MULTI"), call("SET k v PX 20"), Sleep(60), call("EXEC"), Sleep(60), call("GET k")],
        {"A": 2},
        ["OK", "QUEUED", "1) OK", "(nil)"],
    ),
    ("lone blocked client", [call("BLPOP l 0.01"), Expire("A"), call("PING")], {"A": 2}, ["(nil)", "PONG"]),
    (
        "dump and cursor",
        [
            call("SET k v"),
            call("DUMP k"),
            call([b"RESTORE", b"other", b"0", Seen.DUMP]),
            call("GET other"),
            call("SCAN 0 COUNT 100"),
            call([b"SSCAN", b"none", Seen.CURSOR]),
        ],
        {"A": 2},
        ["A> GET other", 'A: "v"', 'A> SSCAN none "0"', "A: 2) (empty array)"],
    ),
    (
        "several clients",
        [call("BLPOP l 0"), call("RPUSH l x", "B"), call("GET l"), call("HSET h f v", "B"), call("HGETALL h", "B")],
        {"A": 2, "B": 3},
        [
            "A> BLPOP l 0",
            "A: (no reply yet)",
            "B> RPUSH l x",
            "B: (integer) 1",
            'A: 1) "l"',
            'A: 2) "x"',
            "A: (nil)",
            "B: (integer) 1",
            'B: 1# "f" => "v"',
        ],
    ),
    (
        "ids",
        [
            call("CLIENT ID"),
            call("XADD x * f v"),
            call([b"XDEL", b"x", Seen.ID]),
            call("BLPOP l 0"),
            call([b"CLIENT", b"UNBLOCK", Seen.CLIENT], "B"),
        ],
        {"A": 2, "B": 2},
        ["A: (integer) 1", "A: (no reply yet)", "B: (integer) 1", "A: (nil)"],
    ),
    ("never served", [call("BLPOP l 0"), call("PING", "B")], {"A": 2, "B": 2}, ["B: PONG", "A: (no reply)"]),
    (
        "timed out",
        [call("BLPOP l 2"), Expire("A"), call("PING", "B")],
        {"A": 2, "B": 2},
        ["A: (no reply yet)", "A: (nil)", "B: PONG"],
    ),
]


@needs_redis_cli
@pytest.mark.parametrize(("steps", "clients", "lines"), [row[1:] for row in CARRIED], ids=[row[0] for row in CARRIED])
def test_a_script_replays_the_steps(
    make_divergence: MakeDivergence,
    redis: Target,
    tmp_path: Path,
    steps: list[Step],
    clients: dict[str, int],
    lines: list[str],
) -> None:
    divergence = make_divergence(steps=steps, clients=clients)
    shown = replies(run(write_script(divergence, "it.json"), redis, tmp_path))
    assert [line for line in shown if line in lines] == lines


@needs_redis_cli
def test_a_script_leaves_the_server_empty_and_refuses_one_that_is_not(
    make_divergence: MakeDivergence, redis: Target, tmp_path: Path
) -> None:
    script = write_script(make_divergence(steps=[call("SET k v")]), "it.json")
    assert replies(run(script, redis, tmp_path)) == ["OK"]
    with redis.connect() as connection:
        assert connection.call("DBSIZE") == 0
        connection.call("SET", "mine", "v")
        refused = run(script, redis, tmp_path)
        assert (refused.returncode, refused.stderr) == (2, "this server holds keys; give an empty one\n")
        assert connection.call("GET", "mine") == b"v"
        connection.call("FLUSHALL")


@needs_redis_cli
def test_texts_of_a_server_are_no_code_in_a_script(
    make_divergence: MakeDivergence, redis: Target, tmp_path: Path
) -> None:
    hostile = f"\nRECORD\ntouch {tmp_path}/harm\n$(touch {tmp_path}/harm)`touch {tmp_path}/harm`'"
    texts = dict.fromkeys(("expected", "actual", "server", "model", "target", "property_name"), hostile)
    divergence = make_divergence(hostile, steps=[call([hostile.encode(), hostile.encode()])], **texts)
    assert run(write_script(divergence, f"{hostile}.json"), redis, tmp_path).returncode == 0
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "step",
    [call("quit"), call([b"", b"a"]), call("12 PING"), call(":set hints"), call("SUBSCRIBE c"), call("PING", "A;B")],
)
def test_what_redis_cli_cannot_carry_is_refused_with_the_reason(
    make_divergence: MakeDivergence, tmp_path: Path, step: Step
) -> None:
    path = tmp_path / "replay.sh"
    path.write_text(write_script(make_divergence(steps=[step]), "it.json"))
    done = subprocess.run(["bash", str(path)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "Use instead: redproof replay it.json --target bundled" in done.stderr


def test_the_recorded_reply_comes_from_the_script(strlen_record: Path) -> None:
    divergence = read_record(strlen_record).divergence
    assert refusal(divergence.steps) is None
    script = write_script(divergence, strlen_record.name)
    assert 'SET other "\\x00\\r\\n"\nSTRLEN a\nCOMMANDS\n' in script
    assert f"recorded  {divergence.actual}\n" in script
