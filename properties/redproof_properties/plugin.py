"""The pytest plugin behind `pytest properties`: which servers are judged, how long, from which seed, and what came out.

A property is a test that says in its marker `@pytest.mark.documented("sentence", source="page")` which documented
sentence it checks. It takes the fixture `judged` (a target with its judge), and is run for each target, unless it is
about the model alone.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from redproof_properties.comparison import Comparison
from redproof_properties.errors import RedproofError, TargetUnavailable
from redproof_properties.judged import Judged, NotModelled, version_named
from redproof_properties.run import MODEL, PROFILES, PropertyOutcome, Run, TargetSummary
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.entries import spellings_of

DEFAULT_TARGETS = ("bundled", "redis")
RUN = pytest.StashKey[Run]()
TARGETS = pytest.StashKey[list[Target]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run."""
    group = parser.getgroup("redproof")
    group.addoption(
        "--target",
        action="append",
        dest="targets",
        metavar="TARGET",
        help="a server to judge: bundled, redis, local:PATH, docker:IMAGE, redis://host:port; may be repeated "
        f"(default: {' and '.join(DEFAULT_TARGETS)})",
    )
    group.addoption(
        "--target-file",
        action="append",
        dest="target_files",
        type=Path,
        default=[],
        metavar="FILE",
        help="a TOML file whose tables [targets.NAME] are all judged; may be repeated",
    )
    group.addoption(
        "--require-targets",
        action="store_true",
        help="let the run end with 3 for a target that cannot be had here, instead of skipping its properties",
    )
    group.addoption("--profile", choices=tuple(PROFILES), default="quick", help="how long to look (default: quick)")
    group.addoption("--seed", type=int, default=None, help="repeat the run that printed this seed")
    group.addoption(
        "--comparison",
        choices=[level.value for level in Comparison],
        default=Comparison.EXACT.value,
        help="how strictly error texts are compared (default: exact)",
    )
    group.addoption(
        "--judge-as",
        metavar="VERSION",
        help="the version of the model that judges, such as 7.0 (default: the one that each server tells)",
    )
    group.addoption(
        "--allow-flush", action="store_true", help="let the run empty a server given by URL that holds keys"
    )
    group.addoption("--out", type=Path, default=Path(".redproof"), help="where records go (default: .redproof)")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Settle the seed and the profile before Hypothesis reads its own options."""
    config.addinivalue_line(
        "markers",
        "documented(sentence, source): the documented sentence that a property checks; {names} are its parameters",
    )
    config.addinivalue_line("filterwarnings", f"always::{NotModelled.__module__}.{NotModelled.__qualname__}")
    seed = config.getoption("--seed")
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    profile = PROFILES[config.getoption("--profile")]
    config.option.hypothesis_seed = str(seed)
    settings.register_profile(
        f"redproof-{profile.name}",
        max_examples=profile.examples,
        stateful_step_count=profile.steps,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile(f"redproof-{profile.name}")
    config.stash[RUN] = Run(
        profile=profile,
        seed=seed,
        comparison=Comparison(config.getoption("--comparison")),
        out=config.getoption("--out"),
        judge_as=config.getoption("--judge-as"),
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Read the targets and the version; one that is spelled wrong, or cannot be had here, ends the run with 2."""
    config = session.config
    run = config.stash[RUN]
    try:
        spellings = dict.fromkeys(_spellings(config) or DEFAULT_TARGETS)
        if run.judge_as is not None:
            version_named(run.judge_as)
        allow_flush = config.getoption("--allow-flush")
        config.stash[TARGETS] = [parse_target(spelling, allow_flush=allow_flush) for spelling in spellings]
    except RedproofError as error:
        pytest.exit(str(error), returncode=error.exit_code)


def _spellings(config: pytest.Config) -> list[str]:
    """The targets that the options name, those of files last; raises `UsageError` for a bad file."""
    files: list[Path] = config.getoption("target_files")
    return [*(config.getoption("targets") or ()), *(name for path in files for name in spellings_of(path))]


