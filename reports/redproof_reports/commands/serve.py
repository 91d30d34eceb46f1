"""`redproof serve`: the bundled server in place of this process."""

from __future__ import annotations

import os
import sys

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="The port to listen on; 0 for any that is free.  [default: 6379, or 26379]",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--emulate", default="7.0", show_default=True, help="The version of Redis to behave as: 6.2 or 7.0.")
@click.option("--sentinel", metavar="CONFIG", help="Be a Sentinel, with this configuration file.")
@click.argument("settings", nargs=-1, type=click.UNPROCESSED)
def serve(port: int | None, host: str, emulate: str, sentinel: str | None, settings: tuple[str, ...]) -> None:
    """Start the bundled server.

    SETTINGS are further parameters by the names they have in CONFIG GET.

    \b
    redproof serve --port 6379 --emulate 6.2
    redproof serve --port 0 --hash-max-listpack-entries 8
    redproof serve --sentinel sentinel.conf
    """
    where = ["--host", host, "--emulate", emulate]
    where += [] if port is None else ["--port", str(port)]
    where += [] if sentinel is None else ["--sentinel", sentinel]
    os.execv(sys.executable, [sys.executable, "-m", "redproof_server", *where, *settings])
