"""EVAL and its kin, and SCRIPT, of the scripts that the model knows (`eval.c`, before 7.0 `scripting.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.containers import call_subcommand, help_text, subcommand_syntax
from redproof_model.errors import ReplyError, c_string, without_breaks
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.roles import refuse_stale
from redproof_model.keyspace.scripts import BROKEN, SCRIPTS, ScriptError, digest
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import OK, Error, Reply

table = CommandTable()

_DIGEST_LENGTH: Final = 40
_NEGATIVE_KEYS: Final = b"ERR Number of keys can't be negative"
_TOO_MANY_KEYS: Final = b"ERR Number of keys can't be greater than number of args"


@table.command("EVAL", arity=-3)
def eval_(world: World, argv: list[bytes]) -> Expected:
    """EVAL script numkeys [key …] [argument …] (eval.c evalCommand)."""
    return _evaluate(world, argv, read_only=False)


@table.command("EVAL_RO", arity=-3)
def eval_ro(world: World, argv: list[bytes]) -> Expected:
    """EVAL_RO script numkeys [key …] [argument …] (eval.c evalRoCommand)."""
    return _evaluate(world, argv, read_only=True)


@table.command("EVALSHA", arity=-3)
def evalsha(world: World, argv: list[bytes]) -> Expected:
    """EVALSHA sha1 numkeys [key …] [argument …] (eval.c evalShaCommand)."""
    return _evaluate_loaded(world, argv, read_only=False)


@table.command("EVALSHA_RO", arity=-3)
def evalsha_ro(world: World, argv: list[bytes]) -> Expected:
    """EVALSHA_RO sha1 numkeys [key …] [argument …] (eval.c evalShaRoCommand)."""
    return _evaluate_loaded(world, argv, read_only=True)


@table.command("SCRIPT", arity=-2)
def script(world: World, argv: list[bytes]) -> Expected:
    """SCRIPT subcommand [argument …], where it is one command (scripting.c scriptCommand)."""
    return call_subcommand(world, table, argv, {b"EXISTS": 2})


@table.command("SCRIPT|HELP", arity=2)
def script_help(world: World, argv: list[bytes]) -> Expected:
    """SCRIPT HELP."""
    return help_text(b"SCRIPT")


@table.command("SCRIPT|LOAD", arity=3)
def script_load(world: World, argv: list[bytes]) -> Expected:
    """SCRIPT LOAD script."""
    sha = _load(world, argv[2])
    if world.version.propagation.scripts:
        world.dirty()
    return sha


@table.command("SCRIPT|EXISTS", arity=-3)
def script_exists(world: World, argv: list[bytes]) -> Expected:
    """SCRIPT EXISTS sha1 [sha1 …]."""
    return [int(name.lower() in world.scripts) for name in argv[2:]]


@table.command("SCRIPT|FLUSH", arity=-2)
def script_flush(world: World, argv: list[bytes]) -> Expected:
    """SCRIPT FLUSH [ASYNC|SYNC]."""
    if len(argv) > 2 and not world.version.scripts.flush_options:
        raise subcommand_syntax(world, argv)
    if len(argv) > 3 or (len(argv) == 3 and c_string(argv[2]).upper() not in (b"SYNC", b"ASYNC")):
        raise ReplyError(b"ERR SCRIPT FLUSH only support SYNC|ASYNC option")
    if world.version.propagation.scripts:
        world.dirty()
    world.scripts = {}
    return OK


@table.command("SCRIPT|KILL", arity=2)
def script_kill(world: World, argv: list[bytes]) -> Expected:
    """SCRIPT KILL, while none runs."""
    raise ReplyError(b"NOTBUSY No scripts in execution right now.")


def _evaluate(world: World, argv: list[bytes], read_only: bool) -> Expected:
    keys = keys_and_arguments(argv)
    return _run(world, _load(world, argv[1]), *keys, read_only)


def _evaluate_loaded(world: World, argv: list[bytes], read_only: bool) -> Expected:
    if len(argv[1]) != _DIGEST_LENGTH:
        raise ReplyError(world.version.scripts.unknown_script)
    keys = keys_and_arguments(argv)
    sha = argv[1].lower()
    if sha not in world.scripts:
        raise ReplyError(world.version.scripts.unknown_script)
    return _run(world, sha, *keys, read_only)


def keys_and_arguments(argv: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The keys and the other arguments that follow their number, or the end of the command."""
    count = integer(argv[2])
    if count > len(argv) - 3:
        raise ReplyError(_TOO_MANY_KEYS)
    if count < 0:
        raise ReplyError(_NEGATIVE_KEYS)
    return argv[3 : 3 + count], argv[3 + count :]


def _load(world: World, text: bytes) -> bytes:
    """Let the server know a script, and give its digest."""
    if text == BROKEN:
        raise ReplyError(world.version.scripts.not_compiled)
    sha = digest(text)
    world.scripts = {**world.scripts, sha: text}
    return sha


def _run(world: World, sha: bytes, keys: list[bytes], argv: list[bytes], read_only: bool) -> Reply:
    """Run a script; nobody is served and nothing waits while it runs. None is run on data that may not be served."""
    refuse_stale(world, served=False)
    in_exec, world.in_exec = world.in_exec, True
    facts = world.version.scripts
    try:
        reply = SCRIPTS[world.scripts[sha]](world, keys, argv, read_only)
    except ScriptError as failed:
        return Error(facts.failed % {b"sha": sha, b"error": failed.text.rstrip()})
    finally:
        world.in_exec = in_exec
    if isinstance(reply, Error):
        return Error(without_breaks(reply.text.rstrip() if facts.errors_are_trimmed else reply.text))
    return reply
