"""Users: what rules make of them, what they may do, and how each version tells and refuses."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, observe
from redproof_model.errors import ReplyError
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.users import User, hashed, modified, new_user
from redproof_model.reply import NULL, OK, Error, Reply, Status
from redproof_model.versions import REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_7_2, VALKEY_9_1, Version


def user_of(rules: str, version: Version = REDIS_7_0) -> User:
    facts = version.connections
    user = new_user(facts)
    for rule in rules.split():
        user = modified(user, rule.encode(), facts)
    return user


def after(version: Version, *lines: str) -> object:
    model = Model(version)
    model.connect("A")
    reply: object = None
    for line in lines:
        reply = model.step("A", [word.encode() for word in line.split()], 0, 0)
    return reply


@pytest.mark.parametrize(
    ("rules", "user"),
    [
        ("", User(channels=())),
        ("on off ON", User(channels=(), enabled=True)),
        (">pw >pw", User(channels=(), passwords=(hashed(b"pw"),))),
        (">pw nopass", User(channels=(), nopass=True)),
        ("nopass >pw", User(channels=(), passwords=(hashed(b"pw"),))),
        (">pw <pw", User(channels=())),
        ("~a ~b ~a", User(channels=(), keys=(("RW", b"a"), ("RW", b"b")))),
        ("%R~a %W~b", User(channels=(), keys=(("R", b"a"), ("W", b"b")))),
        ("%R~a ~b %W~a", User(channels=(), keys=(("RW", b"a"), ("RW", b"b")))),
        ("~a allkeys", User(channels=(), keys=(("RW", b"*"),))),
        ("&a &b resetchannels &c", User(channels=(b"c",))),
        ("+get +set -get", User(channels=(), rules=(b"+set", b"-get"))),
        ("+get +@all -del", User(channels=(), all_commands=True, rules=(b"-del",))),
        ("on >pw +@all ~* reset", User(channels=())),
    ],
)
def test_rules(rules: str, user: User) -> None:
    assert user_of(rules) == user


@pytest.mark.parametrize(
    ("rules", "version", "error"),
    [
        ("nonsense", REDIS_7_0, b"Syntax error"),
        ("%R~a", REDIS_6_2, b"Syntax error"),
        ("&a", REDIS_6_0, b"Syntax error"),
        ("+nosuch", REDIS_7_0, b"Unknown command or category name in ACL"),
        ("<pw", REDIS_7_0, b"The password you are trying to remove from the user does not exist"),
    ],
)
def test_rules_refused(rules: str, version: Version, error: bytes) -> None:
    with pytest.raises(ReplyError) as refused:
        user_of(rules, version)
    assert refused.value.reply == Error(error)


def test_channels_are_free_to_new_users_before_7_0() -> None:
    assert user_of("", REDIS_6_2).may_use_channel(b"any")
    assert not user_of("", REDIS_7_0).may_use_channel(b"any")


def test_all_rules_are_set_or_none() -> None:
    set_user = "ACL SETUSER u on nonsense"
    assert after(REDIS_7_0, set_user) == Error(b"ERR Error in ACL SETUSER modifier 'nonsense': Syntax error")
    assert after(REDIS_7_0, set_user, "ACL GETUSER u") is NULL


@pytest.mark.parametrize(
    ("version", "command", "key"),
    [
        (REDIS_6_2, b"NOPERM this user has no permissions to run the 'del' command or its subcommand",
         b"NOPERM this user has no permissions to access one of the keys used as arguments"),
        (REDIS_7_0, b"NOPERM this user has no permissions to run the 'del' command",
         b"NOPERM this user has no permissions to access one of the keys used as arguments"),
        (REDIS_7_2, b"NOPERM User u has no permissions to run the 'del' command",
         b"NOPERM No permissions to access a key"),
    ],
)  # fmt: skip
def test_a_client_may_do_what_its_user_may(version: Version, command: bytes, key: bytes) -> None:
    log_in = ("ACL SETUSER u on >pw ~k* +get", "AUTH u pw")
    assert after(version, *log_in, "GET k1") is NULL
    assert after(version, *log_in, "GET x") == Error(key)
    assert after(version, *log_in, "DEL k1") == Error(command)
    assert after(version, *log_in, "AUTH default any", "DEL k1") == 0


def test_who_may_log_in() -> None:
    refusal = Error(b"WRONGPASS invalid username-password pair or user is disabled.")
    assert after(REDIS_7_0, "AUTH u pw") == refusal
    assert after(REDIS_7_0, "ACL SETUSER u >pw", "AUTH u pw") == refusal
    assert after(REDIS_7_0, "ACL SETUSER u on >pw", "AUTH u no") == refusal
    assert after(REDIS_7_0, "ACL SETUSER u on >pw", "AUTH u pw") == OK
    assert after(REDIS_7_0, "ACL SETUSER u on nopass", "AUTH u any", "RESET", "ACL WHOAMI") == b"default"


@pytest.mark.parametrize(
    ("version", "call", "reply"),
    [
        (REDIS_7_0, "get a1", OK),
        (REDIS_7_0, "set a1 x", b"This user has no permissions to access the 'a1' key"),
        (VALKEY_9_1, "set a1 x", b"User u has no permissions to access the 'a1' key"),
        (VALKEY_9_1, "del b1", b"User u has no permissions to run the 'del' command"),
        (REDIS_7_0, "nosuch", Error(b"ERR Command 'nosuch' not found")),
        (REDIS_7_0, "get", Error(b"ERR wrong number of arguments for 'get' command")),
    ],
)
def test_a_dry_run(version: Version, call: str, reply: Reply) -> None:
    assert after(version, "ACL SETUSER u %R~a* %W~b* +get +set", f"ACL DRYRUN u {call}") == reply


@pytest.mark.parametrize(
    ("version", "commands", "agrees"),
    [
        (REDIS_7_0, b"-@all +set +get", True),
        (REDIS_7_0, b"-@all +get +set", True),
        (REDIS_7_0, b"-@all +get", False),
        (REDIS_7_2, b"-@all +get +set -del", True),
        (REDIS_7_2, b"-@all +set +get -del", False),
        (REDIS_7_2, b"+@all +get +set -del", False),
    ],
)
def test_how_commands_are_told(version: Version, commands: bytes, agrees: bool) -> None:
    model = Model(version)
    model.connect("A")
    model.step("A", b"ACL SETUSER u on ~k +get +set -del".split(), 0, 0)
    expected = model.step("A", [b"ACL", b"GETUSER", b"u"], 0, 0)
    assert isinstance(expected, Choice)
    told: list[Reply] = [b"flags", [b"on"], b"passwords", [], b"commands", commands, b"keys", b"~k"]
    assert observe(expected, [*told, b"channels", b"", b"selectors", []], 2) is agrees


def test_every_user_is_listed() -> None:
    assert after(REDIS_7_0, "ACL SETUSER a", "ACL SETUSER z", "ACL USERS") == [b"a", b"default", b"z"]
    assert after(REDIS_7_0, "ACL SETUSER a", "ACL DELUSER a b", "ACL USERS") == [b"default"]
    assert after(REDIS_7_0, "ACL DELUSER default") == Error(b"ERR The 'default' user cannot be removed")
    assert after(REDIS_7_0, "ACL SETUSER a on", "AUTH default x", "PING") == Status(b"PONG")
