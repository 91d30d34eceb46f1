"""Which programs the model knows: of any other that a server is sent, it cannot tell what it does."""

from __future__ import annotations

from collections.abc import Sequence

from redproof_model.keyspace.libraries import BROKEN_LIBRARIES, LIBRARIES
from redproof_model.keyspace.scripts import BROKEN, SCRIPTS


def knows(argv: Sequence[object]) -> bool:
    """Whether a command that evaluates or loads a script, or loads functions, has one that the model knows, or none."""
    match argv:
        case [bytes(name), bytes(text), _, *_] if name.upper() in (b"EVAL", b"EVAL_RO"):
            return text in SCRIPTS or text == BROKEN
        case [bytes(name), bytes(subcommand), *_, bytes(text)] if subcommand.upper() == b"LOAD":
            if name.upper() == b"FUNCTION":
                return text in LIBRARIES or text in BROKEN_LIBRARIES
            return text in SCRIPTS or text == BROKEN
    return True
