"""The command engine: it takes bytes from clients, dispatches requests and collects what is to be sent.

It has no socket and no clock. A shell calls `connect`, `receive`, `disconnect` and, some times a second, `cron`,
each with the current time, and afterwards does what it finds: the bytes in `client.output` of the client it
called for and of those in `take_writers()`, `client.closing`, the files in `saving.effects` and `sleep_ms`,
during which everything stands still; after either of these two it calls `resume`.
Source: server.c processCommand, call, databasesCron; networking.c processInputBuffer.
"""

from typing import TYPE_CHECKING

from redproof_server.engine import client_limits, lookup, pausing, transactions
from redproof_server.engine.blocking import Blocking
from redproof_server.engine.client import Client, Clients
from redproof_server.engine.client_limits import OUTPUT_BYTES_PER_TURN
from redproof_server.engine.command import IN_SUBSCRIBED, NO_AUTH, Command, Flag, commands_of, has_any, subcommands_of
from redproof_server.engine.config import Config
from redproof_server.engine.database import Database
from redproof_server.engine.databases_cron import DatabasesCron
from redproof_server.engine.errors import AUTH_REQUIRED, EXEC_ABORT_REASON, CommandError
from redproof_server.engine.events import Event
from redproof_server.engine.hashing import SEED_BYTES, Hashing, seed_of_text
from redproof_server.engine.propagation import Propagation
from redproof_server.engine.pubsub import PubSub
from redproof_server.engine.randomness import RandomSource
from redproof_server.engine.saving import Saving
from redproof_server.engine.stats import Stats, Usage
from redproof_server.engine.values.limits import Limits
from redproof_server.engine.versions import Version
from redproof_server.protocol.fast import BatchReader
from redproof_server.protocol.replies import QUEUED, error
from redproof_server.protocol.requests import Request, RequestLimits, RequestParser
from redproof_server.replication import guards
from redproof_server.replication.state import Replication

if TYPE_CHECKING:
    from redproof_server.scripting.libraries import Libraries
    from redproof_server.scripting.scripts import Scripts


