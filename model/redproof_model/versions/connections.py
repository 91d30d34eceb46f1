"""What differs between versions in connections, clients and users."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """The facts of a version, read in `networking.c` and `acl.c` and seen on a running server of it."""

    messages_despite_silence: bool
    """A client whose replies are off is sent messages all the same."""
    client_syntax_has_dot: bool
    """CLIENT says that a subcommand is unknown in the sentence of all others, with its full stop."""
    unblock_ignores_more: bool
    """CLIENT UNBLOCK with more arguments than it knows looks at its id alone."""
    multi_is_remembered: bool
    """A client whose transaction has ended may be told to have an empty one."""
    client_list_ids: bool
    kill_wants_positive_id: bool
    ids_are_filters: bool
    """CLIENT LIST and CLIENT KILL take several ids after ID, and stop at what is none."""
    hello_without_version: bool
    """HELLO, which may be called without a version, tells one that is no number apart from an unknown one."""
    hello_acts_last: bool
    """HELLO sets a name and logs in when all of its options have been read, not one after the other."""
    wrong_password: bytes
    names_end_at_nul: bool
    """What follows a NUL in a client's name is not looked at, and may be anything."""
    acl_channels: bool
    users_begin_with_channels: bool
    acl_key_kinds: bool
    """A key pattern may give leave to read or to write alone."""
    acl_rules_in_order: bool
    """A user's commands are told as the rules that were set, and not as those that make a difference."""
    denied_command: bytes
    denied_key: bytes
    denied_channel: bytes
    dryrun_subject: bytes


CONNECTIONS_6_0: Final = ConnectionFacts(
    messages_despite_silence=False,
    client_syntax_has_dot=False,
    unblock_ignores_more=False,
    multi_is_remembered=False,
    client_list_ids=False,
    kill_wants_positive_id=False,
    ids_are_filters=False,
    hello_without_version=False,
    hello_acts_last=False,
    wrong_password=b"WRONGPASS invalid username-password pair",
    names_end_at_nul=False,
    acl_channels=False,
    users_begin_with_channels=True,
    acl_key_kinds=False,
    acl_rules_in_order=False,
    denied_command=(b"NOPERM this user has no permissions to run the '%(command)s' command or its subcommand"),
    denied_key=b"NOPERM this user has no permissions to access one of the keys used as arguments",
    denied_channel=b"NOPERM this user has no permissions to access one of the channels used as arguments",
    dryrun_subject=b"This user",
)
CONNECTIONS_6_2: Final = replace(
    CONNECTIONS_6_0,
    messages_despite_silence=True,
    client_syntax_has_dot=True,
    client_list_ids=True,
    hello_without_version=True,
    acl_channels=True,
    wrong_password=b"WRONGPASS invalid username-password pair or user is disabled.",
)
CONNECTIONS_7_0: Final = replace(
    CONNECTIONS_6_2,
    kill_wants_positive_id=True,
    users_begin_with_channels=False,
    acl_key_kinds=True,
    denied_command=b"NOPERM this user has no permissions to run the '%(command)s' command",
)
CONNECTIONS_7_2: Final = replace(
    CONNECTIONS_7_0,
    hello_acts_last=True,
    names_end_at_nul=True,
    acl_rules_in_order=True,
    denied_command=b"NOPERM User %(user)s has no permissions to run the '%(command)s' command",
    denied_key=b"NOPERM No permissions to access a key",
    denied_channel=b"NOPERM No permissions to access a channel",
    dryrun_subject=b"User %s",
)
CONNECTIONS_VALKEY_8_1: Final = replace(
    CONNECTIONS_7_2, ids_are_filters=True, multi_is_remembered=True, unblock_ignores_more=True
)
