"""Clients of a simulated group: they ask sentinels where the master is, write values to it, wait, and read."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Final

from redproof_model.loss.record import Outcome
from redproof_model.reply import Error, Reply

from redproof_properties.encoding import encode_command
from redproof_properties.failover.record import Read
from redproof_properties.failover.simulated.recorder import Draft, Recorder
from redproof_properties.failover.simulated.stage import Stage
from redproof_properties.resp import Decoder
from redproof_properties.targets.address import TcpAddress

if TYPE_CHECKING:
    from redproof_properties.targets.bundled import Actor, End

VALUES: Final = "values"
PATIENCE_MS: Final = 400
RETRIED_MS: Final = 250
"""How long a client that writes waits before it asks for the master again; most often there is none yet."""

WAIT_EACH: Final = 5
"""Every so many writes a client waits for replicas."""

WAIT_MS: Final = 150
OnReply = Callable[[Reply], None]


class _Client:
    """A client with one connection at a time and one request at a time; it gives up what takes too long."""

    def __init__(
        self, stage: Stage, recorder: Recorder, name: str, number: int, period_ms: int, retried_ms: int
    ) -> None:
        self.name = name
        self.is_over = False
        self._stage = stage
        self._recorder = recorder
        self._period_ms = period_ms
        self._retried_ms = retried_ms
        self._chance = Random(f"{stage.seed} client {name}")
        self._actor: Actor = stage.world.add_actor(name, f"10.0.2.{number}")
        self._end: End | None = None
        self._decoder = Decoder()
        self._on_reply: OnReply | None = None
        self._request = 0

    def begin(self) -> None:
        """Do what the client does, again and again."""
        raise NotImplementedError

    def _later(self, delay_ms: int, act: Callable[[], None]) -> None:
        self._actor.after(delay_ms * 1000, act)

    def _open(self, at: TcpAddress, opened: Callable[[], None]) -> None:
        self._drop()
        self._decoder = Decoder()
        end = self._end = self._stage.world.network.connect(self._actor, at.host, at.port)
        end.received, end.lost = self._received, self._lost
        end.opened = lambda: self._opened(opened)
        self._expect(lambda reply: None)

    def _opened(self, act: Callable[[], None]) -> None:
        self._on_reply = None
        act()

    def _call(self, on_reply: OnReply, *words: str | int) -> None:
        assert self._end is not None
        self._end.send(encode_command([str(word).encode() for word in words]))
        self._expect(on_reply)

    def _expect(self, on_reply: OnReply) -> None:
        self._on_reply = on_reply
        self._request += 1
        number = self._request
        self._later(PATIENCE_MS, lambda: self._give_up(number))

    def _give_up(self, number: int) -> None:
        if number == self._request and self._on_reply is not None:
            self._lost()

    def _received(self, data: bytes) -> None:
        self._decoder.feed(data)
        while self._on_reply is not None and (reply := self._decoder.next_reply()) is not None:
            on_reply, self._on_reply = self._on_reply, None
            on_reply(reply)

    def _lost(self) -> None:
        """The connection is gone, or of no use: begin anew after a while."""
        self._drop()
        self._later(self._retried_ms, self.begin)

    def _drop(self) -> None:
        self._on_reply = None
        self._request += 1
        if self._end is not None:
            self._recorder.forgets(self._end)
            self._end.close()
            self._end = None


class Writer(_Client):
    """A client that appends values of its own to the one list, wherever sentinels say that the master is."""

    def __init__(self, stage: Stage, recorder: Recorder, name: str, number: int, period_ms: int) -> None:
        super().__init__(stage, recorder, name, number, period_ms, RETRIED_MS)
        self._count = 0
        self._node = ""
        self._acknowledged: list[Draft] = []

    def begin(self) -> None:
        """Ask a sentinel for the master."""
        if self.is_over:
            self._drop()
            return
        sentinel = self._chance.choice(self._stage.plan.sentinels).name
        master_name = self._stage.plan.settings.master_name
        ask = lambda: self._call(self._told, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", master_name)  # noqa: E731
        self._open(self._stage.addresses[sentinel], ask)

    def _told(self, reply: Reply) -> None:
        """A sentinel has said where the master is."""
        match reply:
            case [bytes(host), bytes(port)]:
                at = TcpAddress(host.decode(), int(port))
                self._node = self._stage.names[f"{at.host}:{at.port}"]
                self._acknowledged.clear()
                self._open(at, self._write)
            case _:
                self._lost()

    def _write(self) -> None:
        if self.is_over or self._end is None or self._on_reply is not None:
            return
        self._count += 1
        draft = Draft(f"{self.name}-{self._count}", self.name, self._node, self._recorder.now_ms)
        self._recorder.drafts.append(draft)
        self._recorder.open[self._end] = draft
        self._call(self._written, "RPUSH", VALUES, draft.value)

    def _written(self, reply: Reply) -> None:
        assert self._end is not None
        draft = self._recorder.open.pop(self._end)
        draft.returned_at_ms = self._recorder.now_ms
        if isinstance(reply, Error):
            draft.outcome, draft.error = Outcome.FAILED, reply.text.decode()
            self._lost()
            return
        draft.outcome = Outcome.OK
        self._acknowledged.append(draft)
        if self._count % WAIT_EACH or not self._stage.plan.waited_for:
            self._later(self._period_ms, self._write)
        else:
            self._call(self._confirmed, "WAIT", self._stage.plan.waited_for, WAIT_MS)

    def _confirmed(self, reply: Reply) -> None:
        """So many replicas have all that was acknowledged over this connection."""
        if isinstance(reply, int):
            for draft in self._acknowledged:
                draft.confirmed_replicas = max(draft.confirmed_replicas, reply)
        self._later(self._period_ms, self._write)


class Reader(_Client):
    """A client that reads the whole list from one server after the other, whatever their roles."""

    def __init__(self, stage: Stage, recorder: Recorder, name: str, number: int, period_ms: int) -> None:
        super().__init__(stage, recorder, name, number, period_ms, period_ms)
        self._node = ""
        self._sent_at_ms = 0.0

    def begin(self) -> None:
        """Read from a server."""
        if self.is_over:
            self._drop()
            return
        self._node = self._chance.choice(self._stage.plan.servers).name
        self._open(self._stage.addresses[self._node], self._read)

    def _read(self) -> None:
        self._sent_at_ms = self._recorder.now_ms
        self._call(self._have_read, "LRANGE", VALUES, 0, -1)

    def _have_read(self, reply: Reply) -> None:
        assert self._end is not None
        if isinstance(reply, list):
            point = self._recorder.points[self._end]
            self._recorder.reads.append(
                Read(
                    client=self.name,
                    node=self._node,
                    sent_at_ms=self._sent_at_ms,
                    returned_at_ms=self._recorder.now_ms,
                    values=tuple(value.decode() for value in reply if isinstance(value, bytes)),
                    replid=point.replid,
                    offset_bytes=point.offset_bytes,
                )
            )
        self._lost()
