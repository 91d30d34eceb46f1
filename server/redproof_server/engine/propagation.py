"""What each call puts on the replication stream (server.c call, alsoPropagate, propagatePendingCommands; multi.c).

Whoever replicates sets `sink`; it is called with the number of a database and the words of a command, in the order of
the stream and once the outermost call is over, so that a transaction, a script and what they wake are whole. SELECT
and the encoding are its business. A replica has no sink: it passes on what its master sends, and nothing of its own.

A command is propagated as it was sent if `server.dirty` has moved, and need not know of this. One that is propagated
in other words says so with `rewrite`, `rewrite_each`, `prevent` or `force` of the server's `propagation`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from redproof_server.engine.command import Command
from redproof_server.protocol.requests import Request

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.server import Server

Sink = Callable[[int, list[bytes]], None]
MULTI, EXEC = [b"MULTI"], [b"EXEC"]


class Call:
    """One running command: the words it is propagated as, if any, and what else is (client.argv and its flags)."""

    __slots__ = ("argv", "is_forced", "others")

    def __init__(self, argv: list[bytes] | None) -> None:
        self.argv = argv
        self.is_forced = False
        self.others: Sequence[list[bytes]] = ()


class Propagation:
    """Collects what the running call propagates, and hands it to `sink` when the call is over.

    `is_muted` while a script has asked with redis.set_repl that its commands do not reach replicas. Versions differ
    in when MULTI is put before what belongs together: as soon as something in a transaction or a script is
    propagated, or when it is over and was more than one command.
    """

    __slots__ = ("_call", "_in_exec", "_is_open", "_pending", "_server", "is_muted", "sink")

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._call: Call | None = None
        self._pending: list[tuple[int, list[bytes]]] = []
        self._in_exec = False
        self._is_open = False
        self.is_muted = False
        self.sink: Sink | None = None

    # What the dispatcher calls.

    def run(self, client: "Client", command: Command, request: Request) -> bytes:
        """Run a command, and propagate what it has changed (call)."""
        server, outer = self._server, self._call
        dirty = server.dirty
        call = self._call = Call(request)
        try:
            return command.handler(client, request)
        finally:
            self._call = outer
            if server.dirty > dirty or call.is_forced:
                self._end(client, call)
            if outer is None and self._pending:
                self.flush(not command.touches_arbitrary_keys)

    def serve(self, client: "Client", serve: Callable[[bytes], bytes | None], key: bytes) -> bytes | None:
        """Serve a blocked client, and propagate what `serve` rewrites (blocked.c serveClientsBlockedOnListKey)."""
        if self.sink is None:
            return serve(key)
        call = self._call = Call(None)
        try:
            return serve(key)
        finally:
            self._call = None
            self._end(client, call)
            self.flush()

    def _end(self, client: "Client", call: Call) -> None:
        version, db_index = self._server.version, client.db.index
        if call.argv is not None and not self.is_muted:
            self.add(db_index, call.argv)
        if not call.others or (self.is_muted and version.muted_scripts_propagate_nothing_else):
            return
        wraps = version.multi_is_propagated_first and len(call.others) > 1 and not (self._in_exec or self._is_open)
        if wraps:
            self.add(db_index, MULTI)
        for argv in call.others:
            self.add(db_index, argv)
        if wraps:
            self.add(db_index, EXEC)

    def add(self, db_index: int, argv: list[bytes]) -> None:
        """Propagate a command, whatever the one that is running does (alsoPropagate)."""
        if self.sink is None:
            return
        if self._in_exec and not self._is_open:
            self._is_open = True
            self._pending.append((db_index, MULTI))
        self._pending.append((db_index, argv))

    def add_expired(self, db_index: int, key: bytes) -> None:
        """Propagate that a key is deleted because its time has come (propagateDeletion)."""
        if self.sink is not None:
            self.add(db_index, self.deletion(key, "lazyfree-lazy-expire"))

    def flush(self, wraps: bool = True) -> None:
        """Hand over what was collected, between MULTI and EXEC unless it may be split (propagatePendingCommands)."""
        pending, sink = self._pending, self.sink
        if not pending:
            return
        self._pending = []
        if sink is None:
            return
        if len(pending) == 1 or self._server.version.multi_is_propagated_first or not wraps:
            for db_index, argv in pending:
                sink(db_index, argv)
            return
        sink(pending[0][0], MULTI)
        for db_index, argv in pending:
            sink(db_index, argv)
        sink(pending[-1][0], EXEC)

    # What commands call.

    def rewrite(self, *argv: bytes) -> None:
        """Propagate the running command in other words (rewriteClientCommandVector)."""
        if self._call is not None:
            self._call.argv = list(argv)

    def rewrite_each(self, commands: Sequence[list[bytes]]) -> None:
        """Propagate the running command as several (preventCommandPropagation and alsoPropagate)."""
        if self._call is not None:
            self._call.argv, self._call.others = None, commands

    def prevent(self) -> None:
        """Do not propagate the running command itself (preventCommandPropagation)."""
        if self._call is not None:
            self._call.argv = None

    def force(self) -> None:
        """Propagate the running command although it changes nothing (forceCommandPropagation)."""
        if self._call is not None:
            self._call.is_forced = True

    def deletion(self, key: bytes, parameter: str) -> list[bytes]:
        """The command that deletes a key, given the parameter that says whether its memory is freed later."""
        return [b"UNLINK" if self._server.config.is_yes(parameter) else b"DEL", key]

    # Transactions and scripts.

    def begin_exec(self) -> None:
        """EXEC starts to run what was queued; where MULTI is propagated first, EXEC is as any other command."""
        if self._server.version.multi_is_propagated_first:
            self._in_exec = True
        else:
            self.prevent()

    def end_exec(self) -> None:
        """EXEC has run what was queued: if MULTI was propagated, EXEC must be (afterPropagateExec)."""
        self._server.dirty += self._is_open
        self._in_exec = self._is_open = False

    def open_script(self, db_index: int) -> bool:
        """Propagate MULTI before the first write of a script, unless a transaction does; whether it did."""
        if self.sink is None or not self._server.version.multi_is_propagated_first or self._in_exec:
            return False
        self.add(db_index, MULTI)
        self._is_open = True
        return True

    def close_script(self, db_index: int) -> None:
        """Propagate the EXEC that belongs to `open_script`."""
        self.add(db_index, EXEC)
        self._is_open = False
