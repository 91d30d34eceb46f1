"""Every reachable state of a finite scope, breadth-first, over states packed in 64-bit words, with numpy.

`packing` lays a state out, `columns` writes numpy code for terms, `successors` compiles a system with it, `visited`
is the set of states seen, `search` visits them, `traces` finds the way back, and `liveness` judges leads-to claims.
"""

from __future__ import annotations

from redproof_model.kernel.explore.results import Exploration, Progress, Violation, Witness
from redproof_model.kernel.explore.search import MEMORY_BYTES_MAX, explore

__all__ = ["MEMORY_BYTES_MAX", "Exploration", "Progress", "Violation", "Witness", "explore"]
