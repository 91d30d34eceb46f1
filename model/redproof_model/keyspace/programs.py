"""The commands by which clients run programs: scripts and functions."""

from __future__ import annotations

from typing import Final

FUNCTION_CALLS: Final = frozenset(["FCALL", "FCALL_RO"])
PROGRAM_CALLS: Final = FUNCTION_CALLS | {"EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO"}
PROGRAM_CALLS_SENT: Final = frozenset(name.encode() for name in PROGRAM_CALLS)
"""As they are sent, in upper case."""
