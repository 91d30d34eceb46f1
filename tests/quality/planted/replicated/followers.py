"""Faults in what a replica shows and refuses, and in what a master refuses that has too few of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.fault import replace_attribute, substitute
from planted.replicated.fault import replication_fault
from redproof_server.engine.command import WRITE
from redproof_server.engine.databases_cron import DatabasesCron
from redproof_server.engine.expiry import expire_cycle
from redproof_server.replication import expiry, guards
from redproof_server.scripting import calls

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.command import Flag
    from redproof_server.engine.database import Database
    from redproof_server.engine.server import Server

SHOWS = "test_a_replica_never_shows_an_expired_key"
DELETES = "test_a_replica_never_deletes_by_itself"
ANSWERS = "test_a_replica_answers"
NEEDS = "test_a_master_that_needs_replicas_refuses_writes"


@replication_fault("replica-shows-expired-keys", "A replica shows a key until its master deletes it", SHOWS)
def replica_shows_expired_keys() -> None:
    honest = expiry.is_hidden

    def faulty(db: Database, key: bytes, for_writing: bool) -> bool:
        return db.server.replication.is_master and honest(db, key, for_writing)

    substitute(honest, faulty)


@replication_fault(
    "replica-hides-from-scripts-in-6.2", "6.2 hides expired keys from scripts as well", SHOWS, emulate="6.2"
)
def replica_hides_from_scripts_in_62() -> None:
    honest = expiry.is_hidden

    def faulty(db: Database, key: bytes, for_writing: bool) -> bool:
        client = db.server.replication.current_client
        is_reader = client is not None and not client.is_master
        return is_reader or honest(db, key, for_writing)

    substitute(honest, faulty)


@replication_fault(
    "replica-deletes-what-is-asked-for", "A replica deletes an expired key that a client asks for", DELETES
)
def replica_deletes_what_is_asked_for() -> None:
    honest = expiry.is_hidden

    def faulty(db: Database, key: bytes, for_writing: bool) -> bool:
        hidden = honest(db, key, for_writing)
        if hidden and not db.server.replication.is_master:
            db.delete_expired(key)
        return hidden

    substitute(honest, faulty)


@replication_fault("replica-expires-by-itself", "A replica looks for expired keys and deletes them", DELETES)
def replica_expires_by_itself() -> None:
    honest = DatabasesCron.run

    def faulty(cron: DatabasesCron) -> None:
        if not cron._server.replication.is_master:
            for db in cron._server.databases:
                expire_cycle(db)
        honest(cron)

    replace_attribute(DatabasesCron, "run", faulty)


@replication_fault(
    "replica-deletes-what-has-expired-before", "A replica deletes a key that its master lets expire in the past", SHOWS
)
def replica_deletes_what_has_expired_before() -> None:
    def faulty(server: Server, when_ms: int) -> bool:
        return when_ms <= server.now_ms

    substitute(expiry.is_past, faulty)


def write_checked_for(concerns: bool) -> None:
    """Refuse writes to masters without replicas only (True) or to replicas only."""
    honest = guards.check_write

    def faulty(client: Client, flags: Flag) -> None:
        if client.server.replication.is_master is concerns:
            honest(client, flags)

    replace_attribute(guards, "check_write", faulty)


@replication_fault("replica-takes-writes", "A replica takes writes of clients", ANSWERS, group="strings")
def replica_takes_writes() -> None:
    write_checked_for(True)


@replication_fault("replica-takes-writes-of-scripts", "A replica takes writes of scripts", ANSWERS, group="scripting")
def replica_takes_writes_of_scripts() -> None:
    substitute(calls.check_role, lambda run, command, dialect: None)


@replication_fault(
    "replica-takes-queued-writes",
    "A replica queues the writes of a transaction, and runs them",
    ANSWERS,
    group="transactions",
)
def replica_takes_queued_writes() -> None:
    def faulty(client: Client, flags: Flag) -> None:
        if client.transaction is None:
            honest(client, flags)

    honest = guards.check_write
    replace_attribute(guards, "check_write", faulty)


@replication_fault("min-replicas-is-ignored", "A master takes writes without the replicas that it needs", NEEDS)
def min_replicas_is_ignored() -> None:
    write_checked_for(False)


@replication_fault("min-replicas-forbids-reads", "A master without the replicas that it needs refuses reads too", NEEDS)
def min_replicas_forbids_reads() -> None:
    honest = guards.check_write
    replace_attribute(guards, "check_write", lambda client, flags: honest(client, flags | WRITE))
