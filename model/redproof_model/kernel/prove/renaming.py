"""Terms with other variables in the place of theirs: claims said of the state after, and of each state of a run."""

from __future__ import annotations

from collections.abc import Mapping

from redproof_model.kernel.python import post_order
from redproof_model.kernel.terms import Term, operation


class Renaming:
    """Replaces variables, which are given by name, by terms whose sorts hold no other values."""

    def __init__(self, terms: Mapping[str, Term]) -> None:
        self._terms = terms
        self._renamed: dict[int, Term] = {}

    def __call__(self, root: Term) -> Term:
        """The term with the variables replaced; the very same if it has none of them."""
        for term in post_order([root]):
            if term.number not in self._renamed:
                self._renamed[term.number] = self._rebuilt(term)
        return self._renamed[root.number]

    def _rebuilt(self, term: Term) -> Term:
        if term.op == "var":
            return self._terms.get(str(term.payload), term)
        arguments = tuple(self._renamed[arg.number] for arg in term.args)
        if all(new is old for new, old in zip(arguments, term.args, strict=True)):
            return term
        if term.op == "ite" and arguments[0].op == "const":
            return arguments[1] if arguments[0].payload else arguments[2]
        return operation(term.op, term.sort, *arguments, payload=term.payload)
