"""A configuration epoch has one master: no two of one epoch take writes for good.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("Configuration epochs").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from redproof_model.loss.record import Outcome

from redproof_properties.failover.judges.verdict import Finding, Verdict
from redproof_properties.failover.record import FailoverRecord, SentinelSample

Named = Mapping[str, list[SentinelSample]]


def one_master_for_an_epoch(record: FailoverRecord) -> list[Finding]:
    """Say of each configuration epoch that sentinels told whether one node alone was told as its master.

    Where there were two, and in the end still are, or both took writes that are there in the end, it is broken;
    otherwise it is not known whether it would have been.
    """
    named: dict[int, dict[str, list[SentinelSample]]] = defaultdict(lambda: defaultdict(list))
    for sample in record.sentinel_samples:
        if sample.master is not None:
            named[sample.config_epoch][sample.master].append(sample)
    return [_judged(record, epoch, masters) for epoch, masters in sorted(named.items())]


def _judged(record: FailoverRecord, epoch: int, named: Named) -> Finding:
    first_ms = [samples[0].at_ms for samples in named.values()]
    told = " and ".join(f"{node} by {_sentinels(samples)}" for node, samples in named.items())
    text = f"configuration epoch {epoch} has the master {told}"
    if len(named) == 1:
        return Finding(Verdict.HOLDS, text, first_ms[0])
    last = {sample.sentinel: sample for sample in record.sentinel_samples}
    in_the_end = {sample.master for sample in last.values() if sample.config_epoch == epoch}
    if len(in_the_end) > 1 or len(_kept(record, named)) > 1:
        return Finding(Verdict.BROKEN, f"{text}, for good", max(first_ms))
    return Finding(Verdict.UNKNOWN, f"{text}, for a time", max(first_ms))


def _kept(record: FailoverRecord, named: Named) -> set[str]:
    """Those of the masters of an epoch that took writes since they were named first, which are there in the end."""
    values = {value for read in record.final for value in read.values}
    kept = (each for each in record.writes if each.outcome is Outcome.OK and each.value in values)
    return {each.node for each in kept if each.node in named and each.sent_at_ms >= named[each.node][0].at_ms}


def _sentinels(samples: Iterable[SentinelSample]) -> str:
    return ", ".join(dict.fromkeys(sample.sentinel for sample in samples))
