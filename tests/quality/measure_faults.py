"""Measure how soon campaigns find each planted fault, drawn and guided, and print the tables as Markdown.

What was measured is appended to a file, and a run goes on with what that file lacks.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from planted.campaign_tables import tables, write_page
from planted.campaigns import BUDGETS, WAYS, Hunt, Outcome, Sound, hunts, measure
from redproof_properties.errors import RedproofError
from rich.progress import track

SEEDS_APART: Final = 1_000_000
"""As many histories as no campaign here has."""
_HUNTS_A_TASK: Final = 5
NICENESS: Final = 5
Task = tuple[Hunt, list[tuple[int, str]]]


def read(results: Path) -> list[Outcome]:
    """What a file has of earlier runs; nothing where there is none."""
    if not results.exists():
        return []
    return [Outcome(**json.loads(line)) for line in results.read_text().splitlines()]


def work(results: Path, tasks: Sequence[Task]) -> None:
    """Measure some hunts and append what they come to; raises TargetError."""
    with ExitStack() as stack, results.open("a") as file:
        sound = Sound(stack)
        for hunt, runs in tasks:
            for outcome in measure(hunt, runs, sound):
                file.write(json.dumps(asdict(outcome)) + "\n")
                file.flush()


def to_do(done: Sequence[Outcome], seeds: int, only: str) -> list[Task]:
    """The hunts whose names have `only` in them, each with the seeds and ways that are not done; slow ones first."""
    known = {(outcome.name, outcome.seed, outcome.way) for outcome in done}
    every = [(1 + SEEDS_APART * number, way) for number in range(seeds) for way in WAYS]
    tasks = [
        (hunt, [(seed, way) for seed, way in every if (hunt.kind, way) in BUDGETS])
        for hunt in sorted(hunts(), key=lambda hunt: -hunt.clients)
        if only in hunt.name
    ]
    left = [(hunt, [run for run in runs if (hunt.name, *run) not in known]) for hunt, runs in tasks]
    return [(hunt, runs) for hunt, runs in left if runs]


def run(results: Path, tasks: Sequence[Task], workers: int) -> None:
    """Measure in so many processes; raises TargetError, and what was measured until then is kept."""
    parts = [tasks[first : first + _HUNTS_A_TASK] for first in range(0, len(tasks), _HUNTS_A_TASK)]
    with ProcessPoolExecutor(workers, get_context("spawn"), os.nice, (NICENESS,)) as pool:
        futures = [pool.submit(partial(work, results), part) for part in parts]
        try:
            for future in track(as_completed(futures), "campaigns on planted faults", total=len(parts)):
                future.result()
        except (KeyboardInterrupt, RedproofError):
            pool.shutdown(cancel_futures=True)
            raise


def main() -> int:
    """Measure what is not measured, and print or write the tables; exit code 3 when a server fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many campaigns each fault and way has (default: 3)")
    parser.add_argument("--workers", type=int, default=2, help="how many processes measure (default: 2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults with this in their name")
    parser.add_argument(
        "--results", type=Path, default=Path(".redproof/planted-faults.jsonl"), help="the file (default: %(default)s)"
    )
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into this page, do not print them")
    arguments = parser.parse_args()
    try:
        arguments.results.parent.mkdir(parents=True, exist_ok=True)
        run(arguments.results, to_do(read(arguments.results), arguments.seeds, arguments.only), arguments.workers)
    except RedproofError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; run it again to go on", file=sys.stderr)
    outcomes = read(arguments.results)
    if arguments.write is None:
        print("\n\n".join(tables(outcomes).values()))
    else:
        write_page(arguments.write, outcomes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
