"""Versions of servers as rows of differences: what one row does not name, it has from the row before.

A handler asks the version for a fact (`version.expire_options`), never for its number. Facts were read
in the source of the release and seen on a running server of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Version:
    """The facts in which the servers that the model knows differ; each version is equal to itself alone."""

    family: str
    number: tuple[int, int]
    commands_absent: frozenset[str]
    other_arities: frozenset[tuple[str, int]]
    """Commands whose number of arguments is not the one that the table of commands gives."""
    unknown_command: bytes
    unknown_command_length: int | None
    unknown_command_argument: bytes
    unknown_subcommand: bytes
    container_commands: bool
    listpack: str

    # hashes
    hsetnx_always_converts: bool
    """HSETNX converts the hash for a long value even if the field exists and nothing is set."""
    hincrby_converts: bool
    """HINCRBY and HINCRBYFLOAT convert the hash for a field or a result that is too long."""

    # lists, blocking, transactions
    lpos_rank_zero: bytes
    timeout_rounds_up: bool
    """Whether a time-out of part of a millisecond is a whole one, or none at all."""
    passed_over_clients_go_last: bool
    """A blocked client that waits for another type than a ready key has becomes the last in the key's queue."""
    watch_minds_expired_keys: bool
    """EXEC fails if a watched key had expired before it was watched and has not been deleted yet."""

    # strings and bitmaps
    set_nx_get: bool
    """SET takes NX together with GET."""
    invalid_expire: bytes
    mset_wrong_arity: bytes | None
    """What MSET and MSETNX say of a key without a value, None for what all commands say."""
    decrby_refuses_minimum: bool
    lcs_table_limit_bytes: int | None
    bit_units: bool
    """BITCOUNT and BITPOS take BYTE or BIT after a range."""
    unchanged_bits_signal: bool
    """SETBIT and BITFIELD count a write as a change even when it changed nothing."""

    # keys
    sort_minds_old_range_errors: bool
    """SORT by numbers may fail because some command before it has read a number out of range."""

    # sorted sets
    listpack_integer_scores: bool
    """A compact encoding keeps whole scores as integers: -0 loses its sign, and ZSCAN spells them in full."""
    zpop_refuses_negative_count: bool
    no_input_keys: bytes

    @property
    def name(self) -> str:
        """Family and number as people write them, `redis 6.2`."""
        return f"{self.family} {self.number[0]}.{self.number[1]}"


REDIS_6_2: Final = Version(
    family="redis",
    number=(6, 2),
    commands_absent=frozenset(
        [
            "EXPIRETIME",
            "PEXPIRETIME",
            "SORT_RO",
            "LCS",
            "LMPOP",
            "BLMPOP",
            "SINTERCARD",
            "ZINTERCARD",
            "ZMPOP",
            "BZMPOP",
        ]
    ),
    other_arities=frozenset((name, 3) for name in ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")),
    unknown_command=b"ERR unknown command `%s`, with args beginning with: ",
    unknown_command_length=None,
    unknown_command_argument=b"`%s`, ",
    unknown_subcommand=b"ERR Unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
    container_commands=False,
    listpack="ziplist",
    set_nx_get=False,
    invalid_expire=b"ERR invalid expire time in %s",
    mset_wrong_arity=b"ERR wrong number of arguments for MSET",
    decrby_refuses_minimum=False,
    lcs_table_limit_bytes=None,
    bit_units=False,
    unchanged_bits_signal=True,
    hsetnx_always_converts=True,
    hincrby_converts=False,
    lpos_rank_zero=b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second, ...",
    timeout_rounds_up=False,
    passed_over_clients_go_last=True,
    watch_minds_expired_keys=True,
    sort_minds_old_range_errors=True,
    listpack_integer_scores=False,
    zpop_refuses_negative_count=False,
    no_input_keys=b"ERR at least 1 input key is needed for %s",
)

REDIS_7_0: Final = replace(
    REDIS_6_2,
    number=(7, 0),
    commands_absent=frozenset({"STRALGO"}),
    other_arities=frozenset(),
    unknown_command=b"ERR unknown command '%s', with args beginning with: ",
    unknown_command_length=128,
    unknown_command_argument=b"'%s' ",
    unknown_subcommand=b"ERR unknown subcommand '%s'. Try %s HELP.",
    container_commands=True,
    listpack="listpack",
    set_nx_get=True,
    invalid_expire=b"ERR invalid expire time in '%s' command",
    mset_wrong_arity=None,
    decrby_refuses_minimum=True,
    lcs_table_limit_bytes=512 * 1024 * 1024,
    bit_units=True,
    unchanged_bits_signal=False,
    hsetnx_always_converts=False,
    hincrby_converts=True,
    lpos_rank_zero=(
        b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
        b"or use negative to start from the end of the list"
    ),
    timeout_rounds_up=True,
    passed_over_clients_go_last=False,
    watch_minds_expired_keys=False,
    listpack_integer_scores=True,
    zpop_refuses_negative_count=True,
    no_input_keys=b"ERR at least 1 input key is needed for '%s' command",
)

VERSIONS: Final = (REDIS_6_2, REDIS_7_0)


def find_version(family: str, number: tuple[int, ...]) -> Version | None:
    """The row for a server of this family and number, or None when the model has none."""
    for version in VERSIONS:
        if version.family == family and version.number == number[:2]:
            return version
    return None
