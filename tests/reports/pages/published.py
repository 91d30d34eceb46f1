"""A site for tests: two runs, a matrix, findings and a page of failovers, with every status that a divergence has."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.history import Call, Fault
from redproof_properties.replication.topologies.topology import pair
from redproof_properties.run import Profile, PropertyOutcome, Run, TargetSummary
from redproof_reports.baseline.file import Baseline, Known
from redproof_reports.failover.page import write_page
from redproof_reports.matrix.cells import Cell, Status
from redproof_reports.matrix.document import Matrix, Row, Server
from redproof_reports.records.journal import JOURNAL_NAME, Sighting, append
from redproof_reports.results import read_results
from shown import judged, results

HOSTILE = "</script><script>alert('{{ 7*7 }}')</script>\" onmouseover=\"x' \x1b[2J\u202e"


def diverging(command: str, *steps: str, target: str = "redis", **texts: str) -> Divergence:
    """A divergence of a command after these steps."""
    given: dict[str, Any] = {
        "expected": '"1"',
        "actual": "(nil)",
        "expected_shape": "bytes",
        "actual_shape": "null $-1",
    }
    calls = [Call("A", tuple(word.encode() for word in step.split())) for step in (*steps, f"{command} k")]
    return Divergence(
        command=command,
        kind="reply",
        steps=list(calls),
        clients={"A": 2},
        target=target,
        server="redis 7.0.15",
        model="redis 7.0",
        seed="7",
        property_name="Every reply is one that the model allows",
        **(given | texts),
    )


NEW = diverging("GET", "SET k 1", "APPEND k 2")
ALIKE = diverging("LINDEX", target="valkey")
KNOWN = diverging("STRLEN", expected="(integer) 1", actual="(integer) 2", expected_shape="int", actual_shape="int")
EXPIRED = diverging("HGET", actual='"2"', actual_shape="bytes")
EARLIER = diverging("SMEMBERS", actual="(error) ERR no", actual_shape="error ERR no")
BAD = diverging(HOSTILE, expected=HOSTILE, actual=HOSTILE * 9, target=HOSTILE)
BETWEEN = Divergence(
    command="settle",
    kind="different data",
    expected="key k of database 0: nothing as in m",
    actual="key k of database 0: 1 in r",
    expected_shape="the same",
    actual_shape="is in one only",
    steps=[Call("r.A", (b"SET", b"k", b"1")), Fault("settle", "m")],
    clients={"r.A": 2},
    target="redis",
    server="redis 6.2.14",
    model="none: servers are compared with each other",
    topology=pair("redis", "redis"),
)
TICKET = "https://redis.io/docs/latest/develop/reference/protocol-spec/#a-heading-of-many-words"
BASELINE = Baseline(
    {
        KNOWN.signature: Known(KNOWN.signature, "it is so", TICKET, None, 1),
        "0123456789ab": Known("0123456789ab", "nobody sees it", TICKET, None, 3),
        EXPIRED.signature: Known(EXPIRED.signature, "fixed soon", "", date(2026, 1, 1), 5),
    },
    today=date(2026, 2, 1),
)


def leave(folder: Path, *divergences: Divergence) -> None:
    """What a run leaves that has seen these."""
    run = Run(Profile("fuzz", 1, 1, 1), 7, Comparison.EXACT, folder)
    for each in divergences:
        run.summaries[each.target] = TargetSummary(each.target, each.server, each.model, 1234, 12)
        run.enter(each)
    ids = [each.signature for each in divergences]
    outcome = PropertyOutcome("redproof fuzz redis", "Every reply", "", "redis", "broken", "", 1.0, ids)
    run.outcomes.append(outcome)
    run.write()
    started = read_results(folder).started
    append(folder / JOURNAL_NAME, [Sighting("2025-12-31T00:00:00+00:00", each) for each in (EARLIER, NEW)])
    append(folder / JOURNAL_NAME, [Sighting(started, each) for each in divergences])


def leave_everything(folder: Path) -> None:
    """A folder with a run, and below it a matrix, proofs and failovers."""
    leave(folder, NEW, ALIKE, KNOWN, EXPIRED, BAD, BETWEEN)
    (folder / "matrix").mkdir()
    servers = tuple(Server(f"t{number}", "redis 7.0.15", "redis 7.0", "", False, 1, 10, 1) for number in range(9))
    rows = (Row("GET", "command", "GET", "strings", (Cell(Status.PASS, 100, 90),) * len(servers)),)
    Matrix("2026-01-01T00:00:00+00:00", 1, 7, 10, None, "exact", "redproof matrix", False, servers, rows, {}).write(
        folder / "matrix"
    )
    found = [
        {"system": name, "about": about, "verdict": verdict, "reason": "", "trace": None, "figures": {"asked": 1500}}
        for name, about, verdict in (("lock", "a_" + "long_" * 20 + "name", "holds"), ("dict", HOSTILE, "unknown"))
    ]
    told = {"format": 1, "started": "2026-01-01T00:00:00+00:00", "seconds": 1, "interrupted": False, "found": found}
    (folder / "proofs.json").write_text(json.dumps(told | {"reproduce": "redproof prove --all", "verdict": "unknown"}))
    (folder / "failover").mkdir()
    write_page(results(judged()), folder / "failover")
    (folder / "failover" / "failover-2.html").write_text("<!doctype html><title>3 failovers &amp; more</title><p>here")
