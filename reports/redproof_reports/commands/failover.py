"""`redproof failover`: masters lost under sentinels, and of each acknowledged write that is gone, why."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Final

import click
from redproof_properties.errors import UsageError
from redproof_properties.failover.record import FailoverRecord
from rich.console import Console
from rich.text import Text

from redproof_reports.commands.options import TARGET_HELP, WRITTEN_FILE, WRITTEN_FOLDER, seed_option
from redproof_reports.commands.time_limit import TimeLimit, in_words
from redproof_reports.failover.display import Display, print_results
from redproof_reports.failover.judging import judge
from redproof_reports.failover.outcomes import as_run
from redproof_reports.failover.page import write_page
from redproof_reports.failover.results import FailoverResults
from redproof_reports.failover.running import Order, run_all
from redproof_reports.failover.stages import Simulation, Started
from redproof_reports.junit import write_junit
from redproof_reports.results import RUN_FOLDER
from redproof_reports.text import count, printable

OUT: Final = RUN_FOLDER / "failover"
DEFAULTS: Final = {"--replicas": 2, "--sentinels": 3, "--min-replicas-to-write": 0, "--min-replicas-max-lag": 2}
RUNS: Final = 3
SUFFIX: Final = ".json"


def _read_faults(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(dict.fromkeys(name.strip() for name in text.split(",")))


@click.command(
    epilog=f"{TARGET_HELP}\n\nFaults of processes and containers: {', '.join(Started.faults)}. "
    f"Simulated: {', '.join(Simulation.faults)}.",
    short_help="Lose masters under sentinels, and say of each write that is gone why.",
)
@click.argument("given", nargs=-1, required=True, metavar="TARGET | RECORD.json...")
@click.option(
    "--replicas", type=click.IntRange(1, 8), default=DEFAULTS["--replicas"], show_default=True, help="Of one master."
)
@click.option(
    "--sentinels", type=click.IntRange(1, 9), default=DEFAULTS["--sentinels"], show_default=True, help="Who watch it."
)
@click.option("--quorum", type=click.IntRange(min=1), help="Sentinels that must take it for down.  [default: most]")
@click.option("--sentinel-target", metavar="TARGET", help="The kind of the sentinels, where it is another.")
@click.option(
    "--min-replicas-to-write",
    type=click.IntRange(min=0),
    default=DEFAULTS["--min-replicas-to-write"],
    show_default=True,
    help="What each server is configured to: with fewer replicas a master refuses writes.",
)
@click.option(
    "--min-replicas-max-lag",
    type=click.IntRange(min=1),
    default=DEFAULTS["--min-replicas-max-lag"],
    show_default=True,
    help="After how many seconds of silence a replica does not count.",
)
@click.option("--wait", type=click.IntRange(min=0), help="For how many replicas clients WAIT.  [default: all]")
@click.option(
    "--faults", metavar="NAMES", callback=_read_faults, help="Only these faults, with commas between.  [default: any]"
)
@click.option(
    "--runs", type=click.IntRange(min=1), help=f"How many.  [default: {RUNS}, or as many as --max-time allows]"
)
@seed_option
@click.option("--max-time", type=TimeLimit(), help="Begin no run after this: 30s, 10m, 8h.")
@click.option("--simulate", is_flag=True, help="The bundled server and sentinels on virtual time, in one process.")
@click.option(
    "--out",
    type=WRITTEN_FOLDER,
    default=OUT,
    show_default=True,
    help="The folder for the records and the page.",
)
@click.option("--junit", type=WRITTEN_FILE, help="Write the judges' verdicts as JUnit XML too.")
@click.pass_context
def failover(
    context: click.Context,
    given: tuple[str, ...],
    replicas: int,
    sentinels: int,
    quorum: int | None,
    sentinel_target: str | None,
    min_replicas_to_write: int,
    min_replicas_max_lag: int,
    wait: int | None,
    faults: tuple[str, ...],
    runs: int | None,
    seed: int,
    max_time: int | None,
    simulate: bool,
    out: Path,
    junit: Path | None,
) -> None:
    """Start a master, replicas and sentinels of TARGET, write, and lose the master again and again.

    Each acknowledged write that is gone is then lost by design, against a promise, or by a bug, and
    judges say whether sentinels and servers did as documented. Run number n is drawn from the seed
    plus n. Ctrl-C ends it and keeps what was found. Records of earlier runs are judged and drawn
    again.

    \b
    redproof failover redis --runs 10
    redproof failover local:redis-server --sentinel-target bundled --faults kill,isolate
    redproof failover bundled --simulate --max-time 1m
    redproof failover .redproof/failover/seed-7.json
    """
    console = Console(file=sys.stdout, highlight=False)
    if all(each.endswith(SUFFIX) for each in given):
        results = _judge_again([Path(each) for each in given])
    elif len(given) > 1:
        raise UsageError(f"one target at a time, not {len(given)}; or records, whose names end in {SUFFIX}")
    else:
        order = Order(
            stage=Simulation() if simulate else Started(),
            target=given[0],
            sentinel_target=sentinel_target or given[0],
            replicas=replicas,
            sentinels=sentinels,
            quorum=sentinels // 2 + 1 if quorum is None else quorum,
            min_replicas_to_write=min_replicas_to_write,
            min_replicas_max_lag_s=min_replicas_max_lag,
            wait_replicas=wait,
            faults=faults,
            runs=RUNS if runs is None and max_time is None else runs,
            seed=seed,
            time_s_max=max_time,
        )
        order.check()
        results = _run(console, order, _repeat(context, order))
        _write_records(results, out)
    print_results(console, results)
    out.mkdir(parents=True, exist_ok=True)
    console.print(Text(f"page       {write_page(results, out)}"), soft_wrap=True)
    if junit is not None:
        write_junit(as_run(results, out), junit)
    context.exit(results.exit_code)


def _judge_again(paths: list[Path]) -> FailoverResults:
    """Judge records by today's judges. Raises UsageError for a file that is none."""
    records = {path: FailoverRecord.read(path) for path in paths}
    target = ", ".join(dict.fromkeys(record.target for record in records.values()))
    results = FailoverResults(target, shlex.join(["redproof", "failover", *map(str, paths)]))
    for path, record in records.items():
        results.add(judge(record, path.stem))
    return results


