"""A server under load: redis-benchmark's figures, with the processor time that the server took for them."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from redproof_properties.errors import UsageError

TESTS = ("set", "get", "incr", "lpush", "hset", "zadd")
_CLIENTS = 50
_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """One test on one server: requests a second, processor time a request, and latencies."""

    test: str
    requests_per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def find_benchmark() -> str:
    """The path of redis-benchmark. Raises UsageError when there is none."""
    path = shutil.which("redis-benchmark")
    if path is None:
        raise UsageError("redis-benchmark is not on PATH; Debian has it in the package redis-tools")
    return path


def measure(port: int, pid: int, test: str, requests: int, pipeline: int) -> Load:
    """Put `requests` requests of a test on the server at `port`, `pipeline` at a time on each of 50 connections."""
    arguments = [find_benchmark(), "-p", str(port), "-t", test, "-n", str(requests), "-P", str(pipeline)]
    before = cpu_seconds(pid)
    done = subprocess.run(
        [*arguments, "-c", str(_CLIENTS), "-r", str(_KEYS), "--csv"], capture_output=True, text=True, check=True
    )
    spent = cpu_seconds(pid) - before
    row = next(csv.DictReader(done.stdout.splitlines()))
    return Load(
        test=test,
        requests_per_s=float(row["rps"]),
        cpu_us=spent / requests * 1e6,
        p50_ms=float(row["p50_latency_ms"]),
        p99_ms=float(row["p99_latency_ms"]),
    )


def cpu_seconds(pid: int) -> float:
    """Processor time, user and system, that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
