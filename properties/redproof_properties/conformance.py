"""A kit for whoever adds a kind of target: what the properties rely on, as tests.

Subclass `TargetConformance` in a test module, name the subclass `Test…`, and override `make_target`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest
from redproof_model.reply import OK, Error, Map, Null, Status

from redproof_properties.encoding import encode, encode_command
from redproof_properties.errors import TargetRefused, TargetSilent, TargetUnreachable, UsageError
from redproof_properties.resp import Decoder
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.process import ProcessTarget

LARGE_BYTES: Final = 100_000
LARGE_COMMANDS: Final = 100
SMALL_COMMANDS: Final = 20_000
EVERY_BYTE: Final = bytes(range(256)) + b"\r\n$-1\r\n\x00"
SILENT_MS: Final = 100


def _need(target: Target, capability: str) -> None:
    if not getattr(target.capabilities, capability):
        pytest.skip(f"{target.spelling}: not {capability}")


def _process(target: Target) -> ProcessTarget:
    if not isinstance(target, ProcessTarget):
        pytest.skip(f"{target.spelling}: not a process of this machine")
    return target


class TargetConformance:
    """The tests; each starts its own target, on which nothing has been done yet."""

    def make_target(self) -> Target:
        """Give a target that has not been started."""
        raise NotImplementedError

    @pytest.fixture
    def target(self) -> Iterator[Target]:
        """A started target."""
        with self.make_target() as started:
            yield started

    def test_starts_empty_and_tells_what_it_is(self, target: Target) -> None:
        with target.connect() as connection:
            assert connection.call("PING") == Status(b"PONG")
            assert connection.call("DBSIZE") == 0
        assert target.version.family
        assert target.version.number > (0, 0, 0)
        assert str(target.version) in target.describe()
        assert target.databases_used in target.describe()

    def test_speaks_both_protocols(self, target: Target) -> None:
        with target.connect(resp=2) as old, target.connect(resp=3) as new:
            assert old.call("GET", "absent") is Null.BULK
            assert new.call("GET", "absent") is Null.RESP3
            assert isinstance(new.call("HELLO"), Map)

    def test_gives_many_connections_at_once_and_again_after_closing(self, target: Target) -> None:
        connections = [target.connect() for _ in range(50)]
        for connection in connections:
            assert connection.call("PING") == Status(b"PONG")
            connection.close()
        with target.connect() as again:
            assert again.call("PING") == Status(b"PONG")

    def test_returns_error_replies_and_keeps_the_connection(self, target: Target) -> None:
        with target.connect() as connection:
            assert isinstance(connection.call("NO-SUCH-COMMAND"), Error)
            assert connection.call("PING") == Status(b"PONG")

    def test_is_binary_safe(self, target: Target) -> None:
        with target.connect() as connection:
            assert connection.call("SET", EVERY_BYTE, EVERY_BYTE) == OK
            assert connection.call("GET", EVERY_BYTE) == EVERY_BYTE
            assert connection.call("SET", b"", b"") == OK
            assert connection.call("GET", b"") == b""

    def test_large_pipeline_both_ways_does_not_deadlock(self, target: Target) -> None:
        payload = os.urandom(LARGE_BYTES)
        self._pipeline(target, encode_command([b"ECHO", payload]), encode(payload, 2), LARGE_COMMANDS)

    def test_pipeline_of_many_small_commands(self, target: Target) -> None:
        self._pipeline(target, encode_command([b"PING"]), b"+PONG\r\n", SMALL_COMMANDS)

    @staticmethod
    def _pipeline(target: Target, command: bytes, expected: bytes, count: int) -> None:
        decoder = Decoder()
        with target.connect() as connection:
            connection.send(command * count)
            for _ in range(count):
                while (taken := decoder.take_if(expected)) is None:
                    connection.receive_into(decoder)
                assert taken
        assert decoder.pending_bytes == 0

    def test_flush_empties_every_database(self, target: Target) -> None:
        _need(target, "can_flush")
        with target.connect() as connection:
            for database in target.databases:
                assert connection.call("SELECT", database) == OK
                assert connection.call("SET", "key", "value") == OK
            target.flush()
            for database in target.databases:
                assert connection.call("SELECT", database) == OK
                assert connection.call("DBSIZE") == 0

    def test_debug_is_open_where_declared(self, target: Target) -> None:
        _need(target, "can_debug")
        with target.connect() as connection:
            assert connection.call("DEBUG", "SET-ACTIVE-EXPIRE", 1) == OK

    def test_clock_offset_is_a_small_interval(self, target: Target) -> None:
        lowest_ms, highest_ms = target.clock_offset_ms()
        assert lowest_ms <= highest_ms
        assert highest_ms - lowest_ms < 1_000

    def test_restart_gives_a_server_as_declared(self, target: Target) -> None:
        _need(target, "can_restart")
        with target.connect() as connection:
            connection.call("SET", "key", "value")
        target.restart()
        with target.connect() as connection:
            kept = connection.call("GET", "key")
        assert kept == (b"value" if target.capabilities.keeps_data_on_restart else Null.BULK)

    def test_killed_is_unreachable_and_restart_revives(self, target: Target) -> None:
        _need(target, "can_restart")
        target.kill()
        with pytest.raises(TargetUnreachable):
            target.connect()
        target.restart()
        with target.connect() as connection:
            assert connection.call("PING") == Status(b"PONG")

    def test_paused_is_silent_and_resumed_answers(self, target: Target) -> None:
        _need(target, "can_pause")
        with target.connect() as connection:
            target.pause()
            connection.send(encode_command([b"PING"]))
            with pytest.raises(TargetSilent):
                connection.receive_into(connection.decoder, SILENT_MS)
            target.resume()
            assert connection.receive() == Status(b"PONG")

    def test_what_is_not_declared_is_refused(self, target: Target) -> None:
        refused = [
            action
            for declared, action in (
                (target.capabilities.can_restart, target.restart),
                (target.capabilities.owns_process, target.kill),
                (target.capabilities.can_pause, target.pause),
                (target.capabilities.can_pause, target.resume),
                (target.capabilities.can_flush, target.flush),
            )
            if not declared
        ]
        for action in refused:
            with pytest.raises(UsageError):
                action()

    def test_stop_leaves_no_process_and_no_file(self) -> None:
        target = self.make_target()
        with target:
            process = _process(target)
            pid, folder = process.pid, process.place.folder
            assert folder.is_dir()
        assert not folder.exists()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        target.stop()

    def test_may_be_started_again_after_stop(self) -> None:
        target = self.make_target()
        for _ in range(2):
            with target, target.connect() as connection:
                assert connection.call("DBSIZE") == 0
                connection.call("SET", "key", "value")

    def test_leaves_other_peoples_data_alone(self, target: Target) -> None:
        """A URL to a server with keys is refused, and used only when flushing was allowed."""
        url = str(target.address)
        with target.connect() as connection:
            connection.call("SELECT", target.databases[-1])
            connection.call("SET", "precious", "value")
            with pytest.raises(TargetRefused, match="keys=1"):
                parse_target(url).start()
            assert connection.call("GET", "precious") == b"value"
            with parse_target(url, allow_flush=True) as allowed:
                assert allowed.databases
            assert connection.call("DBSIZE") == 0
            with parse_target(url) as empty, empty.connect() as other:
                other.call("SET", "key", "value")
            assert connection.call("DBSIZE") == 0
