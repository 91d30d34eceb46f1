"""A mutant as a row of data: one text of a source replaced, and the claim that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from redproof_model.kernel.mutation import mutant
from redproof_model.kernel.system import System

Reading = Literal["explore", "prove"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is broken, by which text in which module, and which claim of which form of the system notices it.

    `package` is one within `redproof_model.systems`, or that itself if empty; `maker` is `module:function` in it.
    Found by exploring, the shortest trace to the broken claim has `trace_length` actions.
    """

    breaks: str
    package: str
    maker: str
    module: str
    before: str
    after: str
    caught_by: str
    reading: Reading = "prove"
    trace_length: int = 0

    def system(self) -> System:
        """The mutated system."""
        package = f"redproof_model.systems.{self.package}".rstrip(".")
        return mutant(package, self.maker, self.module, self.before, self.after)
