"""Holding still what a server does in the background: its cron, and the child process that saves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import pytest
from redproof_model.reply import OK, Error

from redproof_properties.judged import Judged
from redproof_properties.script import Script
from redproof_properties.targets import Connection, Target
from redproof_properties.targets.process import ProcessTarget
from redproof_properties.waiting import WITHIN_MS, wait_until

CHILDREN: Final = (b"rdb_bgsave_in_progress:1", b"aof_rewrite_in_progress:1", b"module_fork_in_progress:1")
"""What INFO persistence says while there is a child process, of one kind or the other."""

DUMP_NAME: Final = "dump.rdb"


@contextmanager
def frozen(judged: Judged, script: Script) -> Iterator[None]:
    """Keep the cron from running, when no child process is there: tables change by commands alone.

    Skips the property, with the reason, where that cannot be had.
    """
    if not can_pause(judged):
        _skip_without_pause(judged)
    with judged.target.connect() as connection:
        if not wait_until(lambda: _freeze(connection)):
            pytest.skip(f"{judged.target.spelling} has had a child process for {WITHIN_MS} ms")
    script.call("DEBUG", "PAUSE-CRON", 1)
    try:
        yield
    finally:
        script.call("DEBUG", "PAUSE-CRON", 0)


@contextmanager
def held_still(judged: Judged, script: Script) -> Iterator[None]:
    """Keep the cron from moving what commands are to move: `frozen`, or with no rehashing where it cannot be paused.

    It may let the keyspace's table shrink then, if that is sparse; the tables of collections it never touches.
    """
    with frozen(judged, script) if can_pause(judged) else no_active_rehashing(judged, script):
        yield


def can_pause(judged: Judged) -> bool:
    """Whether the target has DEBUG PAUSE-CRON, as from Redis 6.2 on; skips the property where DEBUG is not allowed."""
    judged.need("can_debug")
    with judged.target.connect() as connection:
        return connection.call("DEBUG", "PAUSE-CRON", 0) == OK


def _skip_without_pause(judged: Judged) -> NoReturn:
    pytest.skip(f"{judged.target.spelling} has no DEBUG PAUSE-CRON")


@contextmanager
def child_process(judged: Judged, script: Script) -> Iterator[None]:
    """Let a child process save, while the server is `frozen`: that the child has ended is noticed by the cron only.

    The cron runs at the end until that is noticed. Skips the property, with the reason, where there is no BGSAVE, and
    where the cron cannot be paused.
    """
    judged.need("owns_process")
    if script.call("DEBUG", "PAUSE-CRON", 1) != OK:
        _skip_without_pause(judged)
    reply = script.call("BGSAVE")
    if isinstance(reply, Error):
        pytest.skip(f"{judged.target.spelling}: {reply.text.decode()}")
    with judged.target.connect() as connection:
        try:
            script.require(has_child(connection), "a child process that saves")
            yield
        finally:
            script.call("DEBUG", "PAUSE-CRON", 0)
            ended = wait_until(lambda: not has_child(connection))
            script.call("DEBUG", "PAUSE-CRON", 1)
            remove_dump(judged.target)
        script.require(ended, "no child process once it has ended")


def has_removable_dump(target: Target) -> bool:
    """Whether `remove_dump` can remove anything: a container keeps its files."""
    return isinstance(target, ProcessTarget)


def remove_dump(target: Target) -> None:
    """Remove the file that the server has saved to, so that it finds no keys in it when it is started again."""
    if isinstance(target, ProcessTarget):
        (target.place.folder / DUMP_NAME).unlink(missing_ok=True)


@contextmanager
def no_active_rehashing(judged: Judged, script: Script) -> Iterator[None]:
    """Let a rehash of the keyspace be taken further by commands alone, though the cron runs and begins it.

    Skips the property, with the reason, where that cannot be set.
    """
    match script.call("CONFIG", "GET", "activerehashing"):
        case [_, bytes(before)] if script.call("CONFIG", "SET", "activerehashing", "no") == OK:
            try:
                yield
            finally:
                script.call("CONFIG", "SET", "activerehashing", before)
        case _:
            pytest.skip(f"{judged.target.spelling} has no setting activerehashing")


def _freeze(connection: Connection) -> bool:
    """Pause the cron; unless there is a child process, whose end only the cron would notice."""
    connection.call("DEBUG", "PAUSE-CRON", 1)
    if not has_child(connection):
        return True
    connection.call("DEBUG", "PAUSE-CRON", 0)
    return False


def has_child(connection: Connection) -> bool:
    """Whether a child process is there, as far as the server has noticed; its cron notices the end of one."""
    told = connection.call("INFO", "persistence")
    return isinstance(told, bytes) and any(field in told for field in CHILDREN)
