"""Strings."""

from __future__ import annotations

from redproof_properties.grammar import VALUE, Command, key

STRING = key("string")

COMMANDS = (
    Command("GET", STRING),
    Command("SET", STRING, VALUE),
)
