"""The connection itself: RESET makes it new, QUIT ends it (`networking.c`)."""

from __future__ import annotations

from redproof_model.choice import Expected
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.subscriptions import unsubscribe_all
from redproof_model.keyspace.world import World
from redproof_model.reply import OK, Status

table = CommandTable()


@table.command("QUIT", arity=-1, queued=False)
def quit_(world: World, argv: list[bytes]) -> Expected:
    """QUIT (networking.c quitCommand); that the connection is closed then, `Model.disconnect` has to be told."""
    return OK


@table.command("RESET", arity=1, queued=False)
def reset(world: World, argv: list[bytes]) -> Expected:
    """RESET (networking.c resetCommand): the connection is as new, and speaks RESP2."""
    session = world.session
    world.end_transaction(session)
    unsubscribe_all(session)
    session.database = 0
    session.resp = 2
    world.select(session)
    return Status(b"RESET")
