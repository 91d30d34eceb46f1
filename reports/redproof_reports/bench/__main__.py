"""Print the bundled server against redis-server and fakeredis, and how much is judged, walked and failed over."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Container

from redproof_properties.errors import RedproofError, TargetError
from rich.console import Console
from rich.table import Table

from redproof_reports.bench import campaigns, exploring, failing_over, failovers_simulated, judging, simulating
from redproof_reports.bench.load import TESTS, Load, measure
from redproof_reports.bench.servers import running

_REQUESTS = {"redis": 100_000, "bundled": 100_000, "fakeredis": 10_000}


def serve(console: Console, pipeline: int, rounds: int) -> None:
    """Measure every server on every test in turn, `rounds` times, and print medians and ratios to redis."""
    results: dict[tuple[str, str], list[Load]] = {}
    names = list(_REQUESTS)
    for _ in range(rounds):
        for test in TESTS:
            for name in names:
                with running(name) as server:
                    requests = _REQUESTS[name] * (4 if pipeline > 1 and name != "fakeredis" else 1)
                    load = measure(server.port, server.pid, test, requests, pipeline)
                results.setdefault((name, test), []).append(load)
    console.print(_load_table(results, names, pipeline, rounds))
    for other in ("bundled", "fakeredis"):
        cpu = _ratio([_median(results["redis", t], "cpu_us") / _median(results[other, t], "cpu_us") for t in TESTS])
        rate = _ratio(
            [
                _median(results[other, t], "requests_per_s") / _median(results["redis", t], "requests_per_s")
                for t in TESTS
            ]
        )
        console.print(f"P={pipeline}: {other} / redis: {cpu:.2f} by processor time, {rate:.2f} by requests a second")
    faster = [_median(results["fakeredis", t], "cpu_us") / _median(results["bundled", t], "cpu_us") for t in TESTS]
    console.print(f"P={pipeline}: bundled / fakeredis: {_ratio(faster):.1f} by processor time")


def _median(loads: list[Load], figure: str) -> float:
    return float(statistics.median(getattr(load, figure) for load in loads))


def _ratio(ratios: list[float]) -> float:
    return statistics.geometric_mean(ratios)


def _load_table(results: dict[tuple[str, str], list[Load]], names: list[str], pipeline: int, rounds: int) -> Table:
    table = Table(title=f"redis-benchmark, 50 connections, P={pipeline}, medians of {rounds}")
    for column in ("test", "server", "requests/s", "µs CPU a request", "p50 ms", "p99 ms"):
        table.add_column(column, justify="left" if column in ("test", "server") else "right")
    for test in TESTS:
        for name in names:
            loads = results[name, test]
            figures = (_median(loads, "requests_per_s"), _median(loads, "cpu_us"))
            latencies = (_median(loads, "p50_ms"), _median(loads, "p99_ms"))
            table.add_row(test, name, f"{figures[0]:,.0f}", f"{figures[1]:.2f}", *(f"{ms:.2f}" for ms in latencies))
    return table


def judge(console: Console, rounds: int) -> None:
    """Measure every way of judging in turn, `rounds` times, and print medians.

    Raises TargetError, after the table, when a server could not be measured.
    """
    results: dict[str, list[judging.Judging]] = {name: [] for name in judging.WAYS}
    failures: dict[str, TargetError] = {}
    for _ in range(rounds):
        for name, run in judging.WAYS.items():
            if name in failures:
                continue
            try:
                results[name].append(run())
            except TargetError as failure:
                failures[name] = failure
    console.print(_judging_table(results, failures, rounds))
    if failures:
        raise next(iter(failures.values()))


def _judging_table(results: dict[str, list[judging.Judging]], failures: Container[str], rounds: int) -> Table:
    table = Table(title=f"commands judged a second by one process, servers on a unix socket, medians of {rounds}")
    for column in ("what", "by wall time", "by our processor time"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, rows in results.items():
        if name in failures:
            table.add_row(name, "failed", "failed")
        else:
            medians = (
                statistics.median(row.per_wall_s for row in rows),
                statistics.median(row.per_cpu_s for row in rows),
            )
            table.add_row(name, *(f"{median:,.0f}" for median in medians))
    return table


def main() -> int:
    """Run the benchmarks that were asked for; exit code 3 when a server fails, 2 when something is missing."""
    parser = argparse.ArgumentParser(prog="python -m redproof_reports.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each server is measured (default: 3)")
    parser.add_argument(
        "--only",
        choices=("judge", "campaign", "explore", "simulate", "failover", "serve"),
        help="one part of the benchmarks",
    )
    parser.add_argument(
        "--seconds", type=float, default=5, help="how long each campaign is, which also shows its memory (default: 5)"
    )
    arguments = parser.parse_args()
    console = Console()
    try:
        if arguments.only in (None, "judge"):
            judge(console, arguments.rounds)
        if arguments.only in (None, "campaign"):
            for shown in campaigns.tables(arguments.rounds, arguments.seconds):
                console.print(shown)
        if arguments.only in (None, "explore"):
            console.print(exploring.table(arguments.rounds))
        if arguments.only in (None, "simulate"):
            console.print(simulating.table(arguments.rounds))
            console.print(failovers_simulated.table(arguments.rounds))
        if arguments.only in (None, "failover"):
            console.print(failing_over.table(arguments.rounds))
        if arguments.only in (None, "serve"):
            serve(console, 1, arguments.rounds)
            serve(console, 16, arguments.rounds)
    except RedproofError as error:
        console.print(f"[red]{error}[/red]")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
