"""A history under way on a server: commands out, replies in, each held against the model as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from redproof_model.choice import BLOCKED, SILENT, Choice, Expected
from redproof_model.keyspace.known import knows
from redproof_model.keyspace.model import Model
from redproof_model.reply import OK, Reply, project
from redproof_model.versions import Version

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence, found
from redproof_properties.encoding import encode, encode_command
from redproof_properties.errors import TargetClosed, TargetDied, TargetSilent
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, Expire, History, Sleep, Step
from redproof_properties.targets import Connection

_BLOCKING_NAMES = b"BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP XREAD XREADGROUP".split()
BLOCKING = frozenset({*_BLOCKING_NAMES, *(name.lower() for name in _BLOCKING_NAMES)})
_LISTENING_NAMES = (b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE", b"UNSUBSCRIBE", b"PUNSUBSCRIBE", b"SUNSUBSCRIBE")
_CLIENT = frozenset({b"CLIENT", b"client"})
_LOGIN = frozenset({b"HELLO", b"AUTH", b"hello", b"auth"})
_LISTENING = _CLIENT.union(_LISTENING_NAMES, (name.lower() for name in _LISTENING_NAMES))
_SCRIPTED_NAMES = (b"EVAL", b"EVAL_RO", b"SCRIPT", b"FUNCTION")
_SCRIPTED = frozenset({*_SCRIPTED_NAMES, *(name.lower() for name in _SCRIPTED_NAMES)})
PERSONAL = _LISTENING | _LOGIN | {b"RESET", b"reset"}
"""What changes a connection itself: a history gives its connection up after these."""
PARTING = frozenset({b"QUIT", b"quit"})
_LIMITED = frozenset({b"GET", b"SET", b"DEL", b"MGET", b"PUBLISH", b"PING", b"AUTH"})
"""What a client sends that is another user than the default one: what the model knows the permissions of."""
_ALONE = BLOCKING | PARTING | _CLIENT | _LOGIN
"""What is sent without others: a server from Redis 7.2 on drops a refused AUTH's reply when one before it waits."""
_UNHEARD = _CLIENT | {b"SET", b"GET", b"RPUSH", b"PING", b"SELECT", b"PUBLISH", b"SUBSCRIBE", b"PSUBSCRIBE", b"RESET"}
"""What a client sends whose replies are off: nothing in which the server has a choice, of which nobody would hear."""
_SCANS = frozenset({b"SCAN", b"HSCAN", b"SSCAN", b"ZSCAN"})
_REMEMBERED = _SCANS | {b"DUMP", b"XADD", b"CLIENT"}
_NOTHING_SEEN: Mapping[Seen, bytes] = {Seen.CURSOR: b"0", Seen.DUMP: b"", Seen.ID: b"0-1", Seen.CLIENT: b"0"}
_ANY_REPLY = "a reply"
Agreed: TypeAlias = "Callable[[list[bytes], Reply | None], None]"
"""Told a command as it was sent, and the reply; None while its client is blocked."""
FLUSHALL: Final = encode_command([b"FLUSHALL"])
_LONGEST_WAIT_MS = 1000


class _Sent(NamedTuple):
    """Commands on their way, as drawn and as sent, and the earliest time at which the server executes the first."""

    batch: list[Call]
    argvs: list[list[bytes]]
    low_ms: int


