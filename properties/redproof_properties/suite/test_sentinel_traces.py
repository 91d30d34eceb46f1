"""From the model to whole groups of real sentinels: what its systems of Sentinel show is shown to happen there.

Each trace is played with three sentinels of the target's kind in its very order, by letting pass what they say to each
other and to servers where the trace has it. How often one came to its end is told with an interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from redproof_properties.failover.claims import settings_for
from redproof_properties.failover.traces.frequency import Frequency
from redproof_properties.failover.traces.sentinel_playing import (
    AS_THE_SOURCE,
    DOCUMENTED,
    GOES_BACK,
    play_sentinels,
    traces,
)
from redproof_properties.failover.traces.shortest import Saying
from redproof_properties.judged import Judged
from redproof_properties.run import PROFILES
from redproof_properties.suite.test_failover_traces import AT_ONCE, attempts, make_of, need_links, repeat, require

SOURCE = "docs/failover.md"

SOURCE_ONLY = (*map(str, AS_THE_SOURCE), GOES_BACK)


@pytest.fixture(scope="session")
def led(judged: Judged) -> Mapping[str, Sequence[str]]:
    """Where each play of a trace was left, empty where it was not, by what it shows; all are played together."""
    need_links(judged)
    is_quick = judged.run.profile is PROFILES["quick"]
    played = {name: trace for name, trace in traces().items() if not (is_quick and name in SOURCE_ONLY)}
    settings = settings_for(judged.target.version)

    def often(name: str) -> list[str]:
        once = partial(play_sentinels, played[name], judged.target.spelling, make_of(judged), settings)
        return repeat(attempts(judged), once, lambda left: not left, str)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(played, pool.map(often, played), strict=True))


def count(judged: Judged, name: str, lefts: Sequence[str]) -> Frequency:
    """How often a trace was followed, which the run tells."""
    frequency = Frequency(lefts.count(""), len(lefts))
    judged.summary.frequencies[f"{name}, by sentinels alone"] = str(frequency)
    return frequency


@pytest.mark.documented("Three real sentinels take the shortest trace to {saying}", source=SOURCE)
@pytest.mark.parametrize("saying", DOCUMENTED, ids=str)
def test_failover_traces_of_sentinels(judged: Judged, saying: Saying, led: Mapping[str, Sequence[str]]) -> None:
    lefts = led[str(saying)]
    frequency = count(judged, str(saying), lefts)
    require(judged, "" in lefts, f"{saying} with three sentinels", f"{frequency}: {'; '.join(lefts)}")


@pytest.mark.documented("Three real sentinels do what only the source has: {name}", source=SOURCE)
@pytest.mark.parametrize("name", SOURCE_ONLY)
def test_failover_traces_of_sentinels_as_the_source(
    judged: Judged, name: str, led: Mapping[str, Sequence[str]]
) -> None:
    if name not in led:
        pytest.skip("what sentinels do that is not documented is played in the profile thorough only")
    frequency = count(judged, name, led[name])
    if "" not in led[name]:
        pytest.skip(f"{name} was seen in {frequency}: {'; '.join(led[name])}")
