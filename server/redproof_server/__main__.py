"""The command line of the bundled server: `python -m redproof_server --port 6379`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from random import SystemRandom

from redproof_server import commands  # noqa: F401  (fills the command table)
from redproof_server.engine.config import Config
from redproof_server.engine.parameters import InvalidValueError
from redproof_server.engine.versions import VERSIONS, Version
from redproof_server.shell import Shell, serve


def argument_parser() -> argparse.ArgumentParser:
    """The options; every configuration parameter of Redis is one more."""
    parser = argparse.ArgumentParser(
        prog="redproof_server",
        description="redproof's bundled server.",
        epilog="Any parameter that CONFIG GET shows can be given too, as in --hash-max-listpack-entries 8.",
    )
    parser.add_argument("--port", type=int, default=6379, help="0 for any free port")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
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
    for position in range(0, len(words), 2):
        name = words[position].removeprefix("--").lower()
        if not words[position].startswith("--") or name not in config.rows:
            raise ValueError(f"unknown option {words[position]}")
        if position + 1 == len(words):
            raise ValueError(f"--{name} needs a value")
        try:
            settings[name] = config.parse(name, words[position + 1])
        except InvalidValueError as invalid:
            raise ValueError(f"invalid value for --{name}: {words[position + 1]} ({invalid.reason})") from None
    return settings


def event_loop_runner() -> Callable[[Coroutine[object, object, None]], None]:
    """uvloop's runner where it is installed, else asyncio's."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


async def serve_until_signal(shell: Shell) -> None:
    """Serve until SIGINT or SIGTERM."""
    task = asyncio.ensure_future(serve(shell, announce=True))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def main(argv: list[str] | None = None) -> int:
    """Run the server; 0 after a signal, 2 for a bad command line, 3 when it cannot listen."""
    parser = argument_parser()
    options, rest = parser.parse_known_args(argv)
    version = VERSIONS[options.emulate]
    try:
        settings = read_settings(rest, version)
    except ValueError as problem:
        parser.error(str(problem))
    seed = options.seed if options.seed is not None else SystemRandom().getrandbits(64)
    shell = Shell(version, settings, options.host, options.port, seed)
    try:
        event_loop_runner()(serve_until_signal(shell))
    except OSError as problem:
        print(f"cannot listen: {problem}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
