"""ACL: users, their rules, and what they may do (`acl.c` aclCommand)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected, Satisfying
from redproof_model.commands.containers import call_subcommand, help_text, subcommand_syntax
from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.permissions import denial
from redproof_model.keyspace.users import ACCESS, User, modified, new_user
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL, OK, Map, Reply, Set

table = CommandTable()

_DEFAULT: Final = b"default"
_CATEGORIES: Final = (b"keyspace", b"read", b"write", b"string", b"pubsub", b"admin", b"connection", b"dangerous")
"""Some that every version has."""


@table.command("ACL", arity=-2)
def acl(world: World, argv: list[bytes]) -> Expected:
    """ACL subcommand [argument …], where it is one command (acl.c aclCommand)."""
    return call_subcommand(world, table, argv)


@table.command("ACL|HELP", arity=2)
def acl_help(world: World, argv: list[bytes]) -> Expected:
    """ACL HELP."""
    return help_text(b"ACL")


@table.command("ACL|WHOAMI", arity=2)
def acl_whoami(world: World, argv: list[bytes]) -> Expected:
    """ACL WHOAMI."""
    return world.session.user or _DEFAULT


@table.command("ACL|USERS", arity=2)
def acl_users(world: World, argv: list[bytes]) -> Expected:
    """ACL USERS, in the order of their names."""
    return [*sorted([_DEFAULT, *world.users])]


@table.command("ACL|LIST", arity=2)
def acl_list(world: World, argv: list[bytes]) -> Expected:
    """ACL LIST: a line for each user, of which the name and whether it is enabled are modelled."""
    users = {_DEFAULT: True} | {name: user.enabled for name, user in world.users.items()}
    heads = [b"user %b %b " % (name, b"on" if users[name] else b"off") for name in sorted(users)]

    def accept(reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or len(reply) != len(heads):
            return False
        return all(isinstance(line, bytes) and line.startswith(head) for line, head in zip(reply, heads, strict=True))

    return Satisfying(accept, lambda: [*heads], "a line for each user")


@table.command("ACL|SETUSER", arity=-3)
def acl_setuser(world: World, argv: list[bytes]) -> Expected:
    """ACL SETUSER user [rule …]: all rules or none (acl.c ACLSetUser)."""
    facts = world.version.connections
    if any(byte in b" \x00\t\n\v\f\r" for byte in argv[2]):
        raise ReplyError(b"ERR Usernames can't contain spaces or null characters")
    user = world.users.get(argv[2]) or new_user(facts)
    for rule in argv[3:]:
        try:
            user = modified(user, rule, facts)
        except ReplyError as failed:
            text = b"ERR Error in ACL SETUSER modifier '%b': %b" % (c_string(rule), failed.reply.text)
            raise ReplyError(one_line(text)) from None
    world.users = {**world.users, argv[2]: user}
    return OK


@table.command("ACL|DELUSER", arity=-3)
def acl_deluser(world: World, argv: list[bytes]) -> Expected:
    """ACL DELUSER user [user …], of users whom no client is."""
    if _DEFAULT in argv[2:]:
        raise ReplyError(b"ERR The 'default' user cannot be removed")
    gone = set(argv[2:]) & world.users.keys()
    world.users = {name: user for name, user in world.users.items() if name not in gone}
    return len(gone)


@table.command("ACL|GETUSER", arity=3)
def acl_getuser(world: World, argv: list[bytes]) -> Expected:
    """ACL GETUSER user (acl.c aclCommand): what is modelled of the user is told as the version tells it."""
    user = world.users.get(argv[2])
    if user is None:
        return NULL
    return Satisfying(lambda reply, resp: _tells(world, user, reply, resp), lambda: Map([]), f"what {user} is")


@table.command("ACL|DRYRUN", arity=-4)
def acl_dryrun(world: World, argv: list[bytes]) -> Expected:
    """ACL DRYRUN user command [argument …], of commands whose permissions are modelled."""
    user = world.users.get(argv[2])
    if user is None:
        raise ReplyError(one_line(b"ERR User '%b' not found" % c_string(argv[2])))
    assert world.dispatcher is not None
    spec = world.dispatcher.by_name.get(argv[3].upper())
    if spec is None or spec.name not in ACCESS:
        raise ReplyError(one_line(b"ERR Command '%b' not found" % c_string(argv[3])))
    if not spec.fewest <= len(argv) - 3 <= spec.most:
        raise ReplyError(b"ERR wrong number of arguments for '%b' command" % spec.name.lower().encode())
    denied = denial(user, spec.name, argv[3:])
    if denied is None:
        return OK
    what, name = denied
    verb = b"run" if what == b"command" else b"access"
    subject = world.version.connections.dryrun_subject.replace(b"%s", argv[2])
    return b"%b has no permissions to %b the '%b' %b" % (subject, verb, name, what)


@table.command("ACL|CAT", arity=-2)
def acl_cat(world: World, argv: list[bytes]) -> Expected:
    """ACL CAT [category]: which categories there are, but of their commands none."""
    if len(argv) > 3:
        raise subcommand_syntax(world, argv)
    if len(argv) == 3:
        raise ReplyError(one_line(b"ERR Unknown category '%b'" % c_string(argv[2])))

    def accept(reply: Reply, resp: int) -> bool:
        return isinstance(reply, list) and all(category in reply for category in _CATEGORIES)

    return Satisfying(accept, lambda: [*_CATEGORIES], "the categories")


def _tells(world: World, user: User, reply: Reply, resp: int) -> bool:
    match reply:
        case Map(pairs) if resp == 3:
            told = {key: value for key, value in pairs if isinstance(key, bytes)}
        case list() if resp == 2 and len(reply) % 2 == 0:
            told = {key: value for key, value in zip(reply[::2], reply[1::2], strict=True) if isinstance(key, bytes)}
        case _:
            return False
    flags, commands = told.get(b"flags"), told.get(b"commands")
    words = flags.items if isinstance(flags, Set) else flags
    if not isinstance(words, list) or not isinstance(commands, bytes):
        return False
    if (b"on" in words, b"nopass" in words) != (user.enabled, user.nopass) or (b"off" in words) == user.enabled:
        return False
    return (
        told.get(b"passwords") == [*user.passwords]
        and told.get(b"keys") == _shown_keys(world, user)
        and told.get(b"channels") == _shown_channels(world, user)
        and _commands_agree(world, user, commands.split(b" "))
    )


def _shown_keys(world: World, user: User) -> Reply:
    if not world.version.connections.acl_key_kinds:
        return [pattern for _, pattern in user.keys]
    return b" ".join(b"~" + p if kind == "RW" else b"%%%b~%b" % (kind.encode(), p) for kind, p in user.keys)


def _shown_channels(world: World, user: User) -> Reply | None:
    if not world.version.connections.acl_channels:
        return None
    if not world.version.connections.acl_key_kinds:
        return [*user.channels]
    return b" ".join(b"&" + pattern for pattern in user.channels)


def _commands_agree(world: World, user: User, words: list[bytes]) -> bool:
    """Whether a description has the rules in their order or, before 7.2, those with an effect in any order."""
    base, *rules = words
    if base != (b"+@all" if user.all_commands else b"-@all"):
        return False
    if world.version.connections.acl_rules_in_order:
        return rules == [*user.rules]
    effective = [rule for rule in user.rules if (rule[:1] == b"+") != user.all_commands]
    return sorted(rules) == sorted(effective)
