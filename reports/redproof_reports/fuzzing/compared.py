"""Two servers that are compared: what both are sent, and who holds the replies of one to those of the other."""

from __future__ import annotations

from collections.abc import Sequence

from redproof_properties.comparison import Comparison
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.documented.docs import Documented, names_of, read_commands
from redproof_properties.fuzzing.documented.exclusions import CHANCE
from redproof_properties.fuzzing.documented.generator import DATA, DocumentedGenerator
from redproof_properties.fuzzing.documented.normal import Normal
from redproof_properties.fuzzing.documented.pairing import Pair
from redproof_properties.targets import Target
from redproof_properties.vocabulary import GROUPS


def pair_of(targets: Sequence[Target], comparison: Comparison) -> tuple[Pair, DocumentedGenerator, list[str]]:
    """Who judges two running targets, what draws the commands that both have, and what people should know of it.

    Raises UsageError where neither documents its commands, and TargetError.
    """
    first, second = targets
    served = names_of(first), names_of(second)
    both = served[0] & served[1]
    documented = _documented(first, second)
    shared = [each for each in documented if each.name.partition("|")[0] in both]
    data = {command.name for group in DATA for command in GROUPS[group]}
    generator = DocumentedGenerator(shared, without=data - both, also=CHANCE)
    notes = [
        f"only {target.spelling} has {', '.join(only)}"
        for target, names in zip(targets, served, strict=True)
        if (only := sorted(name for name in names - both if "|" not in name))
    ]
    notes.append(f"{len(generator.names)} documented commands drawn, {len(generator.left_out)} left out")
    return Pair(first, second, Normal(documented), comparison), generator, notes


def _documented(first: Target, second: Target) -> list[Documented]:
    """The commands that the first documents, or else the second."""
    try:
        return read_commands(first)
    except UsageError:
        return read_commands(second)
