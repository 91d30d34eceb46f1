"""Once all faults are over, all agree on the master and on the data, within the times that are configured.

Sources: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("Configuration propagation",
"Sentinels and replicas auto discovery", "Sentinel reconfiguration of instances outside the failover procedure").
"""

from __future__ import annotations

from collections.abc import Iterator

from redproof_properties.failover.bounds import agreement_within_ms
from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord, SentinelSample, ServerSample
from redproof_properties.failover.set_back import caught_up_at_ms


def all_agree_after_healing(record: FailoverRecord) -> list[Finding]:
    """Say whether sentinels, then servers, then the data came to agree, as the last of what each told has it."""
    if record.healed_at_ms is None:
        return []
    healed_at_ms = max(record.healed_at_ms, caught_up_at_ms(record.faults))
    within_ms = agreement_within_ms(record.settings)
    agreed_at_ms = _agreed_at_ms(record, healed_at_ms)
    if agreed_at_ms is None:
        lasted_ms = record.ended_at_ms - healed_at_ms
        verdict = Verdict.BROKEN if lasted_ms >= within_ms else Verdict.UNKNOWN
        return [Finding(verdict, f"{lasted_ms:.0f} ms after all was healed {_state(record)}", record.ended_at_ms)]
    took_ms = agreed_at_ms - healed_at_ms
    master = agreed_master(record)
    verdict = Verdict.HOLDS if took_ms <= within_ms else Verdict.BROKEN
    return [
        Finding(verdict, f"all agree on {master} {took_ms:.0f} ms after all was healed", agreed_at_ms),
        *_of_data(record),
    ]


def agreed_master(record: FailoverRecord) -> str | None:
    """The node that all sentinels name as the master in the end; None where they do not agree."""
    last = {sample.sentinel: (sample.master, sample.config_epoch) for sample in record.sentinel_samples}
    named = set(last.values())
    return next(iter(named))[0] if len(last) == len(record.sentinels) and len(named) == 1 else None


def _of_data(record: FailoverRecord) -> Iterator[Finding]:
    lists = {read.node: read.values for read in record.final}
    missing = set(record.servers) - set(lists)
    if missing:
        yield Finding(Verdict.UNKNOWN, f"it is not known what {', '.join(sorted(missing))} has", record.ended_at_ms)
    elif len(set(lists.values())) == 1:
        yield Finding(Verdict.HOLDS, f"all have the same {len(next(iter(lists.values())))} values", record.ended_at_ms)
    else:
        counts = ", ".join(f"{node} {len(values)}" for node, values in lists.items())
        yield Finding(Verdict.BROKEN, f"the data differ, with so many values: {counts}", record.ended_at_ms)


def _agreed_at_ms(record: FailoverRecord, healed_at_ms: float) -> float | None:
    """The first time from which on all samples agree with the last ones, None where those do not agree."""
    if not _agree(record, {each.sentinel: each for each in record.sentinel_samples}, _last_servers(record)):
        return None
    master = agreed_master(record)
    epoch = record.sentinel_samples[-1].config_epoch
    # What was asked before all was healed is of before.
    odd = [
        *(each.at_ms for each in record.sentinel_samples if (each.master, each.config_epoch) != (master, epoch)),
        *(each.at_ms for each in record.server_samples if not _fits(each, master)),
    ]
    return max([healed_at_ms, *odd])


def _agree(record: FailoverRecord, sentinels: dict[str, SentinelSample], servers: dict[str, ServerSample]) -> bool:
    master = agreed_master(record)
    if master is None or len(servers) < len(record.servers):
        return False
    replids = {sample.replid for sample in servers.values()}
    return all(_fits(sample, master) for sample in servers.values()) and len(replids) == 1


def _fits(sample: ServerSample, master: str | None) -> bool:
    """Whether a server is what it should be beside a master."""
    if sample.node == master:
        return sample.role == "master"
    return sample.follows == master and bool(sample.link_up)


def _last_servers(record: FailoverRecord) -> dict[str, ServerSample]:
    return {sample.node: sample for sample in record.server_samples}


def _state(record: FailoverRecord) -> str:
    sentinels = {each.sentinel: f"{each.master} in {each.config_epoch}" for each in record.sentinel_samples}
    servers = {name: each.follows or each.role for name, each in _last_servers(record).items()}
    told = [f"{name} names {what}" for name, what in sentinels.items()]
    return "; ".join([*told, *(f"{name} follows {what}" for name, what in servers.items())])