class Conversation:
    """A history under way on a server that was empty when it started.

    `executed` is how far it has come, and `sent` what was sent last, of which the server executes what follows a
    divergence as well.
    """

    def __init__(
        self,
        version: Version,
        comparison: Comparison,
        clock_offset_ms: tuple[int, int],
        control: Connection,
        links: dict[str, Connection],
        agreed: Agreed | None = None,
    ) -> None:
        self.model = Model(version)
        self.commands = 0
        self._comparison = comparison
        self._agreed = agreed
        self._control = control
        self._offset_low_ms, self._offset_high_ms = clock_offset_ms
        self._links = links
        self._blocked: dict[str, Call] = {}
        self._gone: set[str] = set()
        self._listens = False
        self._personal = False
        self.executed: list[Step] = []
        self.sent: Sequence[Call] = ()
        self._seen = dict(_NOTHING_SEEN)
        self._ahead: _Sent | None = None
        for name, link in links.items():
            self.model.connect(name, link.resp)

    @property
    def clients(self) -> Sequence[str]:
        """The names of the clients that take part and have not quit."""
        return [name for name in self._links if name not in self._gone]

    def send_ahead(self, history: History) -> None:
        """Empty the server and send the first commands of this one client's history, which `perform` will go on with.

        Raises TargetError when the server takes nothing.
        """
        first = history[0]
        assert isinstance(first, Call)
        self._ahead = self._send(_batch(history, first, 1), FLUSHALL)

    def began_empty(self) -> bool:
        """Whether what comes first after `send_ahead` is that the server is empty, and not an unasked reply.

        True when nothing comes: that is seen again where the first reply is missing.
        """
        try:
            return all(link.receive() == OK for link in self._links.values())
        except (TargetClosed, TargetDied, TargetSilent):
            return True

    def perform(self, history: History, when_answered: Callable[[], None] | None = None) -> Divergence | None:
        """Execute further steps and give the first divergence.

        Commands of a client that is blocked or gone are left out, and those of which nobody could tell the effect, or
        which this server does not survive.
        `when_answered` is called when replies to the last commands have come and have not been looked at.
        """
        history = survivable(self.model.version, history)
        position = 0
        while position < len(history):
            step = history[position]
            position += 1
            divergence = None
            if isinstance(step, Call):
                batch = _batch(history, step, position) if self._ahead is None else self._ahead.batch
                position += len(batch) - 1
                self._look_at(batch)
                if self._personal:
                    batch = [call for call in batch if self._may_send(call)]
                if batch and step.client not in self._blocked and step.client not in self._gone:
                    divergence = self._call(batch, when_answered if position == len(history) else None)
            elif isinstance(step, Sleep):
                self.executed.append(step)
                time.sleep(step.duration_ms / 1000)
            else:
                divergence = self._expire(step)
            if divergence is not None:
                return divergence
        return None

    def _low_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._offset_low_ms

    def _high_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._offset_high_ms

    def _send(self, batch: list[Call], before: bytes = b"") -> _Sent:
        """Send one client's commands in one write."""
        argvs = [[part if isinstance(part, bytes) else self._seen[part] for part in call.argv] for call in batch]
        low_ms = self._low_ms()
        self.sent = batch
        self._links[batch[0].client].send(before + b"".join(map(encode_command, argvs)))
        return _Sent(batch, argvs, low_ms)

    def _call(self, batch: list[Call], when_answered: Callable[[], None] | None) -> Divergence | None:
        """Send the commands, unless they are on their way, then hold each reply against the model as it comes."""
        client = batch[0].client
        link = self._links[client]
        decoder = link.decoder
        may_block = batch[0].argv[0] in BLOCKING or (self._personal and self._may_be_silent(batch[0]))
        expected: Expected | str = _ANY_REPLY
        position = 0
        try:
            sent, self._ahead = self._ahead or self._send(batch), None
            if may_block:
                self._barrier()
            elif not decoder.pending_bytes:
                link.receive_into(decoder)
            high_ms = self._high_ms()
            if when_answered is not None:
                when_answered()
            for position, argv in enumerate(sent.argvs):
                if not decoder.pending_bytes and not may_block:
                    expected = _ANY_REPLY
                    link.receive_into(decoder)
                    high_ms = self._high_ms()
                expected = self.model.step(client, argv, sent.low_ms, high_ms)
                if self._personal:
                    link.resp = self.model.protocol(client)
                divergence = None
                if isinstance(expected, Choice) or not decoder.take_if(encode(expected, link.resp)):
                    divergence = self._compare(link, argv, batch[: position + 1], expected)
                else:
                    self._agree(argv, expected)
                if divergence is None and argv[0] in PARTING:
                    divergence = self._part(batch)
                if divergence is None and (self._blocked or self._listens):
                    divergence = self._deliveries(batch[: position + 1], last=position + 1 == len(batch))
                if divergence is not None:
                    return divergence
        except (TargetClosed, TargetDied, TargetSilent) as failure:
            return self._found(batch[: position + 1], "no reply", expected, None, str(failure))
        self.executed.extend(batch)
        self.commands += len(batch)
        return None

    def _look_at(self, batch: list[Call]) -> None:
        """Notice what is to be watched from now on: messages, and which protocol each client speaks."""
        if not self._listens:
            names = {call.argv[0] for call in batch}
            self._personal = self._personal or not names.isdisjoint(PERSONAL | _SCRIPTED)
            self._listens = not _LISTENING.isdisjoint(names)

    def _may_send(self, call: Call) -> bool:
        """Whether what the command does can be told.

        Not so if replies are off, if that changes in a transaction, if a script is not one that the model knows, or if
        it is not known whether the user may send the command.
        """
        if call.client in self._gone or (call.argv[0] in _SCRIPTED and not knows(call.argv)):
            return False
        if self.model.is_limited(call.client) and call.argv[0] not in _LIMITED:
            return False
        if self.model.is_silent(call.client):
            return call.argv[0] in _UNHEARD
        changes = call.argv[0] in _LOGIN or _is_client_reply(call)
        return not changes or not self.model.in_transaction(call.client)

    def _may_be_silent(self, call: Call) -> bool:
        return _is_client_reply(call) or self.model.is_silent(call.client)

    def _compare(
        self, link: Connection, argv: list[bytes], batch: Sequence[Call], expected: Expected
    ) -> Divergence | None:
        """Take the reply to `argv`, the last command of `batch`, and hold it against what was expected."""
        if expected is BLOCKED:
            self._blocked[batch[-1].client] = batch[-1]
            self._agree(argv, None)
            return None
        if expected is SILENT:
            return None
        if isinstance(expected, Choice):
            reply = link.receive()
            agrees = expected.observe(reply, link.resp)
        elif link.receive_if(encode(expected, link.resp)):
            reply, agrees = expected, True
        else:
            reply, expected = link.receive(), project(expected, link.resp)
            agrees = self._comparison.same_error(expected, reply)
        if not agrees:
            return self._found(batch, "reply", expected, reply)
        self._agree(argv, reply)
        return None

    def _agree(self, argv: list[bytes], reply: Reply | None) -> None:
        """Keep what the reply to `argv`, which is allowed, tells for later commands."""
        if argv[0] in _REMEMBERED:
            self._remember(argv, reply)
        if self._agreed is not None:
            self._agreed(argv, reply)

    def _remember(self, argv: list[bytes], reply: Reply | None) -> None:
        name = argv[0]
        if name == b"CLIENT" and isinstance(reply, int) and argv[1].upper() == b"ID":
            self._seen[Seen.CLIENT] = b"%d" % reply
        elif name == b"DUMP" and isinstance(reply, bytes):
            self._seen[Seen.DUMP] = reply
        elif name == b"XADD" and isinstance(reply, bytes):
            self._seen[Seen.ID] = reply
        elif name in _SCANS and isinstance(reply, list) and isinstance(reply[0], bytes):
            self._seen[Seen.CURSOR] = reply[0]

    def _barrier(self) -> None:
        """Come back when the server has executed what was sent before.

        Two round trips: the first may share a turn of the server's event loop with what was sent.
        """
        for _ in range(2):
            self._control.call(b"PING")

    def _part(self, batch: Sequence[Call]) -> Divergence | None:
        """See that the server closes the connection of a client that has quit."""
        client = batch[-1].client
        try:
            reply = self._links[client].receive()
        except TargetClosed:
            self.model.disconnect(client)
            self._gone.add(client)
            return None
        except TargetSilent as failure:
            return self._found(batch, "no reply", "the end of the connection", None, str(failure))
        return self._found(batch, "unasked reply", "the end of the connection", reply)

    def _deliveries(self, batch: Sequence[Call], last: bool) -> Divergence | None:
        """Hold against the model what clients got apart from replies after a command, the `last` of those sent or not.

        Where it is not certain that a client gets something, what comes may be due to a later command: then it is
        looked for when all have been executed. So is what a client gets that should get nothing.
        """
        receivers = self.model.receivers()
        if last and (self._listens or not all(receivers.values())):
            self._barrier()
        for client in self.clients if self._listens else list(self._blocked):
            while receivers.get(client) or (last and (client in receivers or self._links[client].readable())):
                kind = "reply" if client in receivers else "unasked reply"
                divergence = self._delivery(client, batch, receivers.get(client, False), kind)
                if divergence is not None:
                    return divergence
                receivers = self.model.receivers()
        return None

    def _delivery(self, client: str, batch: Sequence[Call], certain: bool, kind: str) -> Divergence | None:
        """Hold against the model what a client got next; wait for it if it is certain to get something."""
        link = self._links[client]
        expected: Choice | str = self.model.expected_delivery(client) or BLOCKED
        try:
            reply = link.receive() if certain or link.readable() else None
        except (TargetClosed, TargetDied, TargetSilent) as failure:
            return self._found(batch, "no reply", expected, None, str(failure))
        if not self.model.deliver(client, reply, link.resp, self._high_ms()):
            return self._found(batch, kind, expected, reply)
        if reply is not None and client in self._blocked and not self.model.blocks(client):
            del self._blocked[client]
        return None

    def _expire(self, step: Expire) -> Divergence | None:
        """Wait until a blocked client's time is up, unless that is far away; the barrier lets the server notice."""
        if step.client not in self._blocked:
            return None
        now_ms, deadline_ms = self._low_ms(), self.model.deadline_ms(step.client)
        if deadline_ms is None or deadline_ms > now_ms + _LONGEST_WAIT_MS:
            return None
        time.sleep(max(deadline_ms + 1 - now_ms, 0) / 1000)
        self._barrier()
        blocked = self._blocked[step.client]
        divergence = self._delivery(step.client, [blocked], certain=True, kind="reply")
        if divergence is not None:
            divergence.steps = [*self.executed, step]
        self.executed.append(step)
        return divergence

    def _found(
        self,
        batch: Sequence[Call],
        kind: str,
        expected: Expected | str,
        reply: Reply | None,
        failure: str | None = None,
    ) -> Divergence:
        divergence = found(batch[-1].name, kind, expected, reply, [*self.executed, *batch])
        if failure is not None:
            divergence.actual = failure
        divergence.clients = {name: link.resp for name, link in self._links.items()}
        divergence.model = self.model.version.name
        self.commands += len(batch)
        return divergence


def _is_client_reply(call: Call) -> bool:
    """Whether the command may turn replies off."""
    match call.argv:
        case [bytes(name), bytes(subcommand), *_]:
            return name in _CLIENT and subcommand.upper() == b"REPLY"
    return False


def survivable(version: Version, history: History) -> History:
    """The history without what ends a server of this version."""
    if not version.fatal:
        return history
    return [step for step in history if not isinstance(step, Call) or version.survives(step.argv)]


def _batch(history: History, first: Call, position: int) -> list[Call]:
    """The commands from `first` on that can be sent in one write; `position` is where the history goes on.

    It ends before another client's, before one that may block or ends the connection, and before one with an argument
    that a reply to a command of the batch may tell.
    """
    batch = [first]
    if first.argv[0] in _ALONE:
        return batch
    tells = first.argv[0] in _REMEMBERED
    for step in islice(history, position, None):
        if not isinstance(step, Call) or step.client != first.client or step.argv[0] in _ALONE:
            break
        if tells and step.unresolved:
            break
        tells = tells or step.argv[0] in _REMEMBERED
        batch.append(step)
    return batch
