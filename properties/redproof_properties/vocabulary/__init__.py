"""What histories are made of: the commands of each group with their arguments, as rows of the grammar."""

from __future__ import annotations

from redproof_properties.grammar import Command
from redproof_properties.vocabulary import hashes, sets, strings, transactions

GROUPS: dict[str, tuple[Command, ...]] = {
    "hashes": hashes.COMMANDS,
    "sets": sets.COMMANDS,
    "strings": strings.COMMANDS,
    "transactions": transactions.COMMANDS,
}
