"""What histories are made of: the commands of each group with their arguments, as rows of the grammar."""

from __future__ import annotations

from redproof_properties.grammar import Command
from redproof_properties.vocabulary import strings, transactions

GROUPS: dict[str, tuple[Command, ...]] = {
    "strings": strings.COMMANDS,
    "transactions": transactions.COMMANDS,
}
