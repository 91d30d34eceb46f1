"""A client as CLIENT INFO and CLIENT LIST describe it: a line of `field=value`, of which some tell the state.

Source: `networking.c` catClientInfoString.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redproof_model.errors import c_string

if TYPE_CHECKING:
    from redproof_model.keyspace.session import Session
    from redproof_model.keyspace.world import World


def fields(line: bytes) -> dict[bytes, bytes]:
    """The fields of a line with their values, which hold no blanks."""
    parts = [part.partition(b"=") for part in line.split(b" ")]
    return {name: value for name, _, value in parts}


def state_of(world: World, session: Session) -> dict[bytes, bytes]:
    """The fields that tell the client's state, as it is now.

    How long a transaction is that has failed already is not modelled, nor that of one which is being executed.
    """
    state = {
        b"name": c_string(session.title),
        b"db": b"%d" % session.database,
        b"sub": b"%d" % len(session.channels),
        b"psub": b"%d" % len(session.patterns),
        b"ssub": b"%d" % len(session.shards),
        b"resp": b"%d" % session.resp,
    }
    if not (world.in_exec or session.dirty_exec or session.dirty_cas):
        if session.queue is not None:
            state[b"multi"] = b"%d" % len(session.queue)
        elif not world.version.connections.multi_is_remembered:
            state[b"multi"] = b"-1"
        state[b"watch"] = b"%d" % len(session.watched)
    return state


def agrees(state: dict[bytes, bytes], told: dict[bytes, bytes]) -> bool:
    """Whether a line can be that of a client in this state: it may tell anything else, and leave out what is new."""
    if b"name" not in told or b"db" not in told:
        return False
    return all(told.get(name, value) == value for name, value in state.items())
