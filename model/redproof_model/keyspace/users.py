"""Users and what they may do, as far as a few commands, keys and channels show it (`acl.c`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from re import DOTALL, fullmatch
from typing import TYPE_CHECKING, Final

from redproof_model.errors import ReplyError
from redproof_model.glob import matcher

if TYPE_CHECKING:
    from redproof_model.versions.connections import ConnectionFacts

READ: Final = "R"
WRITE: Final = "W"
BOTH: Final = "RW"

ACCESS: Final[dict[str, tuple[str, slice]]] = {
    "GET": (READ, slice(1, 2)),
    "SET": (WRITE, slice(1, 2)),
    "DEL": (WRITE, slice(1, None)),
    "MGET": (READ, slice(1, None)),
    "PUBLISH": ("channel", slice(1, 2)),
    "SUBSCRIBE": ("channel", slice(1, None)),
    "PING": ("", slice(0, 0)),
}
"""How a command uses some of its arguments; these commands alone are sent by users that may not do everything."""

_SYNTAX: Final = b"Syntax error"
_UNKNOWN: Final = b"Unknown command or category name in ACL"
_BAD_HASH: Final = b"The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
_NO_PASSWORD: Final = b"The password you are trying to remove from the user does not exist"
_AFTER_ALL: Final = (
    b"Adding a pattern after the * pattern (or the '%b' flag) is not valid and does not have any effect. "
    b"Try '%b' to start with an empty list of %b"
)


@dataclass(frozen=True, slots=True)
class User:
    """A user; `keys` are patterns with the access they give, `rules` the changes to `all_commands` in their order."""

    channels: tuple[bytes, ...]
    enabled: bool = False
    nopass: bool = False
    passwords: tuple[bytes, ...] = ()
    keys: tuple[tuple[str, bytes], ...] = ()
    all_commands: bool = False
    rules: tuple[bytes, ...] = ()

    def may_call(self, command: str) -> bool:
        """Whether the user may send a command at all."""
        name = command.lower().encode()
        signs = [rule[:1] for rule in self.rules if rule[1:] == name]
        return signs[-1] == b"+" if signs else self.all_commands

    def may_use_key(self, access: str, key: bytes) -> bool:
        """Whether the user may read or write a key."""
        return any(access in given and (pattern == b"*" or matcher(pattern)(key)) for given, pattern in self.keys)

    def may_use_channel(self, channel: bytes) -> bool:
        """Whether the user may publish or subscribe to a channel."""
        return any(pattern == b"*" or matcher(pattern)(channel) for pattern in self.channels)

    def accepts(self, password: bytes) -> bool:
        """Whether the user may log in with this password."""
        return self.enabled and (self.nopass or hashed(password) in self.passwords)


def hashed(password: bytes) -> bytes:
    """A password as the server keeps it."""
    return sha256(password).hexdigest().encode()


def new_user(facts: ConnectionFacts) -> User:
    """A user who may do nothing, except, before 7.0, use every channel."""
    return User(channels=(b"*",) if facts.users_begin_with_channels else ())


def modified(user: User, rule: bytes, facts: ConnectionFacts) -> User:
    """The user with one rule more. Raises ReplyError with what is wrong with it (`acl.c` ACLSetUser)."""
    word = rule.lower()
    if not word:
        return user
    if word == b"reset":
        return new_user(facts)
    if word in _WORDS:
        return _WORDS[word](user)
    if word in (b"allchannels", b"&*") and facts.acl_channels:
        return replace(user, channels=(b"*",))
    if word == b"resetchannels" and facts.acl_channels:
        return replace(user, channels=())
    sign, rest = rule[:1], rule[1:]
    if sign in (b">", b"<", b"#", b"!"):
        return _with_password(user, sign, rest)
    if sign in (b"+", b"-"):
        return _with_command(user, sign, rest.lower())
    if sign == b"~":
        return _with_key(user, BOTH, rest)
    if sign == b"%" and facts.acl_key_kinds:
        return _with_key_of_kind(user, rule)
    if sign == b"&" and facts.acl_channels:
        _refuse_after_all(b"*" in user.channels, (b"allchannels", b"resetchannels", b"channels"))
        return replace(user, channels=tuple(dict.fromkeys((*user.channels, rest))))
    raise ReplyError(_SYNTAX)


_WORDS: Final[dict[bytes, Callable[[User], User]]] = {
    b"on": lambda user: replace(user, enabled=True),
    b"off": lambda user: replace(user, enabled=False),
    b"nopass": lambda user: replace(user, nopass=True, passwords=()),
    b"resetpass": lambda user: replace(user, nopass=False, passwords=()),
    b"allkeys": lambda user: replace(user, keys=((BOTH, b"*"),)),
    b"~*": lambda user: replace(user, keys=((BOTH, b"*"),)),
    b"resetkeys": lambda user: replace(user, keys=()),
    b"allcommands": lambda user: replace(user, all_commands=True, rules=()),
    b"+@all": lambda user: replace(user, all_commands=True, rules=()),
    b"nocommands": lambda user: replace(user, all_commands=False, rules=()),
    b"-@all": lambda user: replace(user, all_commands=False, rules=()),
}


def _with_password(user: User, sign: bytes, text: bytes) -> User:
    digest = hashed(text) if sign in (b">", b"<") else text
    if fullmatch(rb"[0-9a-f]{64}", digest) is None:
        raise ReplyError(_BAD_HASH)
    if sign in (b">", b"#"):
        return replace(user, nopass=False, passwords=tuple(dict.fromkeys((*user.passwords, digest))))
    if digest not in user.passwords:
        raise ReplyError(_NO_PASSWORD)
    return replace(user, passwords=tuple(other for other in user.passwords if other != digest))


def _with_command(user: User, sign: bytes, name: bytes) -> User:
    if name.decode("latin-1").upper() not in ACCESS:
        raise ReplyError(_UNKNOWN)
    return replace(user, rules=(*(rule for rule in user.rules if rule[1:] != name), sign + name))


def _with_key(user: User, access: str, pattern: bytes) -> User:
    """Give access to keys, besides that which the same pattern gives already."""
    _refuse_after_all((BOTH, b"*") in user.keys, (b"allkeys", b"resetkeys", b"patterns"))
    given = {other: kind for kind, other in user.keys}
    given[pattern] = "".join(sorted({*given.get(pattern, ""), *access}))
    return replace(user, keys=tuple((kind, other) for other, kind in given.items()))


def _with_key_of_kind(user: User, rule: bytes) -> User:
    _refuse_after_all((BOTH, b"*") in user.keys, (b"allkeys", b"resetkeys", b"patterns"))
    parts = fullmatch(rb"%([RWrw]+)~(.*)", rule, DOTALL)
    if parts is None:
        raise ReplyError(_SYNTAX)
    return _with_key(user, parts[1].decode().upper(), parts[2])


def _refuse_after_all(has_all: bool, words: tuple[bytes, bytes, bytes]) -> None:
    if has_all:
        raise ReplyError(_AFTER_ALL % words)
