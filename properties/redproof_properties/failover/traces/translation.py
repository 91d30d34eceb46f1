"""How an action of the systems `failover` and `lock` is taken on real servers: a table, and what each row does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from redproof_properties.failover.traces.shortest import Act
from redproof_properties.failover.traces.stage import Stage


class Deed(NamedTuple):
    """An action for people, with the names of its nodes to be filled in, and what takes it."""

    sentence: str
    take: Callable[..., None]


DEEDS: Final[Mapping[str, Deed]] = {
    "write": Deed("a client writes to {node}, which acknowledges it", Stage.write),
    "stream": Deed("the link from {node} to {replica} is let go until {replica} has what {node} has", Stage.deliver),
    "sync": Deed("the link from {node} to {replica} is let go until {replica} has what {node} has", Stage.deliver),
    "confirm": Deed("WAIT on {node} is answered with as many replicas as were asked for", Stage.confirm),
    "crash": Deed("{node} is killed", Stage.crash),
    "come_back": Deed("{node} is started again", Stage.come_back),
    "part": Deed("{node} is cut off from sentinels and servers, or reaches them again", Stage.part),
    "inform": Deed("sentinels tell of {node} the offset that it has", Stage.await_report),
    "promote": Deed("sentinels elect a leader, which promotes {node}", Stage.await_promotion),
    "demote": Deed("sentinels tell {node} of the master", Stage.await_demotion),
}
"""What is done for each action of `failover`. All links from a master to its replicas are held but when it says so."""


def sentence(stage: Stage, act: Act) -> str:
    """An action for people, with the names that its nodes have."""
    return DEEDS[act.action].sentence.format(**{name: stage.names[at] for name, at in act.arguments.items()})


def take(stage: Stage, act: Act) -> None:
    """Take an action.

    Raises `NotFollowed` where servers or sentinels do something else, `TargetError` where one fails.
    """
    DEEDS[act.action].take(stage, **act.arguments)
