"""The model read as a server is: a connection whose other end is a copy of it."""

from __future__ import annotations

import copy
import time
from collections import deque
from typing import Final

from redproof_model.choice import Choice
from redproof_model.keyspace.model import Model
from redproof_model.reply import Reply, project
from redproof_properties.replication.data.dataset import Dataset, read_dataset
from redproof_properties.resp import Decoder
from redproof_properties.targets import Connection

READER: Final = "reader"
_DATABASES: Final = 16


class ModelConnection(Connection):
    """Sends to a copy of a model and receives one of the replies that it allows; the model stays as it is."""

    def __init__(self, model: Model) -> None:
        self.peer = "the model"
        self._model = copy.deepcopy(model)
        self._model.connect(READER)
        self._requests = Decoder()
        self._replies: deque[Reply] = deque()

    def close(self) -> None:
        """Nothing is held."""

    def send(self, data: bytes) -> None:
        """Let the model execute these commands."""
        self._requests.feed(data)
        while isinstance(argv := self._requests.next_reply(), list):
            words = [word for word in argv if isinstance(word, bytes)]
            self._replies.append(self._keyspace() if words == [b"INFO", b"keyspace"] else self._execute(words))

    def receive(self) -> Reply:
        """The next reply."""
        return self._replies.popleft()

    def _execute(self, argv: list[bytes]) -> Reply:
        now_ms = time.time_ns() // 1_000_000
        expected = self._model.step(READER, argv, now_ms, now_ms)
        if not isinstance(expected, Choice):
            return project(expected, 2)
        reply = project(expected.example(), 2)
        expected.observe(reply, 2)
        return reply

    def _keyspace(self) -> Reply:
        """What INFO tells of each database that holds keys; the model tells only of one by DBSIZE."""
        lines = []
        for database in range(_DATABASES):
            self._execute([b"SELECT", b"%d" % database])
            number = self._execute([b"DBSIZE"])
            if isinstance(number, int) and number:
                lines.append(b"db%d:keys=%d\r\n" % (database, number))
        self._execute([b"SELECT", b"0"])
        return b"# Keyspace\r\n" + b"".join(lines)


def read_model(model: Model, without: frozenset[bytes]) -> Dataset:
    """Everything that the model holds, as `read_dataset` gives it. Raises TargetError where it cannot be read."""
    return read_dataset(ModelConnection(model), without)
