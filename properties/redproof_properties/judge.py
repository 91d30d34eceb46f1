"""The judge: runs a history on a server and says where the server first does what the model does not allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, pairwise
from typing import TypeAlias

from redproof_model.keyspace.roles import Role
from redproof_model.versions import Version

from redproof_properties.closing import Closing
from redproof_properties.comparison import Comparison
from redproof_properties.conversation import FLUSHALL, Agreed, Conversation
from redproof_properties.divergence import MISSING, Divergence
from redproof_properties.encoding import encode_commands
from redproof_properties.errors import ProtocolError, TargetClosed, TargetError
from redproof_properties.grammar import Argument
from redproof_properties.history import FIRST_CLIENT, Call, History, clients_of
from redproof_properties.sending import BLOCKING, PARTING, PERSONAL, sendable
from redproof_properties.targets import Connection, Target

CONTROL = "control"
_UNDO = {b"MULTI": [b"DISCARD"], b"WATCH": [b"UNWATCH"], b"SELECT": [b"SELECT", b"0"]}
_FORGET = {
    b"EVAL": [b"SCRIPT", b"FLUSH"],
    b"EVAL_RO": [b"SCRIPT", b"FLUSH"],
    b"SCRIPT": [b"SCRIPT", b"FLUSH"],
    b"FUNCTION": [b"FUNCTION", b"FLUSH"],
}
_ACL = frozenset({b"ACL", b"acl"})
Context: TypeAlias = "tuple[Version, Comparison, tuple[int, int], Connection, dict[str, Connection], Agreed | None]"
"""The arguments of a conversation."""
_CHANGES_MORE = _ACL | _FORGET.keys() | PARTING | PERSONAL | _UNDO.keys() | {name.lower() for name in _UNDO}
_LEAVES_A_TRACE = BLOCKING | _CHANGES_MORE


class Judge(Closing):
    """Runs histories on one target, each from an empty keyspace, against the model of `version`.

    Consecutive commands of one client are pipelined. `protocols` gives the RESP version that each client speaks,
    2 for those it does not name. `agreed` is told each command whose reply was allowed. `role` is what the target is
    in replication. Not for use by several threads.
    """

    role: Role = Role.MASTER

    def __init__(
        self,
        target: Target,
        version: Version,
        protocols: Mapping[str, int] | None = None,
        comparison: Comparison = Comparison.EXACT,
        agreed: Agreed | None = None,
    ) -> None:
        self.commands_judged = 0
        self._target = target
        self._version = version
        self._protocols = dict(protocols or {})
        self._comparison = comparison
        self._agreed = agreed
        self._links: dict[str, Connection] = {}
        self._emptying = False
        self._ahead: Conversation | None = None
        self._clock_offset_ms = target.clock_offset_ms()

    def close(self) -> None:
        """Close all connections, when what was sent on them has been executed: it must not follow the next FLUSHALL."""
        # Ctrl-C may come while one is waited for: those before it must not be closed again.
        while self._links:
            with self._links.pop(next(iter(self._links))) as link:
                link.finish()
        self._emptying = False
        self._ahead = None

    def run(self, history: History) -> Divergence | None:
        """Execute the history on the emptied server and give its first divergence, None without one.

        Raises TargetError when the server cannot be reached or emptied before the history starts.
        """
        conversation = self.begin(clients_of(history))
        divergence = conversation.perform(history)
        self.end(conversation, divergence)
        return divergence

    def run_alone(self, history: History) -> Divergence | None:
        """As `run`, on new connections: what a server has left in the old ones plays no part in it."""
        self.close()
        return self.run(history)

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """Execute one history after the other, each as `run` does, and give the first divergence of each.

        The server executes the start of a history while the replies to the one before are judged, where a single
        client sends both and nothing but FLUSHALL has to come between them. If replies then stop in the middle,
        the steps are those of both. A history that only may leave the client blocked, and has not, is judged first.
        """
        survived = (sendable(self._version, history, self.role) for history in histories)
        end: tuple[History, set[Argument] | None] = ((), None)
        named = chain(((history, _names_of_one(history)) for history in survived), [end])
        try:
            for (history, names), (following, names_after) in pairwise(named):
                conversation = self._sent_ahead() or self.begin(clients_of(history))
                may_go_on = names is not None and names_after is not None
                traceless = may_go_on and _LEAVES_A_TRACE.isdisjoint(names or ())
                when_answered = partial(self._send_ahead, following) if traceless else None
                divergence = conversation.perform(history, when_answered)
                if may_go_on and divergence is None and self._ahead is None and _is_clean(conversation):
                    self._send_ahead(following)
                if divergence is not None and divergence.kind == MISSING and self._ahead is not None:
                    divergence.steps += [Call(FIRST_CLIENT, (b"FLUSHALL",)), *following]
                self.end(conversation, divergence)
                yield divergence
        except TargetError:
            self.close()
            raise

    def _send_ahead(self, history: History) -> None:
        ahead = self._conversation({FIRST_CLIENT: self._links[FIRST_CLIENT]})
        # A server that takes nothing is found out where it owes a reply.
        with suppress(TargetError):
            ahead.send_ahead(history)
            self._ahead = ahead

    def _sent_ahead(self) -> Conversation | None:
        """The history that was sent ahead, unless there is none or what it depends on went wrong."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and not ahead.began_empty():
            self.close()
            return None
        return ahead

    def _conversation(self, links: dict[str, Connection]) -> Conversation:
        return Conversation(*self._context(links))

    def _context(self, links: dict[str, Connection]) -> Context:
        """What a conversation between these is told."""
        control = self._links[CONTROL]
        return self._version, self._comparison, self._clock_offset_ms, control, links, self._agreed

    def begin(self, clients: Sequence[str] = (FIRST_CLIENT,)) -> Conversation:
        """Empty the server and let the clients connect, for a history that is made while it runs.

        Raises TargetError when the server cannot be reached or emptied.
        """
        if self._ahead is not None:
            self.close()
        try:
            self._empty()
            self._link(CONTROL).receive()
            self._emptying = False
            links = {name: self._link(name) for name in clients}
        except ProtocolError as error:
            self.close()
            raise ProtocolError(f"{self._target.peer}: FLUSHALL was not answered in RESP: {error}") from error
        except TargetError:
            self.close()
            raise
        return self._conversation(links)

    def end(self, conversation: Conversation, divergence: Divergence | None) -> None:
        """Take leave of a history: leave its connections as new, or close them after a divergence."""
        self.commands_judged += conversation.commands
        self._forget(conversation)
        if divergence is None:
            for name in conversation.clients:
                self._leave_clean(name, conversation)
            if self._ahead is None:
                self._empty()
        else:
            self.close()

    def _forget(self, conversation: Conversation) -> None:
        """Let the server forget what FLUSHALL leaves: scripts, functions and users that the history has made."""
        names = set(chain.from_iterable(conversation.names.values()))
        undoing = [undo for name, undo in _FORGET.items() if name in names or name.lower() in names]
        if not _ACL.isdisjoint(names):
            steps = [*conversation.executed, *conversation.sent]
            users = {step.argv[2] for step in steps if isinstance(step, Call) and _makes_user(step)}
            undoing += [[b"ACL", b"DELUSER", user] for user in users if isinstance(user, bytes)]
        if not undoing:
            return
        control = self._link(CONTROL)
        try:
            control.send(encode_commands(undoing))
            for _ in undoing:
                control.receive()
        except TargetError:
            # A server that has died has forgotten them.
            self._links.pop(CONTROL).close()

    def _empty(self) -> None:
        """Let the server empty itself, unless it has been told to; nobody waits for that before the next history."""
        if not self._emptying:
            self._link(CONTROL).send(FLUSHALL)
            self._emptying = True

    def _link(self, client: str) -> Connection:
        """The client's connection, a new one where the server closed it after the last reply of a history.

        That it closes connections is seen where another command follows.
        """
        link = self._links.get(client)
        if link is not None and client != CONTROL and link.readable():
            link.close()
            link = None
        if link is None:
            link = self._links[client] = self._target.connect(self._protocols.get(client, 2))
        return link

    def _leave_clean(self, client: str, conversation: Conversation) -> None:
        """Undo what a history may have left in a connection, or give it up when it is blocked or has been changed.

        A faulty server may have left more than the model knows of; that must not spoil the next history.
        """
        names = conversation.names.get(client, set())
        if conversation.model.blocks(client) or not PERSONAL.isdisjoint(names):
            self._links.pop(client).close()
            return
        undoing = [undo for name, undo in _UNDO.items() if name in names or name.lower() in names]
        link = self._links[client]
        try:
            if undoing:
                link.send(encode_commands(undoing))
            for _ in undoing:
                link.receive()
        except (TargetClosed, ProtocolError):
            self._links.pop(client).close()


def _makes_user(call: Call) -> bool:
    """Whether the command may make a user, whom its third argument names."""
    return call.argv[0] in _ACL and len(call.argv) > 2 and call.argv[2] != b"default"


def _names_of_one(history: History) -> set[Argument] | None:
    """The names of the commands of a history of which the first client sends all, else None."""
    calls = [step for step in history if type(step) is Call and step.client == FIRST_CLIENT]
    return {call.argv[0] for call in calls} if calls and len(calls) == len(history) else None


def _is_clean(conversation: Conversation) -> bool:
    """Whether the only client's connection is as new: it does not wait, and nothing else could have left a trace."""
    names = conversation.names[FIRST_CLIENT]
    return _CHANGES_MORE.isdisjoint(names) and not conversation.model.blocks(FIRST_CLIENT)
