"""The command line `redproof`."""

from __future__ import annotations

import sys
import traceback
import warnings
from importlib import import_module
from importlib.metadata import version
from types import TracebackType
from typing import Any, Final, TextIO

import click
from redproof_properties.errors import RedproofError

from redproof_reports.text import printable

HARNESS_FAILED: Final = 3
COMMANDS: Final = (
    "check",
    "fuzz",
    "compare",
    "failover",
    "matrix",
    "diff",
    "replay",
    "shrink",
    "report",
    "serve",
    "prove",
    "explore",
    "simulate",
)


class _Commands(click.Group):
    """Commands, each loaded when it is called, whose failures end with a sentence and the exit code promised."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a module of the same name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"redproof_reports.commands.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; being interrupted, and files that cannot be written, are failures of the harness."""
        try:
            return super().invoke(ctx)
        except RedproofError as error:
            _say(str(error))
            return ctx.exit(error.exit_code)
        except OSError as error:
            _say(str(error))
            return ctx.exit(HARNESS_FAILED)
        except KeyboardInterrupt:
            _say("interrupted")
            return ctx.exit(HARNESS_FAILED)


def _say(message: str) -> None:
    click.echo("redproof: " + "\n".join(map(printable, message.splitlines())), err=True)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 nothing new, 1 a divergence or a broken claim, 2 bad usage, 3 the target, the harness or a "
    "solver failed.",
)
@click.version_option(version("redproof"), prog_name="redproof")
def main() -> None:
    """Check servers of the Redis family against an executable model of what a correct server may do.

    \b
    redproof check redis                          judge the real Redis that comes with redproof[real]
    redproof check redis://127.0.0.1:6379         judge a server of yours, which must be empty
    redproof fuzz redis --commands 1000000        judge many generated commands
    redproof replay RECORD --target redis         see whether a divergence is still there
    redproof prove --all                          prove what the model's systems claim
    """
    sys.excepthook = _report_fault
    warnings.showwarning = _show_warning


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as a sentence (warnings.showwarning tells where in the code as well)."""
    _say(f"note: {message}")


def _report_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End with 3 on a fault of redproof's own, which Python would end with 1, the code of a divergence."""
    traceback.print_exception(kind, error, trace)
    _say("this is a fault of redproof, not of the server; please report the lines above")
    raise SystemExit(HARNESS_FAILED)
