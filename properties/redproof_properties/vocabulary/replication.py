"""WAIT and WAITAOF, of clients that nobody answers: how long they wait, what ends it, and where they do not wait."""

from __future__ import annotations

from redproof_model.keyspace.scripts import CALL, PCALL, TELL_ERROR

from redproof_properties.grammar import SEEN_CLIENT, Command, integer, key, maybe, one_of, pool, seq, weighted

STRING = key("string")
REPLICAS = weighted((3, pool(b"0")), (2, integer(-2, 3)), (4, pool(b"1", b"2")))
LOCAL = weighted((6, pool(b"0")), (2, pool(b"1")), (1, integer(-1, 2)))
# So long that no history sees its end, or so short that it is up soon.
TIMEOUT_MS = weighted((4, pool(b"0", b"100000")), (6, pool(b"1", b"2", b"10")), (2, integer(-2, 3)))
CALLED = one_of(seq(pool(b"WAIT"), REPLICAS, TIMEOUT_MS), seq(pool(b"WAITAOF"), LOCAL, REPLICAS, TIMEOUT_MS))

COMMANDS = (
    Command("WAIT", REPLICAS, TIMEOUT_MS, weight=8),
    Command("WAITAOF", LOCAL, REPLICAS, TIMEOUT_MS, weight=8),
    Command("EVAL", pool(CALL, PCALL, TELL_ERROR), pool(b"0"), CALLED, weight=4, calls=["WAIT", "WAITAOF"]),
    Command("MULTI", weight=4),
    Command("EXEC", weight=2),
    Command("DISCARD", weight=1),
    Command("WATCH", STRING, weight=1),
    Command("CLIENT", "ID", weight=3),
    Command("CLIENT", "UNBLOCK", SEEN_CLIENT, maybe(one_of("TIMEOUT", "ERROR")), weight=6),
    Command("SET", STRING, pool(b"a", b"b"), weight=4),
    Command("GET", STRING, weight=2),
    Command("PEXPIRE", STRING, pool(b"1", b"3"), weight=1),
)
