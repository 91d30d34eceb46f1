"""Libraries of functions: which are loaded, what they replace, and what calling one does."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, observe
from redproof_model.keyspace.libraries import BROKEN_LIBRARIES, LIBRARIES
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, OK, Error, Reply
from redproof_model.versions import REDIS_7_0, VALKEY_9_1, Version

TEXTS = {(library.name, library.function): text for text, library in LIBRARIES.items()}
CALLS = TEXTS[(b"one", b"f")]
CATCHES = TEXTS[(b"one", b"g")]
ALSO_G = TEXTS[(b"two", b"g")]
READS = TEXTS[(b"two", b"r")]
LOAD = [b"FUNCTION", b"LOAD"]


def after(*commands: list[bytes], version: Version = REDIS_7_0) -> object:
    model = Model(version)
    model.connect("A")
    reply: object = None
    for argv in commands:
        reply = model.step("A", argv, 0, 0)
    return reply


@pytest.mark.parametrize(
    ("commands", "reply"),
    [
        ([[*LOAD, CALLS]], b"one"),
        ([[*LOAD, CALLS], [*LOAD, CATCHES]], Error(b"ERR Library 'one' already exists")),
        ([[*LOAD, CALLS], [*LOAD, b"REPLACE", CATCHES]], b"one"),
        ([[*LOAD, CATCHES], [*LOAD, ALSO_G]], Error(b"ERR Function g already exists")),
        ([[*LOAD, CALLS], [*LOAD, ALSO_G], [*LOAD, b"REPLACE", CATCHES]], Error(b"ERR Function g already exists")),
        ([[*LOAD, b"OVER", CALLS]], Error(b"ERR Unknown option given: OVER")),
        ([[*LOAD, b"a\r\nb", CALLS]], Error(b"ERR Unknown option given: a  b")),
        ([[*LOAD, b"a \n\r\n", CALLS]], Error(b"ERR Unknown option given: a ")),
        ([[b"FUNCTION", b"LIST", b"a\nb\r\n"]], Error(b"ERR Unknown argument a b  ")),
        ([[*LOAD, CALLS], [b"FUNCTION", b"DELETE", b"one"]], OK),
        ([[b"FUNCTION", b"DELETE", b"one"]], Error(b"ERR Library not found")),
        ([[*LOAD, CALLS], [b"FCALL", b"F", b"0", b"GET", b"k"]], NULL),
        ([[*LOAD, CALLS], [b"FUNCTION", b"FLUSH"], [b"FCALL", b"f", b"0"]], Error(b"ERR Function not found")),
        ([[*LOAD, CALLS], [*LOAD, b"REPLACE", CATCHES], [b"FCALL", b"f", b"0"]], Error(b"ERR Function not found")),
        ([[*LOAD, CALLS], [b"FCALL", b"f", b"x"]], Error(b"ERR Bad number of keys provided")),
        ([[*LOAD, CALLS], [b"FCALL_RO", b"f", b"0", b"GET", b"k"]],
         Error(b"ERR Can not execute a script with write flag using *_ro command.")),
        ([[*LOAD, READS], [b"FCALL_RO", b"r", b"0", b"GET", b"k"]], NULL),
        *(([[*LOAD, text]], Error(error)) for text, error in BROKEN_LIBRARIES.items()),
    ],
)  # fmt: skip
def test_reply(commands: list[list[bytes]], reply: Reply) -> None:
    assert after(*commands) == reply


@pytest.mark.parametrize(("version", "where"), [(REDIS_7_0, b"r, on"), (VALKEY_9_1, b"on")])
def test_a_function_for_reading_does_not_write(version: Version, where: bytes) -> None:
    refusal = b"ERR Write commands are not allowed from read-only scripts. script: %b @user_function:2." % where
    assert after([*LOAD, READS], [b"FCALL", b"r", b"0", b"SET", b"k", b"v"], version=version) == Error(refusal)


def test_the_list_has_each_library_once_in_any_order() -> None:
    model = Model(REDIS_7_0)
    model.connect("A")
    for text in (CALLS, ALSO_G):
        model.step("A", [*LOAD, text], 0, 0)
    one: list[Reply] = [b"library_name", b"one", b"engine", b"LUA", b"functions",
                        [[b"name", b"f", b"description", NULL, b"flags", []]]]  # fmt: skip
    two: list[Reply] = [b"library_name", b"two", b"engine", b"LUA", b"functions",
                        [[b"name", b"g", b"description", NULL, b"flags", []]]]  # fmt: skip
    for reply, allowed in (([one, two], True), ([two, one], True), ([one], False), ([one, one], False)):
        expected = model.step("A", [b"FUNCTION", b"LIST"], 0, 0)
        assert isinstance(expected, Choice)
        assert observe(expected, list(reply), 2) is allowed
