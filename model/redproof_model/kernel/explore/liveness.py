"""Leads-to under weak fairness, judged on all reachable states: no fair behaviour may await the goal for ever.

As in TLA+, what is not fair need not happen: a behaviour may stop where no fair action is possible, in a deadlock
for one. Elsewhere it goes on for ever within a strongly connected component of the states that await the goal, and
the whole of a component is as fair as any part: it is fair if each fair action is a step within it or is
impossible somewhere in it (Lamport, Specifying Systems, 8.4; Lichtenstein and Pnueli, POPL 1985).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from redproof_model.kernel.explore.graph import Graph
from redproof_model.kernel.explore.packing import Packing
from redproof_model.kernel.explore.results import Violation
from redproof_model.kernel.explore.successors import Successors
from redproof_model.kernel.explore.traces import Pathfinder, chunks, state_at
from redproof_model.kernel.explore.visited import Words, hashes_of, joined
from redproof_model.kernel.parts import LeadsTo
from redproof_model.kernel.system import System
from redproof_model.kernel.trace import Trace

_TRIGGER: Final = -2
"""As the edge by which a state was reached: it is where the wait begins."""
_NEVER: Final = -1


def judge_leads(system: System, packing: Packing, levels: Sequence[Words]) -> list[Violation]:
    """The leads-to claims that some fair behaviour breaks, each with such a behaviour: a lasso."""
    if not levels:
        return []
    waits = (_Wait(system, packing, levels, lead) for lead in system.concrete_leads)
    return [found for wait in waits if (found := wait.violation()) is not None]


class _Wait:
    """The states in which a claim's goal does not hold, and the steps between them."""

    def __init__(self, system: System, packing: Packing, levels: Sequence[Words], lead: LeadsTo) -> None:
        self._system = system
        self._packing = packing
        self._levels = levels
        self._lead = lead
        self._successors = Successors(system, packing, [lead.trigger, lead.goal])
        self._actions = system.concrete_actions
        self._fair = list(dict.fromkeys(action.name for action in self._actions if action.fair))
        self._select()
        self._connect()

    def _select(self) -> None:
        """Take the states without the goal, with their levels and whether they trigger the wait."""
        words, triggers, depths = [], [], []
        for depth, level in enumerate(self._levels):
            for chunk in chunks(level):
                trigger, goal = (np.broadcast_to(held, len(chunk[0])) for held in self._successors.watch(chunk))
                words.append(tuple(word[~goal] for word in chunk))
                triggers.append(trigger[~goal])
                depths.append(np.full(len(triggers[-1]), depth))
        self._words = joined(words)
        self._triggers, self._depths = np.concatenate(triggers), np.concatenate(depths)

    def _connect(self) -> None:
        """Build the graph of the steps between these states, and where each fair action is possible."""
        keys = hashes_of(self._words)
        order = np.argsort(keys)
        ordered = keys[order]
        count = len(keys)
        self._possible = {name: np.zeros(count, dtype=bool) for name in self._fair}
        edges: list[tuple[Any, Any, Any]] = [(np.empty(0, np.int64),) * 3]
        first = 0
        for chunk in chunks(self._words):
            for moved in self._successors.expand(chunk):
                inside = moved.within()
                index = np.arange(moved.count) if moved.index is None else moved.index
                sources = first + index[inside]
                if moved.step.action.fair:
                    self._possible[moved.step.action.name][sources] = True
                after = hashes_of(tuple(word[inside] for word in moved.after))
                at = np.minimum(np.searchsorted(ordered, after), count - 1)
                known = ordered[at] == after
                edges.append((sources[known], order[at[known]], np.full(np.count_nonzero(known), moved.step.number)))
            first += len(chunk[0])
        self._graph = Graph.of(count, *(np.concatenate(part) for part in zip(*edges, strict=True)))

    def violation(self) -> Violation | None:
        """A fair behaviour that triggers the wait and never reaches the goal, if there is one."""
        if not self._graph.nodes:
            return None
        reached_by = self._waits(np.zeros(self._graph.nodes, dtype=bool))
        reached = reached_by != _NEVER
        stops = reached & ~np.logical_or.reduce([np.zeros_like(reached), *self._possible.values()])
        fair = self._fair_components(reached)
        bad = stops | (fair >= 0)
        if not bad.any():
            return None
        reached_by = self._waits(bad)
        end = int(np.flatnonzero(bad & (reached_by != _NEVER))[0])
        trace = self._stem(end, reached_by)
        loop_start = len(trace)
        if not stops[end]:
            for edge in self._loop(end, fair == fair[end]):
                trace = self._longer(trace, edge)
        lasso = Trace(self._system, trace.states, trace.actions, loop_start)
        return Violation("leads_to", self._lead, int(np.count_nonzero(bad)), lasso)

    def _waits(self, wanted: Any) -> Any:
        """By which edge each waiting state is first reached, level by level until one that is wanted."""
        reached_by = np.full(self._graph.nodes, _NEVER)
        frontier = np.empty(0, np.int64)
        depth, last = 0, int(self._depths[-1])
        while depth <= last or frontier.size:
            # Depths ascend, as the states are those of level after level.
            first, end = np.searchsorted(self._depths, [depth, depth + 1])
            begins = first + (self._triggers[first:end] & (reached_by[first:end] == _NEVER)).nonzero()[0]
            reached_by[begins] = _TRIGGER
            frontier = np.concatenate([frontier, begins])
            if wanted[frontier].any():
                break
            edges = self._graph.leaving(frontier)
            edges = edges[reached_by[self._graph.targets[edges]] == _NEVER]
            targets, at = np.unique(self._graph.targets[edges], return_index=True)
            reached_by[targets] = edges[at]
            frontier = targets
            depth += 1
        return reached_by

    def _fair_components(self, reached: Any) -> Any:
        """The component of each reached state that lies in one that is fair, else -1."""
        edges = self._graph.within(reached)
        graph = Graph(
            self._graph.nodes, self._graph.sources[edges], self._graph.targets[edges], self._graph.actions[edges]
        )
        component = graph.components()
        component[~reached] = -1
        inner = (component[graph.sources] == component[graph.targets]) & (component[graph.sources] >= 0)
        for name in self._fair:
            taken = component[graph.sources[inner & self._is(name, graph.actions)]]
            impossible = component[(component >= 0) & ~self._possible[name]]
            component[~np.isin(component, np.concatenate([taken, impossible]))] = -1
        return component

    def _is(self, name: str, actions: Any) -> Any:
        """Which of the actions, given by number, have this name."""
        return np.array([action.name == name for action in self._actions], dtype=bool)[actions]

    def _stem(self, end: int, reached_by: Any) -> Trace:
        """A behaviour from an initial state to the trigger and on to a waiting state."""
        edges: list[int] = []
        node = end
        while reached_by[node] != _TRIGGER:
            edges.append(int(reached_by[node]))
            node = int(self._graph.sources[edges[-1]])
        finder = Pathfinder(self._system, self._packing, self._levels)
        [trace] = finder.traces([(int(self._depths[node]), state_at(self._words, node))])
        for edge in reversed(edges):
            trace = self._longer(trace, edge)
        return trace

    def _loop(self, start: int, component: Any) -> list[int]:
        """A cycle through the component that takes each fair action, or passes a state where it is impossible."""
        graph = self._graph
        edges: list[list[int]] = [[] for _ in range(graph.nodes)]
        for edge in graph.within(component).tolist():
            edges[graph.sources[edge]].append(edge)
        cycle: list[int] = []
        node = start
        for name in self._fair:
            possible = self._possible[name]
            visited = [start, *(int(graph.targets[edge]) for edge in cycle)]
            if all(possible[each] for each in visited) and not self._is(name, graph.actions[cycle]).any():
                cycle += graph.path(node, partial(self._serves, name), edges)
                node = int(graph.targets[cycle[-1]])
        if not cycle or node != start:
            cycle += graph.path(node, lambda edge: int(graph.targets[edge]) == start, edges)
        return cycle

    def _serves(self, name: str, edge: int) -> bool:
        """Whether a step is of the fair action, or leads to where that is impossible."""
        taken = self._actions[self._graph.actions[edge]].name == name
        return taken or not self._possible[name][self._graph.targets[edge]]

    def _longer(self, trace: Trace, edge: int) -> Trace:
        state = self._packing.unpack(state_at(self._words, int(self._graph.targets[edge])))
        label = self._actions[self._graph.actions[edge]].label()
        return Trace(self._system, [*trace.states, state], [*trace.actions, label])
