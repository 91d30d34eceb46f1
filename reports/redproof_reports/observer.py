"""The properties run by pytest behind a progress bar, for people who need not know pytest."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pytest
from redproof_properties import plugin
from redproof_properties.errors import RedproofError, TargetError, UsageError
from redproof_properties.judged import Judged, NotModelled
from redproof_properties.run import Run
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from redproof_reports.text import count, printable

SUITE: Final = "redproof_properties.suite"
_ISOLATED: Final = [
    *("-c", os.devnull, "--rootdir", os.curdir, "--import-mode=importlib", "--capture=sys"),
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "hypothesispytest"),
]
"""pytest without the settings and plugins of the folder and the environment it happens to be started in."""

_LOGIN: Final = re.compile(r"//[^@\]]*@")


class Observer:
    """A pytest plugin that chooses properties, shows how far the run is, and keeps what ended it early."""

    def __init__(self, console: Console, groups: Sequence[str]) -> None:
        self.selected = 0
        self.judged = False
        self.failure: RedproofError | None = None
        self._run: Run
        self._console = console
        self._groups = groups
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("properties"),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A suite that cannot be loaded is a fault of the harness."""
        if report.failed:
            self.failure = RedproofError(f"the properties cannot be loaded:\n{report.longreprtext}")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the properties of servers, and of these those of the groups that were asked for."""
        chosen = [item for item in items if "judged" in getattr(item, "fixturenames", ())]
        if self._groups:
            chosen = [item for item in chosen if _group_of(item) in self._groups]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
        self.selected = len(items)

    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Start the bar."""
        self._run = session.config.stash[plugin.RUN]
        if session.items:
            self._bar.add_task("", total=len(session.items))
            self._bar.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Name the property that is judged now."""
        found = count(len(self._run.divergences), "divergence")
        self._bar.update(self._bar.tasks[0].id, description=f"{found}  {_name_of(nodeid)}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a property, and write a line for it where there is no bar to see."""
        if report.when == "call" or report.outcome != "passed":
            self._bar.advance(self._bar.tasks[0].id)
            if not self._console.is_terminal:
                (*_, outcome) = self._run.outcomes
                line = f"{outcome.outcome:<8}{report.duration:6.1f} s  {_name_of(report.nodeid)}"
                self._console.print(Text(line), soft_wrap=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self) -> Generator[None, object, object]:
        """Say of each target, once it runs, what it is and which databases are used."""
        value = yield
        if isinstance(value, Judged):
            self._console.print(Text(printable(value.target.describe())), soft_wrap=True)
        return value

    def pytest_warning_recorded(self, warning_message: object) -> None:
        """Show what the harness has to say about a target."""
        message = getattr(warning_message, "message", None)
        if isinstance(message, NotModelled):
            self._console.print(Text(f"note: {printable(str(message))}"), soft_wrap=True)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep why a run was ended: a target that may not be used, or that failed."""
        if isinstance(excinfo.value, pytest.exit.Exception):
            kind = UsageError if excinfo.value.returncode == UsageError.exit_code else TargetError
            self.failure = kind(excinfo.value.msg)

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Keep a fault of the harness."""
        self.failure = RedproofError(f"the harness failed:\n{excrepr}")
        return True

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Take the bar away, and see whether any target was reached, so that the run is on disk."""
        self.judged = bool(session.config.stash[plugin.RUN].summaries)
        self._bar.stop()


def run_properties(arguments: Sequence[str], observer: Observer) -> int:
    """Run the suite with these arguments of the plugin and return pytest's exit code."""
    with _environment_apart():
        return int(pytest.main([*_ISOLATED, *arguments, "--pyargs", SUITE], plugins=[plugin, observer]))


@contextmanager
def _environment_apart() -> Iterator[None]:
    """No plugins or options that the user's environment has for other test suites."""
    apart = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}
    before = {name: os.environ.get(name) for name in apart}
    os.environ.update(apart)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _group_of(item: pytest.Item) -> object:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("group")


def _name_of(nodeid: str) -> str:
    """The property and its target, without the password that a target's URL may hold."""
    return printable(_LOGIN.sub("//", nodeid.rpartition("::")[2]))
