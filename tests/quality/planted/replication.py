"""Faults in how clients wait for replicas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planted.fault import fault, replace_attribute
from redproof_server.engine.blocking import Wait
from redproof_server.engine.client import Client
from redproof_server.protocol.replies import integer, null
from redproof_server.replication import waits
from redproof_server.replication.waits import Waits

WAITING = ("replication",)


@fault("wait-never-waits", "WAIT for replicas that there are not is answered at once", WAITING, "WAIT", script=1)
def wait_never_waits() -> None:
    def faulty(waiting: Waits, client: Client, count: int, deadline_ms: int | None) -> bytes:
        return integer(0)

    replace_attribute(Waits, "block", faulty)


@fault("wait-ends-in-null", "WAIT is answered with null when its time is up", WAITING, "", clients=3, within=4_000)
def wait_ends_in_null() -> None:
    def faulty(*arguments: Any) -> Wait:
        return replace(Wait(*arguments), timeout_reply=null(2))

    replace_attribute(waits, "Wait", faulty)
