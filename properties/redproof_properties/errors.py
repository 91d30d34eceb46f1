"""What can go wrong that is not a divergence, each with the exit code that a command line gives for it.

The messages are for people: they say what was wrong and what to do about it. The failures of targets
are named by what the target did: `TargetDied` reads better than `TargetDiedError`.
"""

# ruff: noqa: N818

from __future__ import annotations

from typing import ClassVar


class RedproofError(Exception):
    """Anything that ends a run without a verdict."""

    exit_code: ClassVar[int] = 3


class UsageError(RedproofError):
    """What was asked for cannot be done; nothing has been started or touched."""

    exit_code: ClassVar[int] = 2


class TargetRefused(UsageError):
    """The target holds data, or is in a role, that a run would destroy or could not work with."""


class TargetError(RedproofError):
    """The target failed, or is not what it was said to be."""


class TargetUnavailable(TargetError):
    """The target cannot be had on this machine: what would run it, or its program or image, is missing."""


class TargetUnreachable(TargetError):
    """Nothing accepts connections at the target's address."""


class TargetLoginRefused(TargetError):
    """The target wants a password, or refused the one it was given."""


class TargetSilent(TargetError):
    """The target did not answer in time, or stopped in the middle of a reply."""


class TargetClosed(TargetError):
    """The target closed the connection."""


class TargetDied(TargetError):
    """The target's process ended; the message shows the end of its log."""


class ProtocolError(TargetError):
    """The bytes received are not RESP."""
