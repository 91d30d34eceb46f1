"""What differs between versions in connections, clients and users."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """The facts of a version, read in `networking.c` and `acl.c` and seen on a running server of it."""

    messages_despite_silence: bool
    """A client whose replies are off is sent messages all the same."""
    client_list_ids: bool
    kill_wants_positive_id: bool
    hello_without_version: bool
    """HELLO may be called without a version, and tells one that is no number apart from an unknown one."""
    hello_acts_last: bool
    """HELLO sets a name and logs in when all of its options have been read, not one after the other."""
    wrong_password: bytes
    names_end_at_nul: bool
    """What follows a NUL in a client's name is not looked at, and may be anything."""


CONNECTIONS_6_0: Final = ConnectionFacts(
    messages_despite_silence=False,
    client_list_ids=False,
    kill_wants_positive_id=False,
    hello_without_version=False,
    hello_acts_last=False,
    wrong_password=b"WRONGPASS invalid username-password pair",
    names_end_at_nul=False,
)
CONNECTIONS_6_2: Final = replace(
    CONNECTIONS_6_0,
    messages_despite_silence=True,
    client_list_ids=True,
    hello_without_version=True,
    wrong_password=b"WRONGPASS invalid username-password pair or user is disabled.",
)
CONNECTIONS_7_0: Final = replace(CONNECTIONS_6_2, kill_wants_positive_id=True)
CONNECTIONS_7_2: Final = replace(CONNECTIONS_7_0, hello_acts_last=True, names_end_at_nul=True)
