"""The graph of a region of the reachable states: its edges as arrays, its strongly connected components, its paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Graph:
    """Edges sorted by their source: arrays of nodes, and of the number of the action that the edge is a step of."""

    nodes: int
    sources: Any
    targets: Any
    actions: Any

    @classmethod
    def of(cls, nodes: int, sources: Any, targets: Any, actions: Any) -> Graph:
        """A graph of edges in any order."""
        order = np.argsort(sources, kind="stable")
        return cls(nodes, sources[order], targets[order], actions[order])

    @property
    def starts(self) -> Any:
        """The first edge of each node, and the number of edges."""
        return np.searchsorted(self.sources, np.arange(self.nodes + 1))

    def within(self, kept: Any) -> Any:
        """The edges between nodes that are kept."""
        return np.flatnonzero(kept[self.sources] & kept[self.targets])

    def components(self) -> Any:
        """A number for each node that two nodes share if each is reached from the other; -1 for one on no cycle."""
        kept = self._trimmed()
        number = np.cumsum(kept) - 1
        edges = self.within(kept)
        starts = np.searchsorted(number[self.sources[edges]], np.arange(np.count_nonzero(kept) + 1))
        found = np.full(self.nodes, -1)
        found[kept] = _tarjan(starts.tolist(), number[self.targets[edges]].tolist())
        internal = (found[self.sources] == found[self.targets]) & (found[self.sources] >= 0)
        found[~np.isin(found, found[self.sources[internal]])] = -1
        return found

    def _trimmed(self) -> Any:
        """Which nodes are left when those without an edge to them or from them are taken away again and again."""
        kept = np.ones(self.nodes, dtype=bool)
        sources, targets = self.sources, self.targets
        while True:
            entered, left = np.zeros_like(kept), np.zeros_like(kept)
            left[sources], entered[targets] = True, True
            if np.array_equal(kept, kept & entered & left):
                return kept
            kept &= entered & left
            inner = kept[sources] & kept[targets]
            sources, targets = sources[inner], targets[inner]

    def path(self, start: int, arrives: Callable[[int], bool], edges: Sequence[Sequence[int]]) -> list[int]:
        """A shortest path, as edges, from a node by the edges listed for each node until one that `arrives`."""
        came_by: dict[int, int] = {}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            for edge in edges[node]:
                target = int(self.targets[edge])
                if arrives(edge):
                    return [*self._way(start, node, came_by), edge]
                if target != start and target not in came_by:
                    came_by[target] = edge
                    queue.append(target)
        raise ValueError("no such edge can be reached")

    def _way(self, start: int, node: int, came_by: dict[int, int]) -> list[int]:
        way: list[int] = []
        while node != start:
            way.append(came_by[node])
            node = int(self.sources[way[-1]])
        return way[::-1]


def _tarjan(starts: Sequence[int], targets: Sequence[int]) -> list[int]:
    """The strongly connected component of each node, by Tarjan's algorithm (1972) without recursion."""
    count = len(starts) - 1
    index, low, component = [0] * count, [0] * count, [-1] * count
    edge = list(starts)
    stack: list[int] = []
    calls: list[int] = []
    clock = components = 0
    for root in range(count):
        if index[root]:
            continue
        calls.append(root)
        while calls:
            node = calls[-1]
            if not index[node]:
                clock += 1
                index[node] = low[node] = clock
                stack.append(node)
            if edge[node] < starts[node + 1]:
                target = targets[edge[node]]
                edge[node] += 1
                if not index[target]:
                    calls.append(target)
                elif component[target] < 0:
                    low[node] = min(low[node], index[target])
                continue
            calls.pop()
            if calls:
                low[calls[-1]] = min(low[calls[-1]], low[node])
            if low[node] == index[node]:
                while True:
                    member = stack.pop()
                    component[member] = components
                    if member == node:
                        break
                components += 1
    return component