def pytest_report_header(config: pytest.Config) -> str:
    """Say what is judged and how to repeat it."""
    run = config.stash[RUN]
    names = ", ".join(target.spelling for target in config.stash[TARGETS])
    return f"redproof: targets {names}; profile {run.profile.name}; reproduce with --seed {run.seed}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each property of servers once for each target, and one about two of them for each pair.

    The first of a pair is `judged`, of the other the property is given the `other_spelling`; they may be the same.
    """
    targets = metafunc.config.stash[TARGETS]
    names = [target.spelling for target in targets]
    if "judged" in metafunc.fixturenames:
        metafunc.parametrize("judged", targets, ids=names, indirect=True, scope="session")
    if "other_spelling" in metafunc.fixturenames:
        metafunc.parametrize("other_spelling", names)


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run that is under way."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def judged(request: pytest.FixtureRequest) -> Iterator[Judged]:
    """A running target with what judges it; started once for all properties.

    Exit codes: a target that must not be used ends the run with 2, one that fails with 3. The properties of one that
    cannot be had here are skipped with the reason, unless all are required.
    """
    run = request.config.stash[RUN]
    try:
        with request.param as target:
            yield Judged(target, run)
    except TargetUnavailable as error:
        if request.config.getoption("--require-targets"):
            pytest.exit(str(error), returncode=error.exit_code)
        run.summaries[request.param.spelling] = TargetSummary(request.param.spelling, "-", "-")
        pytest.skip(str(error))
    except RedproofError as error:
        pytest.exit(str(error), returncode=error.exit_code)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Say of each target, once it runs, what it is and which databases are used."""
    value = yield
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
    if fixturedef.argname == "judged" and isinstance(value, Judged) and reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{value.target.describe()}")
    return value


def pytest_runtest_call(item: pytest.Item) -> None:
    """Let the divergences that a property finds bear its name."""
    judged = getattr(item, "funcargs", {}).get("judged")
    if judged is not None:
        judged.property_name = _title(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the verdict of each property."""
    report = yield
    marker = item.get_closest_marker("documented")
    target = _target(item)
    _refuse_skip(item, call, report)
    if target is None or (report.when != "call" and report.outcome == "passed"):
        return report
    item.config.stash[RUN].outcomes.append(
        PropertyOutcome(
            name="-".join([item.name.partition("[")[0], *map(str, _parameters(item).values())]),
            title=_title(item),
            source=marker.kwargs["source"] if marker is not None else "",
            target=target,
            outcome=_verdict(call, report),
            reason=_reason(call, report),
            seconds=round(call.duration, 2),
            divergences=_taken(getattr(item, "funcargs", {}).get("judged")),
        )
    )
    return report


def _refuse_skip(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Let a property fail that was skipped for a reason which the target's file does not allow."""
    target = _all_parameters(item).get("judged")
    if report.outcome != "skipped" or not isinstance(target, Target):
        return
    if not target.terms.allow_skip(reason := _reason(call, report)):
        report.outcome = "failed"
        report.longrepr = f"{target.spelling}: its file does not allow to skip for this reason: {reason}"


def _target(item: pytest.Item) -> str | None:
    """What a property is about: the target that it judges, or the model; None for a test that is no property."""
    judged = _all_parameters(item).get("judged")
    if isinstance(judged, Target):
        return judged.spelling
    return MODEL if item.get_closest_marker("documented") is not None else None


def _all_parameters(item: pytest.Item) -> dict[str, object]:
    return dict(getattr(getattr(item, "callspec", None), "params", {}))


def _parameters(item: pytest.Item) -> dict[str, object]:
    """The parameters of a property, but for the target."""
    return {name: value for name, value in _all_parameters(item).items() if name != "judged"}


def _title(item: pytest.Item) -> str:
    """The documented sentence of a property; the name of one that has none."""
    marker = item.get_closest_marker("documented")
    return marker.args[0].format(**_parameters(item)) if marker is not None else item.name


def _verdict(call: pytest.CallInfo[None], report: pytest.TestReport) -> str:
    if report.outcome != "failed":
        return {"passed": "holds", "skipped": "skipped"}[report.outcome]
    return "broken" if call.excinfo is not None and _is_divergence(call.excinfo.value) else "error"


def _is_divergence(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_divergence, error.exceptions))
    return isinstance(error, AssertionError)


def _reason(call: pytest.CallInfo[None], report: pytest.TestReport) -> str:
    if call.excinfo is None:
        return ""
    if report.outcome == "skipped":
        return str(call.excinfo.value.msg) if isinstance(call.excinfo.value, pytest.skip.Exception) else ""
    return str(call.excinfo.value)


def _taken(judged: Judged | None) -> list[str]:
    if judged is None:
        return []
    found = list(dict.fromkeys(judged.broken))
    judged.broken.clear()
    return found


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the run; a run whose only failures are the harness's or the target's ends with 3."""
    run = session.config.stash[RUN]
    run.interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    if any(outcome.target == MODEL for outcome in run.outcomes):
        run.summaries[MODEL] = TargetSummary(MODEL, "-", "-")
    if not run.summaries:
        return
    run.write()
    verdicts = {outcome.outcome for outcome in run.outcomes}
    if exitstatus == pytest.ExitCode.TESTS_FAILED and "error" in verdicts and "broken" not in verdicts:
        session.exitstatus = 3
