"""The command line of the bundled server: `python -m redproof_server --port 6379`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from itertools import pairwise
from pathlib import Path
from random import SystemRandom

from redproof_server import (
    commands,  # noqa: F401  (fills the command table)
    sentinel_shell,
)
from redproof_server.engine.config import Config
from redproof_server.engine.parameters import InvalidValueError
from redproof_server.engine.versions import VERSIONS, Version
from redproof_server.persistence.rdb_reading import CorruptRdbError
from redproof_server.sentinel.statements import StatementError
from redproof_server.shell import Shell, serve

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 6379


def argument_parser() -> argparse.ArgumentParser:
    """The options; every configuration parameter of Redis is one more."""
    parser = argparse.ArgumentParser(
        prog="redproof_server",
        description="redproof's bundled server.",
        epilog="Any parameter that CONFIG GET shows can be given too, as in --hash-max-listpack-entries 8.",
    )
    parser.add_argument("--port", type=int, help="0 for any free port; 6379 unless given, 26379 for a Sentinel")
    parser.add_argument("--host", default=DEFAULT_HOST, help="address to listen on")
    parser.add_argument("--sentinel", type=Path, metavar="CONFIG", help="be a Sentinel with this configuration file")
    parser.add_argument("--emulate", choices=sorted(VERSIONS), default="7.0", help="version of Redis to emulate")
    parser.add_argument("--seed", type=int, help="seed of all randomness, hashing included")
    return parser


def read_settings(words: list[str], version: Version) -> dict[str, str]:
    """The configuration parameters among the command line's words.

    Raises:
        ValueError: a parameter is unknown, has no value or an invalid one.
    """
    config = Config(version.number)
    settings: dict[str, str] = {}
    if words and not words[0].startswith("--"):
        raise ValueError(f"unknown option {words[0]}")
    for option, values in _options(words):
        name = option.removeprefix("--").lower()
        if name not in config.rows:
            raise ValueError(f"unknown option {option}")
        if not values:
            raise ValueError(f"--{name} needs a value")
        text = " ".join(values)
        try:
            settings[name] = config.parse(name, text)
        except InvalidValueError as invalid:
            raise ValueError(f"invalid value for --{name}: {text} ({invalid.reason})") from None
    return settings


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each option with the words up to the next: `--replicaof` has two (server.c main)."""
    starts = [at for at, word in enumerate(words) if word.startswith("--")]
    for start, end in pairwise([*starts, len(words)]):
        yield words[start], words[start + 1 : end]


def event_loop_runner() -> Callable[[Coroutine[object, object, None]], None]:
    """uvloop's runner where it is installed, else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


async def serve_until_signal(shell: Shell) -> None:
    """Serve until SIGINT, SIGTERM or SHUTDOWN."""
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, shell.shut_down)
    await serve(shell, announce=True)


class StartError(Exception):
    """A server cannot start with the files that it was given."""


def make_server(options: argparse.Namespace, version: Version, settings: dict[str, str], seed: int) -> Shell:
    """A server that has loaded its RDB file.

    Raises:
        StartError: it cannot be loaded.
    """
    port = DEFAULT_PORT if options.port is None else options.port
    shell = Shell(version, settings, options.host, port, seed)
    try:
        shell.load_file()
    except (OSError, CorruptRdbError) as problem:
        raise StartError(f"cannot load {shell.server.saving.path}: {problem}") from None
    return shell


def make_sentinel(options: argparse.Namespace, version: Version, settings: dict[str, str], seed: int) -> Shell:
    """A Sentinel that has loaded its configuration file; what the command line says counts more.

    Raises:
        StartError: it cannot be loaded.
    """
    path: Path = options.sentinel
    try:
        found = sentinel_shell.read_configuration(path, version)
        found.settings.update(settings)
        port = int(found.settings.get("port", sentinel_shell.DEFAULT_PORT)) if options.port is None else options.port
        return sentinel_shell.SentinelShell(version, options.host, port, seed, path, found)
    except (OSError, StatementError) as problem:
        raise StartError(f"cannot load {path}: {problem}") from None


def main(argv: list[str] | None = None) -> int:
    """Run the server; 0 after a signal, 2 for a bad command line or file, 3 when it cannot listen."""
    parser = argument_parser()
    options, rest = parser.parse_known_args(argv)
    version = VERSIONS[options.emulate]
    try:
        settings = read_settings(rest, version)
    except ValueError as problem:
        parser.error(str(problem))
    seed = options.seed if options.seed is not None else SystemRandom().getrandbits(64)
    make = make_server if options.sentinel is None else make_sentinel
    try:
        shell = make(options, version, settings, seed)
    except StartError as problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        event_loop_runner()(serve_until_signal(shell))
    except OSError as problem:
        print(f"cannot listen: {problem}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