def _run(console: Console, order: Order, repeat: str) -> FailoverResults:
    group = f"{count(order.replicas, 'replica')}, {count(order.sentinels, 'sentinel')}, quorum {order.quorum}"
    console.print(Text(f"{printable(order.target)}: a master, {group}; seed {order.seed}"), soft_wrap=True)
    results = FailoverResults(order.target, repeat)
    with Display(console, order.runs) as display:
        run_all(order, results, lambda name: display.begin(name, results))
    return results


def _repeat(context: click.Context, order: Order) -> str:
    """The command that makes the same runs again, with the options that were given and the seed."""
    words: list[str] = ["redproof", "failover", order.target, "--seed", str(order.seed)]
    for parameter in context.command.params:
        name, given = parameter.opts[0], context.params[str(parameter.name)]
        source = context.get_parameter_source(str(parameter.name))
        if source is not click.core.ParameterSource.COMMANDLINE or name in {"given", "--seed"}:
            continue
        if isinstance(given, bool):
            words.append(name)
        else:
            words += [name, _spelled(name, given)]
    return shlex.join(words)


def _spelled(name: str, given: object) -> str:
    if name == "--max-time" and isinstance(given, int):
        return in_words(given)
    return ",".join(given) if isinstance(given, tuple) else str(given)


def _write_records(results: FailoverResults, out: Path) -> None:
    """Keep the records of the runs that are kept whole. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    for run in results.drawn:
        run.record.write(out / f"{run.name.replace(' ', '-')}{SUFFIX}")
