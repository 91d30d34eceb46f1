"""Faults in what a master puts on the replication stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from planted.fault import replace_attribute, substitute, wrap
from planted.replicated.fault import replication_fault
from redproof_server.engine.propagation import Propagation
from redproof_server.replication.state import Replication
from redproof_server.scripting.calls import start_run

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.command import Handler

GROUP = "test_stream_of_group"


def leave_words(concerns: Callable[[list[bytes], list[bytes]], bool]) -> None:
    """Propagate a command as it came where `concerns(what came, what is to be propagated)`."""
    honest = Propagation.rewrite

    def faulty(propagation: Propagation, *argv: bytes) -> None:
        call = propagation._call
        if call is None or call.argv is None or not concerns(call.argv, list(argv)):
            honest(propagation, *argv)

    replace_attribute(Propagation, "rewrite", faulty)


def leave_command(*names: bytes) -> None:
    """Propagate these commands as they came."""
    leave_words(lambda came, told: came[0].lower() in names)


@replication_fault("select-is-left-out", "The stream does not say in which database it goes on", GROUP, group="generic")
def select_is_left_out() -> None:
    def faulty(replication: Replication, db_index: int, request: list[bytes]) -> None:
        replication.selected_db = db_index
        honest(replication, db_index, request)

    honest = Replication.propagate
    replace_attribute(Replication, "propagate", faulty)


@replication_fault("select-comes-each-time", "SELECT comes before each command of the stream", GROUP, group="strings")
def select_comes_each_time() -> None:
    def faulty(replication: Replication, db_index: int, request: list[bytes]) -> None:
        replication.selected_db = -1
        honest(replication, db_index, request)

    honest = Replication.propagate
    replace_attribute(Replication, "propagate", faulty)


@replication_fault(
    "multi-is-left-out", "What belongs together is propagated without MULTI and EXEC", GROUP, group="transactions"
)
def multi_is_left_out() -> None:
    honest = Propagation.flush
    replace_attribute(Propagation, "flush", lambda propagation, wraps=True: honest(propagation, False))


@replication_fault(
    "single-writes-are-wrapped", "MULTI and EXEC are put around a single command too", GROUP, group="transactions"
)
def single_writes_are_wrapped() -> None:
    honest = Propagation.flush

    def faulty(propagation: Propagation, wraps: bool = True) -> None:
        if len(propagation._pending) == 1 and wraps:
            db_index = propagation._pending[0][0]
            propagation._pending = [(db_index, [b"MULTI"]), *propagation._pending, (db_index, [b"EXEC"])]
            wraps = False
        honest(propagation, wraps)

    replace_attribute(Propagation, "flush", faulty)


@replication_fault("expire-is-relative", "EXPIRE is propagated with the time that is left", GROUP, group="generic")
def expire_is_relative() -> None:
    leave_words(lambda came, told: told[0] == b"PEXPIREAT")


@replication_fault("set-ex-is-relative", "SET with EX is propagated with the time that is left", GROUP, group="strings")
def set_ex_is_relative() -> None:
    leave_words(lambda came, told: told[3:4] == [b"PXAT"])


@replication_fault(
    "set-ex-is-absolute-in-6.2",
    "6.2 propagates SET with EX with the time at which it expires",
    GROUP,
    emulate="6.2",
    group="strings",
)
def set_ex_is_absolute_in_62() -> None:
    honest = Propagation.rewrite

    def faulty(propagation: Propagation, *argv: bytes) -> None:
        if len(argv) == 5 and argv[3] == b"PX":
            when_ms = b"%d" % (propagation._server.now_ms + int(argv[4]))
            argv = (*argv[:3], b"PXAT", when_ms)
        honest(propagation, *argv)

    replace_attribute(Propagation, "rewrite", faulty)


@replication_fault(
    "spop-is-verbatim", "SPOP is propagated, and another member goes at each replica", GROUP, group="sets"
)
def spop_is_verbatim() -> None:
    leave_command(b"spop")


@replication_fault(
    "incrbyfloat-is-verbatim", "INCRBYFLOAT is propagated as it came, and not its result", GROUP, group="strings"
)
def incrbyfloat_is_verbatim() -> None:
    leave_command(b"incrbyfloat")


@replication_fault("getdel-is-verbatim", "GETDEL is propagated as it came", GROUP, group="strings")
def getdel_is_verbatim() -> None:
    leave_command(b"getdel")


@replication_fault(
    "blpop-is-verbatim", "A pop that need not wait is propagated as one that would", GROUP, group="blocking"
)
def blpop_is_verbatim() -> None:
    leave_command(b"blpop", b"brpop", b"bzpopmin", b"bzpopmax", b"blmove", b"brpoplpush")


@replication_fault(
    "past-expiry-is-not-a-deletion", "EXPIRE in the past deletes, and is propagated as it came", GROUP, group="generic"
)
def past_expiry_is_not_a_deletion() -> None:
    leave_words(lambda came, told: told[0] == b"DEL" and b"expire" in came[0].lower())


@replication_fault(
    "script-is-verbatim", "A script is propagated as such, and what it does as well", GROUP, group="scripting"
)
def script_is_verbatim() -> None:
    def faulty(caller: Client, script_client: Client, read_only: bool) -> object:
        call = caller.server.propagation._call
        argv = None if call is None else call.argv
        run = start_run(caller, script_client, read_only)
        if call is not None:
            call.argv = argv
        return run

    substitute(start_run, faulty)


@replication_fault("no-op-is-propagated", "DEL of a key that is not there is propagated", GROUP, group="generic")
def no_op_is_propagated() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        client.server.propagation.force()
        return honest(client, args)

    wrap("del", faulty)


@replication_fault("hdel-is-not-propagated", "HDEL does not reach replicas", GROUP, group="hashes")
def hdel_is_not_propagated() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        client.server.propagation.prevent()
        return honest(client, args)

    wrap("hdel", faulty)


@replication_fault(
    "bytes-are-counted-by-command", "The offset counts commands and not bytes", "test_first_replica_begins_a_history"
)
def bytes_are_counted_by_command() -> None:
    honest = Replication.feed

    def faulty(replication: Replication, data: bytes) -> None:
        offset = replication.offset
        honest(replication, data)
        replication.offset = offset + 1

    replace_attribute(Replication, "feed", faulty)


@replication_fault(
    "expiry-is-not-propagated",
    "A master deletes a key that expired and tells its replicas nothing",
    "test_stream_of_expiry",
)
def expiry_is_not_propagated() -> None:
    replace_attribute(Propagation, "add_expired", lambda propagation, db_index, key: None)
