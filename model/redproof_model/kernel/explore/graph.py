"""The graph of a region of the reachable states: its edges as arrays, its strongly connected components, its paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
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

    @cached_property
    def starts(self) -> Any:
        """The first edge of each node, and the number of edges."""
        return np.searchsorted(self.sources, np.arange(self.nodes + 1))

    def leaving(self, nodes: Any) -> Any:
        """The edges from these nodes."""
        first = self.starts[nodes]
        counts = self.starts[nodes + 1] - first
        offsets = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        return offsets + np.arange(len(offsets))

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
        """Which nodes are left when those are taken away again and again that no edge leads to, or that none leaves."""
        kept = self._entered()
        edges = self.within(kept)
        turned = Graph.of(self.nodes, self.targets[edges], self.sources[edges], self.actions[edges])
        return kept & turned._entered()

    def _entered(self) -> Any:
        """Which nodes are left when those that no edge leads to are taken away again and again (Kahn 1962)."""
        entries = np.bincount(self.targets, minlength=self.nodes)
        kept = np.ones(self.nodes, dtype=bool)
        leaf = (entries == 0).nonzero()[0]
        while leaf.size:
            kept[leaf] = False
            targets = self.targets[self.leaving(leaf)]
            np.subtract.at(entries, targets, 1)
            leaf = np.unique(targets[entries[targets] == 0])
        return kept

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
                elif component[target] < 0 and index[target] < low[node]:
                    low[node] = index[target]
                continue
            calls.pop()
            if calls and low[node] < low[calls[-1]]:
                low[calls[-1]] = low[node]
            if low[node] == index[node]:
                while True:
                    member = stack.pop()
                    component[member] = components
                    if member == node:
                        break
                components += 1
    return component
