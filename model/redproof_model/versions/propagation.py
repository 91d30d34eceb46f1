"""The facts in which servers differ over what enters the replication stream: what a row lacks it has from that before.

From `server.c` (call, propagatePendingCommands), `multi.c`, `replication.c` and the commands of each release, and from
the streams of running servers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final


class Wrapping(Enum):
    """When MULTI and EXEC stand around what a transaction or a script propagates."""

    BEFORE_WRITES = "around all that follows the first command that is not read-only, also if nothing is written"
    FROM_FIRST = "around what is written, if anything is"
    IF_SEVERAL = "around what a unit of execution writes, if that is more than one command"


class Lifetime(Enum):
    """What becomes of a lifetime that counts from now and that SET, its kin, or GETEX is given."""

    VERBATIM = "it is sent on as it was told"
    DURATION_MS = "it is sent on in milliseconds"
    INSTANT_MS = "the instant is sent on that it leads to"


class KeepsFieldExpiry(Enum):
    """When HINCRBYFLOAT is propagated as an HSETEX that keeps the expiry of the field, and not as an HSET.

    Where that depends on the field, HINCRBY is propagated so too, and in a hash of which another field expires HINCRBY
    and HSETNX are propagated as an HSET.
    """

    NEVER = "never"
    SINCE_A_PATCH = "always, since a patch: 8.0.2 does not, 8.0.6 does"
    WHERE_THERE_IS_ONE = "where the field has an expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropagationFacts:
    """How a version propagates."""

    wrapping: Wrapping
    select_in_multi: bool
    """The SELECT of the first command stands after MULTI, not before it."""
    deletion: bytes
    """What tells replicas that the server itself has deleted a key, above all for it has expired."""
    set_lifetime: Lifetime
    expire_as_instant: bool
    """EXPIRE and its kin are sent on as PEXPIREAT."""
    looks_at_the_clock_again: bool
    """Time goes on while EXPIRE is executed: a time to live of 1 ms may be over when it is looked at."""
    empty_flush: bool
    """FLUSHDB and FLUSHALL are propagated also if there was no key."""
    getset_is_set: bool
    spop_in_one: bool
    """SPOP with a count becomes one SREM, not one for each member."""
    spop_counts_what_was_asked: bool
    """SPOP counts as many changes as members were asked for: with the largest integer none, so nobody is told of it."""
    stores_without_a_look: bool
    """A result is stored without a look whether the key has expired that it replaces."""
    replaced: bytes
    """What tells replicas that a command has deleted a key of which nothing was left, or that it was to replace."""
    restore_absolute: bool
    """RESTORE is sent on with the instant of expiry and ABSTTL."""
    served_zpop_in_lower_case: bool
    """The name of what a client gets that has waited for a sorted set is in lower case."""
    served_ends_in_lower_case: bool
    """The ends between which an element is moved for a client that has waited are in lower case."""
    geoadd: bytes
    """The name under which GEOADD is propagated."""
    scripts: bool
    """SCRIPT LOAD and SCRIPT FLUSH are propagated."""
    xadd_keeps_id: bool
    """XADD is propagated with the ID as it was given, if it was given in full."""
    read_id_always: bool
    """How far a group has read is told beside what is pending, and not only if nothing is."""
    msetex_keeps_exat: bool
    """MSETEX is propagated with EXAT as it was given."""
    reads_tell_old_id: bool
    """What XREADGROUP lets be pending is told with how far the group had read before."""
    delconsumer_of_nobody: bool
    """XGROUP DELCONSUMER is propagated also if there is no such consumer."""
    ltrim_of_nothing: bool
    """LTRIM is propagated also if it has trimmed nothing."""
    hincrbyfloat: KeepsFieldExpiry
    keeps_pxat: bool
    """SET with PXAT is sent on as it was told."""


PROPAGATION_6_0: Final = PropagationFacts(
    wrapping=Wrapping.BEFORE_WRITES,
    select_in_multi=False,
    deletion=b"DEL",
    set_lifetime=Lifetime.VERBATIM,
    expire_as_instant=False,
    looks_at_the_clock_again=True,
    empty_flush=False,
    getset_is_set=False,
    spop_in_one=False,
    spop_counts_what_was_asked=True,
    stores_without_a_look=True,
    replaced=b"DEL",
    restore_absolute=False,
    served_zpop_in_lower_case=True,
    served_ends_in_lower_case=True,
    geoadd=b"zadd",
    scripts=True,
    xadd_keeps_id=False,
    read_id_always=False,
    msetex_keeps_exat=False,
    reads_tell_old_id=False,
    delconsumer_of_nobody=True,
    ltrim_of_nothing=True,
    hincrbyfloat=KeepsFieldExpiry.NEVER,
    keeps_pxat=False,
)
PROPAGATION_6_2: Final = replace(
    PROPAGATION_6_0,
    wrapping=Wrapping.FROM_FIRST,
    set_lifetime=Lifetime.DURATION_MS,
    getset_is_set=True,
    stores_without_a_look=False,
    spop_counts_what_was_asked=False,
    ltrim_of_nothing=False,
)
PROPAGATION_7_0: Final = replace(
    PROPAGATION_6_2,
    wrapping=Wrapping.IF_SEVERAL,
    set_lifetime=Lifetime.INSTANT_MS,
    expire_as_instant=True,
    empty_flush=True,
    served_zpop_in_lower_case=False,
    scripts=False,
    xadd_keeps_id=True,
    delconsumer_of_nobody=False,
    restore_absolute=True,
)
PROPAGATION_7_2: Final = replace(
    PROPAGATION_7_0,
    select_in_multi=True,
    spop_in_one=True,
    keeps_pxat=True,
    read_id_always=True,
    looks_at_the_clock_again=False,
    served_ends_in_lower_case=False,
)
PROPAGATION_VALKEY_8_0: Final = replace(PROPAGATION_7_2, deletion=b"UNLINK", replaced=b"UNLINK")
PROPAGATION_8_0: Final = replace(PROPAGATION_7_2, hincrbyfloat=KeepsFieldExpiry.SINCE_A_PATCH)
PROPAGATION_8_6: Final = replace(PROPAGATION_8_0, msetex_keeps_exat=True, reads_tell_old_id=True)
PROPAGATION_VALKEY_9_0: Final = replace(
    PROPAGATION_VALKEY_8_0, hincrbyfloat=KeepsFieldExpiry.WHERE_THERE_IS_ONE, geoadd=b"ZADD"
)
