"""The command line: what it prints, and that its exit codes mean what is documented."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redproof_properties.divergence import Divergence
from redproof_properties.run import PropertyOutcome
from redproof_properties.targets import Target
from redproof_properties.targets.process import ProcessTarget
from redproof_reports.cli import main
from redproof_reports.results import Results, read_results

ROOT = Path(__file__).parents[2]
REDPROOF = [sys.executable, "-c", "from redproof_reports.cli import main; main(prog_name='redproof')"]


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="redproof")


def start(*words: object) -> subprocess.Popen[str]:
    """The command in a process and session of its own."""
    command = [*REDPROOF, *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def run(*words: object) -> tuple[int, str, str]:
    process = start(*words)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["check"],
        ["fuzz"],
        ["failover"],
        ["matrix"],
        ["replay"],
        ["shrink"],
        ["report"],
        ["serve"],
        ["prove"],
        ["explore"],
        ["simulate"],
    ],
)
def test_help(command: list[str]) -> None:
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert "  redproof " in result.output


def test_version() -> None:
    assert invoke("--version").output.startswith("redproof, version ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "nosuch"], "no such target: 'nosuch'"),
        (["check", "--profile", "slow"], "'slow' is not one of"),
        (["fuzz"], "Missing argument"),
        (["fuzz", "bundled", "--groups", "nosuch"], "'nosuch' is none of"),
        (["fuzz", "bundled:5.0"], "emulates 6.2 and 7.0"),
        (["fuzz", "redis://127.0.0.1:1", "--workers", "2"], "use --workers 1"),
        (["report", "/nosuch"], "no run is kept there"),
        (["replay", "/nosuch", "--target", "redis"], "no such file"),
        (["nosuch"], "No such command"),
        (["serve", "--port", "65536"], "65536 is not in the range 0<=x<=65535"),
        (["check", "redis", "--judge-as", "5.0"], "no version '5.0', only redis 6.0, redis 6.2, "),
        (["fuzz", "redis", "--judge-as", "redis"], "no version 'redis', only redis 6.0, redis 6.2, "),
        (["replay", "/nosuch", "--target", "redis", "--judge-as", "7"], "no version '7', only redis 6.0, redis 6.2, "),
        (["shrink", "/nosuch", "--target", "redis", "--judge-as", ""], "no version '', only redis 6.0, redis 6.2, "),
    ],
)
def test_bad_usage_ends_with_2(words: list[str], said: str) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    "words", [["fuzz", "redis://127.0.0.1:1"], ["replay", "RECORD", "--target", "redis://127.0.0.1:1"]]
)
def test_a_target_that_fails_ends_with_3(strlen_record: Path, words: list[str]) -> None:
    result = invoke(*(strlen_record if word == "RECORD" else word for word in words))
    assert result.exit_code == 3
    assert "redis://127.0.0.1:1: Connection refused" in result.output
    assert "Traceback" not in result.output


def test_a_divergence_that_is_still_there_ends_with_1(strlen_record: Path, refuses_strlen: str) -> None:
    result = invoke("replay", strlen_record, "--target", refuses_strlen)
    assert (result.exit_code, "REPRODUCED 1 of 1, still there" in result.output) == (1, True)


def test_a_divergence_that_is_gone_ends_with_0(strlen_record: Path) -> None:
    result = invoke("replay", strlen_record, "--target", "redis", "--times", "2")
    assert (result.exit_code, "NOT REPRODUCED in 2 attempts, not there" in result.output) == (0, True)


def test_a_coarser_comparison_lets_another_error_pass(strlen_record: Path, refuses_strlen: str) -> None:
    data = json.loads(strlen_record.read_text())
    data["steps"][0]["argv"] = ["RPUSH", "a", "x"]
    strlen_record.write_text(json.dumps(data))
    exact = invoke("replay", strlen_record, "--target", refuses_strlen)
    assert (exact.exit_code, "another divergence" in exact.output) == (1, True)
    assert invoke("replay", strlen_record, "--target", refuses_strlen, "--comparison", "error").exit_code == 0


def test_a_record_is_judged_by_the_version_asked_for(strlen_record: Path, tmp_path: Path) -> None:
    data = json.loads(strlen_record.read_text())
    data["steps"] = [{"client": "A", "argv": ["LCS", "a", "b"]}]
    strlen_record.write_text(json.dumps(data))
    words = [strlen_record, "--target", "redis"]
    assert invoke("replay", *words).exit_code == 0
    replayed = invoke("replay", *words, "--judge-as", "7.0")
    assert (replayed.exit_code, "judged as redis 7.0" in replayed.output) == (1, True)
    assert invoke("shrink", *words, "--judge-as", "7.0").exit_code == 0


def test_a_run_judged_by_another_version_says_how_to_have_it_again(tmp_path: Path) -> None:
    words = ["fuzz", "redis", "--judge-as", "7.0", "--groups", "strings", "--seed", 1, "--commands", 300]
    code, out, _ = run(*words, "--out", tmp_path / "out")
    results = read_results(tmp_path / "out")
    assert (code, results.judge_as, {target.model for target in results.targets}) == (1, "7.0", {"redis 7.0"})
    assert f"reproduce  {results.reproduce}" in out
    assert results.reproduce.endswith(" --judge-as 7.0")
    assert all(line.endswith(" --target redis --judge-as 7.0") for line in out.splitlines() if "  replay  " in line)


def test_shrink_leaves_out_what_is_not_needed(strlen_record: Path, refuses_strlen: str, tmp_path: Path) -> None:
    small = tmp_path / "small.json"
    result = invoke("shrink", strlen_record, "--target", refuses_strlen, "--out", small)
    assert (result.exit_code, "2 steps before, 1 now" in result.output) == (1, True)
    assert json.loads(small.read_text())["steps"] == [{"client": "A", "argv": ["STRLEN", "a"]}]
    assert json.loads(small.read_text())["id"] == json.loads(strlen_record.read_text())["id"]


def test_shrink_writes_nothing_when_the_divergence_is_gone(strlen_record: Path) -> None:
    before = strlen_record.read_text()
    assert invoke("shrink", strlen_record, "--target", "redis").exit_code == 0
    assert strlen_record.read_text() == before


def test_report_draws_a_run_again(
    make_run: Callable[..., Results],
    make_divergence: Callable[..., Divergence],
    make_outcome: Callable[..., PropertyOutcome],
    tmp_path: Path,
) -> None:
    divergence = make_divergence()
    results = make_run([make_outcome("broken", [divergence])], [divergence])
    result = invoke("report", results.folder, "--junit", tmp_path / "junit.xml")
    assert result.exit_code == 0
    assert result.output.splitlines()[0].startswith("1 divergence in 1,234 commands")
    assert result.output.splitlines()[-1] == f"page       {results.folder / 'report.html'}"
    assert (tmp_path / "junit.xml").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["check", "redis", "--out"],
        ["fuzz", "redis", "--out"],
        ["failover", "redis", "--out"],
        ["failover", "redis", "--junit"],
        ["matrix", "--out"],
        ["report", "--out"],
        ["report", "--summary"],
        ["shrink", "record.json", "--out"],
        ["prove", "--all", "--smtlib"],
        ["explore", "--all", "--itf"],
        ["simulate", "--all", "--out"],
    ],
)
def test_what_cannot_be_written_is_told_before_anything_starts(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = invoke(*words, tmp_path / "file" / "there")
    told = f"'{tmp_path / 'file' / 'there'}' cannot be written: look at '{tmp_path / 'file'}'"
    assert (result.exit_code, told in result.output) == (2, True), result.output


def test_the_records_of_a_baseline_are_read_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text('[6e06aada0971]\nreason = "nobody asks"\n')
    (tmp_path / "known.jsonl").write_text("garbage\n")
    result = invoke("fuzz", "redis", "--baseline", tmp_path / "known.toml", "--out", tmp_path / "out")
    assert (result.exit_code, result.output.startswith(f"redproof: {tmp_path / 'known.jsonl'}:1: ")) == (2, True)


def test_the_command_line_is_there_at_once() -> None:
    code = "import sys, redproof_reports.cli; print([name for name in ('hypothesis', 'rich') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_fuzz_finds_shrinks_and_reproduces(refuses_strlen: str, tmp_path: Path) -> None:
    words = ["fuzz", refuses_strlen, "--groups", "strings", "--seed", 1, "--out", tmp_path / "out"]
    code, out, err = run(*words, "--commands", 1000, "--workers", 2)
    assert (code, err) == (1, "")
    assert (tmp_path / "out" / "report.html").exists()
    results = read_results(tmp_path / "out")
    assert {record.divergence.command for record in results.records} == {"STRLEN"}
    assert {len(record.divergence.steps) for record in results.records} == {1}
    assert results.reproduce in out
    first = results.records[0]
    again = ["fuzz", refuses_strlen, "--groups", "strings", "--seed", first.divergence.seed, "--commands", 1]
    assert run(*again, "--out", tmp_path / "again")[0] == 1
    assert first.id in {record.id for record in read_results(tmp_path / "again").records}


def test_check_judges_a_running_server_and_spares_its_keys(redis: Target, tmp_path: Path) -> None:
    assert isinstance(redis, ProcessTarget)
    words = ["check", redis.tcp_address, "-k", "test_group and hashes", "--seed", 3, "--out", tmp_path / "out"]
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert "holds" in out
    assert out.splitlines()[-1].startswith("page")
    with redis.connect() as connection:
        connection.call("SET", "mine", "v")
        code, _, err = run(*words)
        assert (code, "--allow-flush" in err, "Traceback" in err) == (2, True, False)
        assert connection.call("GET", "mine") == b"v"
        connection.call("FLUSHALL")


def test_a_password_is_written_nowhere_and_a_target_that_fails_leaves_the_verdict_open(
    redis: Target, tmp_path: Path
) -> None:
    assert isinstance(redis, ProcessTarget)
    url = str(redis.tcp_address).replace("redis://", "redis://default:sesame@")
    with redis.connect() as connection:
        connection.call("CONFIG", "SET", "requirepass", "sesame")
        words = [url, "redis://127.0.0.1:1", "-k", "test_group and hashes", "--out", tmp_path / "out"]
        code, out, err = run("check", *words)
        connection.call("CONFIG", "SET", "requirepass", "")
    results = read_results(tmp_path / "out")
    assert (code, results.exit_code, results.outcomes) == (3, 3, {"holds": 1})
    written = [path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [text for text in (out, err, *written) if "sesame" in text] == []


def test_check_ends_with_1_for_a_divergence_also_when_another_target_fails(refuses_strlen: str, tmp_path: Path) -> None:
    words = ["-k", "test_group and transactions", "--seed", 3, "--out", tmp_path / "out"]
    code, out, _ = run("check", refuses_strlen, "redis://127.0.0.1:1", *words)
    assert code == 1
    assert "Connection refused" in out


def test_a_server_that_is_not_modelled_is_named_in_one_line(redis_9: str, tmp_path: Path) -> None:
    words = [redis_9, "--seed", 1, "--out", tmp_path / "out"]
    for command in (["check", "-k", "test_canary"], ["fuzz", "--groups", "transactions", "--commands", 1]):
        code, out, err = run(*command, *words)
        notes = [line for line in out.splitlines() if "is not modelled and judged as redis 8.6" in line]
        assert (len(notes), err) == (1, "")
        assert notes[0].startswith(f"note: {redis_9}: redis 9.2.14 is not modelled")
        assert code == 0
        _, out, err = run(*command, *words, "--judge-as", "7.0")
        assert ("not modelled" in out, err) == (False, "")


def test_check_ends_with_2_when_nothing_is_chosen(tmp_path: Path) -> None:
    code, _, err = run("check", "redis", "-k", "nosuchproperty", "--out", tmp_path / "out")
    assert (code, "no property has such a name" in err) == (2, True)


def test_a_fault_of_redproof_ends_with_3(tmp_path: Path) -> None:
    broken = "import redproof_reports.commands.report as r; r.read_results = None; " + REDPROOF[-1]
    words = [sys.executable, "-c", broken, "report", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "this is a fault of redproof" in done.stderr


def test_serve_is_the_bundled_server() -> None:
    code, out, _ = run("serve", "--port", "0", "--emulate", "1.0")
    assert (code, out) == (2, "")


def test_serve_is_a_sentinel_with_a_file() -> None:
    code, _, err = run("serve", "--sentinel", "no-such-file")
    assert code == 2
    assert "cannot load no-such-file" in err


def test_pytest_takes_a_server_that_is_not_modelled_with_warnings_as_errors(redis_9: str, tmp_path: Path) -> None:
    words = ["properties", "--target", redis_9, "-k", "test_canary", "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert "is not modelled and judged as redis 8.6" in done.stdout
    assert done.returncode == 0
    done = subprocess.run(
        [*command, "--judge-as", "8"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, "only redis 6.0, redis 6.2, " in done.stdout + done.stderr) == (2, True)


def test_pytest_ends_with_the_summary_and_the_page(tmp_path: Path) -> None:
    words = ["properties", "--target", "redis", "-k", "test_group and hashes", "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0
    assert "No divergence in" in done.stdout
    assert f"page       {tmp_path / 'out' / 'report.html'}" in done.stdout
