"""A history under way on a server: commands out, replies in, each held against the model as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from redproof_model.choice import BLOCKED, SILENT, Choice, Expected
from redproof_model.reply import OK, Reply, project
from redproof_model.versions import Version

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import UNANSWERED, Divergence
from redproof_properties.due import Due
from redproof_properties.encoding import FORMS, encode, encode_command
from redproof_properties.errors import ProtocolError, TargetClosed, TargetDied, TargetSilent, UsageError
from redproof_properties.exchange import Exchange
from redproof_properties.grammar import Argument
from redproof_properties.history import Call, Expire, History, Sleep
from redproof_properties.seen import TELLING, SeenReplies
from redproof_properties.sending import (
    BLOCKING,
    LIMITED,
    LOGIN,
    PARTING,
    UNHEARD,
    WATCHED,
    listens,
    may_turn_replies_off,
    pipelined,
    sendable,
)
from redproof_properties.targets import Connection

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


class Conversation(Exchange):
    """A history under way on a server that was empty when it started.

    `sent` is what was sent last, of which the server executes what follows a divergence as well; `names` are the first
    words of all that each client was to send.
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
        super().__init__(version, clock_offset_ms, control, links)
        self._comparison = comparison
        self._agreed = agreed
        self._personal = False
        self._heeds = False
        self._is_alone = False
        self._is_lenient = comparison is not Comparison.EXACT
        self.names: dict[str, set[Argument]] = {}
        self.sent: Sequence[Call] = ()
        self._seen = SeenReplies()
        self._ahead: _Sent | None = None

    def send_ahead(self, history: History) -> None:
        """Empty the server and send the first commands of this one client's history, which `perform` will go on with.

        Raises TargetError when the server takes nothing.
        """
        first = history[0]
        assert isinstance(first, Call)
        self._is_alone = True
        self._ahead = self._send(self._batch(history, first, 1), FLUSHALL)

    def began_empty(self) -> bool:
        """Whether what comes first after `send_ahead` is that the server is empty, and not an unasked reply.

        Not so either when it is no RESP. True when nothing comes: that is seen again where the first reply is missing.
        """
        try:
            return all(link.receive() == OK for link in self._links.values())
        except ProtocolError:
            return False
        except (TargetClosed, TargetDied, TargetSilent):
            return True

    def perform(self, history: History, when_answered: Callable[[], None] | None = None) -> Divergence | None:
        """Execute further steps and give the first divergence.

        Commands of a client that is blocked or gone are left out, and those of which nobody could tell the effect, or
        which this server does not survive.
        `when_answered` is called when replies to the last commands have come and have not been looked at.
        """
        history = sendable(self.model.version, history, self.role)
        self._is_alone = len(self._links) == 1 and {*map(type, history)} == {Call}
        position = 0
        while position < len(history):
            step = history[position]
            position += 1
            divergence = None
            if isinstance(step, Call):
                batch = self._batch(history, step, position) if self._ahead is None else self._ahead.batch
                position += len(batch) - 1
                self._look_at(batch)
                if self._personal:
                    batch = [call for call in batch if self._may_send(call)]
                if batch and step.client not in self._blocked and step.client not in self._gone:
                    divergence = self._call(batch, when_answered if position == len(history) else None)
            elif isinstance(step, Sleep):
                self.executed.append(step)
                time.sleep(step.duration_ms / 1000)
            elif isinstance(step, Expire):
                divergence = self._expire(step)
            else:
                raise UsageError(f"{step.kind} {step.node}: happens to a node of a topology, not to a server alone")
            if divergence is not None:
                return divergence
        return None

    def _batch(self, history: History, first: Call, position: int) -> list[Call]:
        """The commands from `first` on that are sent in one write; `position` is where the history goes on."""
        return pipelined(history, first, position, self._is_alone, self.model.version.fields is not None)

    def _send(self, batch: list[Call], before: bytes = b"") -> _Sent:
        """Send one client's commands in one write."""
        argvs, request = self._seen.resolve(batch)
        low_ms = self._low_ms()
        self.sent = batch
        self._links[batch[0].client].send(before + request)
        return _Sent(batch, argvs, low_ms)

    def _call(self, batch: list[Call], when_answered: Callable[[], None] | None) -> Divergence | None:
        """Send the commands, unless they are on their way, and hold the replies against the model as they come.

        Where the model leaves no choice the bytes of several replies are compared at once. The model executes a command
        when bytes of its reply have come, should the replies before it be as expected.
        """
        client = batch[0].client
        link = self._links[client]
        decoder = link.decoder
        is_quiet = self._personal and self._may_be_silent(batch[0])
        one_by_one = len(batch) == 1 or self._personal or self._listens or bool(self._blocked) or self._is_lenient
        due = Due(batch)
        expected: Expected | str = _ANY_REPLY
        divergence: Divergence | None = None
        try:
            sent, self._ahead = self._ahead or self._send(batch), None
            due.argvs = sent.argvs
            if is_quiet:
                self._barrier()
            step, forms = self.model.step, FORMS[link.resp]
            left_bytes, high_ms = decoder.pending_bytes, self._high_ms()
            for argv in sent.argvs:
                if left_bytes <= 0 and not is_quiet:
                    if (divergence := self._settle(link, due)) is not None:
                        return divergence
                    if not decoder.pending_bytes:
                        expected = _ANY_REPLY
                        self._await(link, argv[0])
                    left_bytes, high_ms = decoder.pending_bytes, self._high_ms()
                if when_answered is not None:
                    when_answered()
                    when_answered = None
                expected = step(client, argv, sent.low_ms, high_ms)
                form = forms.get(type(expected))
                if form is not None and not one_by_one:
                    reply = form(expected)
                    due.expected.append(expected)
                    due.replies.append(reply)
                    left_bytes -= len(reply)
                    continue
                if (divergence := self._settle(link, due) or self._take(link, due, expected)) is not None:
                    return divergence
                if client in self._blocked:
                    break
                # To take a reply may have brought others that were sent later.
                left_bytes, high_ms = decoder.pending_bytes, self._high_ms()
            divergence = self._settle(link, due)
        except UNANSWERED as failure:
            return self._unanswered(due.commands, due.expected[0] if due.expected else expected, failure)
        if divergence is None:
            self.executed.extend(batch[: due.position])
            self.commands += due.position
        return divergence

    def _await(self, link: Connection, name: bytes) -> None:
        """Wait for the reply to a command, or, if it may block, until the server has executed it."""
        if name in BLOCKING:
            self._barrier(link)
        else:
            link.receive_into(link.decoder)

    def _settle(self, link: Connection, due: Due) -> Divergence | None:
        """Take the replies that are due: at once if they are as expected and have come whole, else one by one."""
        if due.take_all(link.decoder, self._agree if self._heeds else None):
            return None
        while due.replies:
            divergence = self._compare(link, due, due.expected[0])
            if divergence is not None:
                return divergence
            due.taken()
        return None

    def _take(self, link: Connection, due: Due, expected: Expected) -> Divergence | None:
        """Hold against the model the next reply and what else clients got after its command."""
        argv = due.argvs[due.position]
        if self._personal:
            link.resp = self.model.protocol(due.batch[0].client)
        divergence = self._compare(link, due, expected)
        if divergence is None and argv[0] in PARTING:
            divergence = self._part(due.commands)
        if divergence is None and (self._blocked or self._listens):
            last = expected is BLOCKED or due.position + 1 == len(due.batch)
            divergence = self._deliveries(due.commands, last)
        due.taken()
        return divergence

    def _look_at(self, batch: Sequence[Call]) -> None:
        """Notice what is to be watched from now on: messages, replies, and which protocol each client speaks."""
        names = {call.argv[0] for call in batch}
        self.names[batch[0].client] = names | self.names.get(batch[0].client, set())
        self._heeds = self._agreed is not None or not TELLING.isdisjoint(names)
        self._listens = self._listens or any(map(listens, batch))
        self._personal = self._personal or self._listens or not WATCHED.isdisjoint(names)

    def _may_send(self, call: Call) -> bool:
        """Whether what the command does can be told.

        Not so if replies are off, if that changes in a transaction, or if it is not known whether the user may send it.
        """
        if call.client in self._gone:
            return False
        if self.model.is_limited(call.client) and call.argv[0] not in LIMITED:
            return False
        if self.model.is_silent(call.client):
            return call.argv[0] in UNHEARD
        changes = call.argv[0] in LOGIN or may_turn_replies_off(call)
        return not changes or not self.model.in_transaction(call.client)

    def _may_be_silent(self, call: Call) -> bool:
        return may_turn_replies_off(call) or self.model.is_silent(call.client)

    def _compare(self, link: Connection, due: Due, expected: Expected) -> Divergence | None:
        """Take the next reply and hold it against what was expected."""
        argv = due.argvs[due.position]
        if expected is BLOCKED:
            call = due.batch[due.position]
            self._blocked[call.client] = call
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
            return self._found(due.commands, "reply", expected, reply)
        self._agree(argv, reply)
        return None

    def _agree(self, argv: list[bytes], reply: Reply | None) -> None:
        """Keep what the reply to `argv`, which is allowed, tells for later commands."""
        if argv[0] in TELLING:
            self._seen.remember(argv, reply)
        if self._agreed is not None:
            self._agreed(argv, reply)

    def _expire(self, step: Expire) -> Divergence | None:
        """Wait until a blocked client's time is up, unless that is far away; the barrier lets the server notice."""
        if step.client not in self._blocked:
            return None
        now_ms, deadline_ms = self._low_ms(), self.model.deadline_ms(step.client)
        if deadline_ms is None or deadline_ms > now_ms + _LONGEST_WAIT_MS:
            return None
        time.sleep(max(deadline_ms + 1 - now_ms, 0) / 1000)
        blocked = self._blocked[step.client]
        try:
            self._barrier()
            divergence = self._delivery(step.client, [blocked], certain=True, kind="reply")
        except UNANSWERED as failure:
            divergence = self._unanswered([blocked], _ANY_REPLY, failure)
        if divergence is not None:
            divergence.steps = [*self.executed, step]
        self.executed.append(step)
        return divergence