class Server:
    """One server of an emulated version. `random` is the only source of randomness.

    Python finds attributes quickly in objects that have fewer than 30 of them: here are 29.
    """

    def __init__(
        self, version: Version, random: RandomSource, now_ms: int, settings: dict[str, str] | None = None
    ) -> None:
        self.version = version
        self.random = random
        self.now_ms = now_ms
        self.started_ms = now_ms
        self.config = Config(version.number)
        seed_text = (settings or {}).get("hash-seed", "").encode("utf-8", "surrogateescape")
        hash_seed = seed_of_text(seed_text) if seed_text else random.getrandbits(8 * SEED_BYTES).to_bytes(SEED_BYTES)
        self.limits = Limits(
            Hashing(hash_seed),
            version.compact_encoding,
            version.compact_integer_scores,
            version.hash_tables_are_presized,
        )
        self.request_limits = RequestLimits(version.arguments_max, self.config.integer("proto-max-bulk-len"))
        self.notify_events = Event.NONE
        self.databases: list[Database] = []
        for name, value in (settings or {}).items():
            self.config.apply(self, name, value)
        self.run_id = b"%040x" % random.getrandbits(160)
        self.stats = Stats()
        self.usage = Usage()
        self.dirty = 0
        self.sleep_ms = 0
        self.commands = commands_of(version)
        self.subcommands = subcommands_of(version)
        self.clients = Clients()
        self.blocking = Blocking(self)
        self.stopping = False
        self.scripts: Scripts | None = None
        self.libraries: Libraries | None = None
        self.pubsub = PubSub(self)
        self.propagation = Propagation(self)
        self._batches = BatchReader()
        self._writers: dict[Client, None] = {}
        count = self.config.integer("databases")
        self.databases = [Database(self, index) for index in range(count)]
        self.databases_cron = DatabasesCron(self)
        self.replication = Replication(self)
        self.is_guarded = False
        self.saving = Saving(self)
        self.replication.start()

    # What the shell calls.

    def connect(self, address: bytes, now_ms: int) -> Client:
        """A client has connected from `address`."""
        self.now_ms = now_ms
        self.stats.connections_received += 1
        parser = RequestParser(self.request_limits, self._batches)
        client = Client(self, self.clients.next_id(), address, parser)
        self.clients[client.id] = client
        if client_limits.refuse_surplus(self, client):
            self.disconnect(client)
        return client

    def receive(self, client: Client, data: bytes, now_ms: int) -> None:
        """Bytes have come from `client`: run its requests, or those that were left when it was not given data."""
        self.now_ms = client.active_ms = now_ms
        requests = client.parser.receive(data, client.authenticated)
        client.unread_bytes = 0 if requests else client.unread_bytes + len(data)
        if client.pending:
            client.pending += requests
        else:
            client.pending = requests
        if client.wait is None and not client.closing:
            self._run_pending(client)
        if client.unread_bytes or client.pending:
            self._check_input(client, len(data))
        if self.blocking.unblocked:
            self._run_unblocked()
        if self.is_guarded:
            self.before_sleep()

    def before_sleep(self) -> None:
        """What is done once for all that has come at a time (beforeSleep)."""
        self.replication.before_sleep()
        if self.blocking.unblocked:
            self._run_unblocked()

    def _check_input(self, client: Client, added_bytes: int) -> None:
        client.pending_bytes = client.pending_bytes + added_bytes if client.pending else 0
        if client_limits.is_over_input_limit(self, client):
            self.abort(client)

    def check_output(self, client: Client, unsent_bytes: int) -> None:
        """Tell how much a client has not read yet: it is dropped when that is too much."""
        if client_limits.is_over_output_limit(self, client, unsent_bytes):
            self.stats.output_limit_disconnections += 1
            self.abort(client)

    def resume(self, now_ms: int) -> None:
        """Go on after the sleep that `sleep_ms` asked for, or after files were written or read."""
        self.now_ms = now_ms
        self.sleep_ms = 0
        self._run_unblocked()

    def disconnect(self, client: Client) -> None:
        """The client's connection is gone (freeClient)."""
        if client.is_master:
            self.replication.upstream.client_is_gone(client)
        if client.replica is not None:
            self.replication.detach(client)
        self.blocking.unblock(client)
        transactions.unwatch_all(client)
        self.pubsub.unsubscribe_all(client)
        self.clients.pop(client.id, None)
        self._writers.pop(client, None)
        client.pending.clear()
        client.closing = True

    def cron(self, now_ms: int) -> None:
        """Do what is due: waits that end, expiry, resizing and rehashing (serverCron)."""
        self.now_ms = now_ms
        if self.blocking.pauses:
            pausing.end_if_over(self)
        if self.blocking.clients:
            self.expire_waits(now_ms)
        if self.databases_cron.is_paused:
            return
        client_limits.close_idle(self)
        self.replication.cron()
        self.databases_cron.run()
        self.saving.run()
        self._run_unblocked()

    def expire_waits(self, now_ms: int) -> None:
        """Answer the blocked clients whose time is up."""
        self.now_ms = now_ms
        self.blocking.expire_waits()
        self._run_unblocked()

    @property
    def has_effects(self) -> bool:
        """Whether there is more to do than to send the reply: other clients, a sleep, files, a timer or the end."""
        return bool(
            self._writers
            or self.sleep_ms
            or self.saving.effects
            or self.blocking.clients
            or self.replication.upstream.attended
            or self.stopping
        )

    def take_writers(self) -> list[Client]:
        """The clients that were sent something without having asked now, or are to be closed."""
        if not self._writers:
            return []
        writers = list(self._writers)
        self._writers.clear()
        return writers

    # What commands call.

    def push(self, client: Client, reply: bytes) -> None:
        """Send a reply or message to any client."""
        client.output.append(reply)
        self._writers[client] = None

    def announce_output(self, client: Client) -> None:
        """Let the shell see to what there is to be sent to any client."""
        self._writers[client] = None

    def close(self, client: Client) -> None:
        """Close any client once its output is written."""
        client.closing = True
        self._writers[client] = None

    def abort(self, client: Client) -> None:
        """Close any client without writing what it has not read."""
        client.aborting = True
        self.disconnect(client)
        self._writers[client] = None

    def internal_client(self) -> Client:
        """A client without a connection, as which scripts run commands."""
        client = Client(self, 0, b"", RequestParser(self.request_limits))
        client.authenticated = client.deny_blocking = True
        return client

    def notify(self, event_class: Event, event: bytes, key: bytes, db_index: int) -> None:
        """Publish a keyspace event if its class is selected (notifyKeyspaceEvent)."""
        selected = self.notify_events
        if not selected or not selected & event_class:
            return
        if selected & Event.KEYSPACE:
            self.pubsub.publish(b"__keyspace@%d__:%b" % (db_index, key), event)
        if selected & Event.KEYEVENT:
            self.pubsub.publish(b"__keyevent@%d__:%b" % (db_index, event), key)

    def execute(self, client: Client, command: Command, request: Request) -> bytes:
        """Run a command that may run, and return its encoded reply (call)."""
        calls = self.stats.calls
        try:
            calls[command] += 1
        except KeyError:
            calls[command] = 1
        try:
            if self.propagation.sink is not None:
                return self.propagation.run(client, command, request)
            return command.handler(client, request)
        except CommandError as refusal:
            self.stats.count_failure(command, refusal.message)
            return error(refusal.message)

    def find_command(self, request: Request) -> Command:
        """The command or subcommand that a request names (lookupCommand).

        Raises:
            CommandError: there is none.
        """
        return lookup.find_command(self, request)

    def subcommand_syntax(self, request: Request) -> bytes:
        """The error for a subcommand that a running command does not know (addReplySubcommandSyntaxError)."""
        return self.version.subcommand_syntax % lookup.container_words(request)

    # The dispatcher.

    def _run_pending(self, client: Client) -> None:
        """Run the client's requests until it blocks, closes or puts the server to sleep."""
        parser = client.parser
        while client.pending:
            requests, client.pending = client.pending, []
            for position, request in enumerate(requests):
                self.dispatch(client, request)
                if (
                    client.wait is not None
                    or client.closing
                    or self.sleep_ms
                    or client.output_bytes > OUTPUT_BYTES_PER_TURN
                ):
                    self._put_off(client, requests[position + 1 :])
                    return
            if parser.rest and parser.error is None:
                client.pending = parser.receive(b"", client.authenticated)
        if parser.error is not None:
            client.output.append(error(b"ERR Protocol error: " + parser.error.message))
            client.closing = True

    def _put_off(self, client: Client, requests: list[Request]) -> None:
        """Keep the requests that cannot run yet."""
        if client.postponed is not None:
            requests.insert(0, client.postponed)
        client.pending = requests
        if self.sleep_ms:
            self.blocking.unblocked.append(client)

    def _run_unblocked(self) -> None:
        """Let clients that were blocked go on with what they sent meanwhile (processUnblockedClients)."""
        unblocked = self.blocking.unblocked
        while unblocked and not self.sleep_ms:
            client = unblocked.pop(0)
            if client.wait is None and not client.closing:
                self._writers[client] = None
                postponed, client.postponed = client.postponed, None
                if client.is_master:
                    self.replication.upstream.resume(postponed)
                else:
                    self._run_pending(client)

    def dispatch(self, client: Client, request: Request) -> None:
        """Check one request, then run or queue it; the reply goes to the client's output (processCommand)."""
        command = self.commands.get(request[0])
        try:
            if command is None or command.is_container:
                if lookup.speaks_http(request):
                    self.abort(client)
                    return
                command = lookup.find_command(self, request)
            count = len(request)
            if command.arity != count and (command.arity > 0 or count < -command.arity):
                raise CommandError(lookup.wrong_arity(self, command))
            if command.is_protected:
                self._check_protected(command)
            if client.transaction is not None or not client.authenticated or client.is_subscribed or self.is_guarded:
                self._check_state(client, command, request)
                if self.blocking.pauses and pausing.must_wait(self, client, command):
                    pausing.postpone(self, client, request)
                    return
                if client.transaction is not None and not command.skips_queue:
                    if not (client.transaction.aborted or client.is_dirty):
                        client.transaction.queue.append((command, request))
                    client.replies.append(QUEUED)
                    if self.is_guarded:
                        guards.drop_if_answered(client)
                    return
        except CommandError as refusal:
            client.replies.append(self._reject(client, command, refusal.message))
            if self.is_guarded:
                guards.drop_if_answered(client)
            return
        client.last_command = command
        reply = self.execute(client, command, request)
        if reply:
            client.replies.append(reply)
            client.output_bytes += len(reply)
        if self.is_guarded:
            client.write_offset = self.replication.offset
            if reply:
                guards.drop_if_answered(client)
        if self.blocking.ready:
            self.blocking.serve_ready()

    def _check_state(self, client: Client, command: Command, request: Request) -> None:
        if not client.authenticated and not command.flags & NO_AUTH:
            raise CommandError(AUTH_REQUIRED)
        if client.transaction is not None and command.flags & Flag.NO_MULTI:
            raise CommandError(b"ERR Command not allowed inside a transaction")
        flags = guards.flags_of(client, command, request) if self.is_guarded else Flag.NONE
        if self.is_guarded:
            guards.check_saved(client, has_any(flags, Flag.WRITE) or command.name == b"ping")
            guards.check_write(client, flags)
        if client.is_subscribed and client.resp == 2 and not command.flags & IN_SUBSCRIBED:
            raise CommandError(self.version.subscribed_mode % lookup.display_name(self, command))
        if self.is_guarded:
            guards.check_freshness(client, flags)
            guards.check_replica(client, flags)
            self.replication.current_client, self.replication.current_command = client, command

    def refresh_guards(self) -> None:
        """Find out anew whether requests have to be looked at for a pause or a role, and who gets the stream."""
        replication = self.replication
        self.is_guarded = bool(self.blocking.pauses) or replication.is_active or self.saving.has_failed
        self.propagation.sink = replication.sink

    def _check_protected(self, command: Command) -> None:
        if self.version.debug_is_protected and self.config.values["enable-debug-command"] == "no":
            name = command.name.partition(b"|")[0]
            raise CommandError(
                b'ERR %b command not allowed. If the enable-%b-command option is set to "local", you can run it '
                b"from a local connection, otherwise you need to set this option in the configuration file, "
                b"and then restart the server." % (name.upper(), name)
            )

    def _reject(self, client: Client, command: Command | None, message: bytes) -> bytes:
        """Refuse a request, and with it the transaction it belongs to; EXEC ends it, begun or not (rejectCommand)."""
        self.stats.count_rejection(command, message)
        if command is not None and command.name == b"exec":
            transactions.discard(client)
            return error(EXEC_ABORT_REASON % message.removeprefix(b"ERR "))
        if client.transaction is not None:
            client.transaction.aborted = True
        return error(message)
