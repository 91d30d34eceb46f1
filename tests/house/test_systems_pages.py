"""What the pages about transition systems quote, count and name is what the systems say."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from contextlib import redirect_stdout
from importlib import import_module
from inspect import getdoc
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from redproof_model.kernel import vocabulary
from redproof_model.kernel.explore import explore
from redproof_model.kernel.mutation import mutant
from redproof_model.kernel.python import compile_predicate, compile_step
from redproof_model.kernel.sorts import Bool, Sort, Value, show_value, values_of
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import variable
from redproof_model.kernel.trace import Trace
from redproof_model.systems import SYSTEMS
from redproof_properties.failover.traces.frequency import Frequency
from redproof_properties.failover.traces.playing import kept_schedules
from redproof_properties.failover.traces.sentinel_playing import AS_THE_SOURCE, DOCUMENTED, GOES_BACK
from redproof_properties.failover.traces.shortest import Saying
from redproof_properties.suite.test_failover_traces import BROKEN_LOCKS, LOST

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "model" / "redproof_model" / "systems"
REHASH_AND_SCAN = (ROOT / "docs" / "rehash-and-scan.md").read_text()
TRANSITION_SYSTEMS = (ROOT / "docs" / "transition-systems.md").read_text()
OF_THE_SOURCE = {"dict_force_resize_ratio"}
"""Names with underscores that are Redis's own."""

ABOUT = ("rehash", "visiting", "scan", "slots")


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading."""
    (table,) = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def proved(name: str) -> System:
    """The form of a system that is proved."""
    make = SYSTEMS[name].proof
    assert make is not None
    return make()


def named(system: System) -> Iterable[str]:
    """The names of all that a system claims, and of its actions."""
    claims = (*system.invariants, *system.properties, *system.witnesses, *system.lemmas)
    for action in system.actions:
        yield action.name
        yield from (claim.name for claim in system.step_claims(action))
    yield from (claim.name for claim in claims)
    yield from (lead.name.partition("(")[0] for lead in system.leads)


def run(*programs: str) -> tuple[dict[str, Any], list[str]]:
    """The names that programs make, one after the other, and the lines that they print."""
    names: dict[str, Any] = {}
    printed = StringIO()
    with redirect_stdout(printed):
        for program in programs:
            exec(compile(program, "transition-systems.md", "exec"), names)
    return names, printed.getvalue().splitlines()


def replayed(system: System, shown: list[str]) -> Trace:
    """A trace that is shown, taken again step by step: of several that are as short a search may find another."""
    first, *steps = shown
    cells = re.findall(r"[^\s=\[\]]+(?=\]| |$)", first.removeprefix("start"))
    states = [tuple(read(each.sort, cell) for each, cell in zip(system.variables, cells, strict=True))]
    assert compile_predicate(system, system.initial)(states[0])
    labels = re.findall(r"^ *\d+  (\S+?(?:\(.*?\))?)  ", "\n".join(steps), re.MULTILINE)
    assert len(labels) == len(steps)
    for label in labels:
        (action,) = (each for each in system.concrete_actions if each.label() == label)
        after = compile_step(system, action)(states[-1])
        assert after is not None, label
        states.append(after)
    return Trace(system, states, labels)


def shows(trace: Trace, name: str) -> bool:
    """Whether a claim of states, or one of steps, is true where the trace ends."""
    system, (*_, before, last) = trace.system, trace.states
    (action,) = (each for each in system.concrete_actions if each.label() == trace.actions[-1])
    of_states = [(each, last) for each in (*system.properties, *system.witnesses) if each.name == name]
    of_steps = [(each, before) for each in system.step_claims(action) if each.name == name]
    ((claim, state),) = of_states + of_steps
    return compile_predicate(system, claim.term)(state)


def read(sort: Sort, text: str) -> Value:
    """The value of a small sort that is shown so."""
    (value,) = (value for value in values_of(sort) if show_value(sort, value) == text)
    return value


def test_quoted_lines_are_in_the_systems() -> None:
    sources = "\n".join(path.read_text() for path in MODULES.glob("scan/*.py"))
    *_, measure, leads_to = blocks(TRANSITION_SYSTEMS, "python")
    for block in (*blocks(REHASH_AND_SCAN, "python"), measure, leads_to):
        assert block.strip() in sources or textwrap.indent(block, "    ") in sources, block


def test_the_lock_is_proved_as_shown() -> None:
    lock, proof, *_ = blocks(TRANSITION_SYSTEMS, "python")
    shown, *_ = blocks(TRANSITION_SYSTEMS, "text")
    _, printed = run(lock, proof)
    assert printed == shown.splitlines()


@pytest.mark.parametrize("is_broken", [False, True])
def test_the_lock_is_explored_as_shown(is_broken: bool) -> None:
    lock, _, exploration, *_ = blocks(TRANSITION_SYSTEMS, "python")
    (change,) = blocks(TRANSITION_SYSTEMS, "diff")
    before, after = (line[1:] for line in change.splitlines())
    assert lock.count(before) == 1
    names, printed = run(lock.replace(before, after) if is_broken else lock, exploration)
    shown = blocks(TRANSITION_SYSTEMS, "text")[1 + is_broken].splitlines()
    assert shown[:2] == printed[:2]
    assert len(shown) == len(printed)
    trace = replayed(names["lock"](ttl_max=3), shown[2:])
    assert list(trace.lines()) == shown[2:]
    assert shows(trace, shown[1]) is not is_broken


def test_the_error_for_a_truth_value_is_the_one_shown() -> None:
    *_, shown = blocks(TRANSITION_SYSTEMS, "text")
    with pytest.raises(TypeError) as error:
        bool(variable("x", Bool))
    assert shown.split() == f"TypeError: {error.value}".split()


def test_the_whole_vocabulary_is_on_the_page() -> None:
    functions = {name for name in vocabulary.__all__ if name.islower()}
    declarations = {
        name for name, value in vars(System).items() if re.match("Declare|Claim|Restrict", getdoc(value) or "")
    }
    assert len(declarations) == 11
    prose = re.sub(r"^```.*?^```$", "", TRANSITION_SYSTEMS, flags=re.MULTILINE | re.DOTALL)
    words = {word for code in re.findall(r"`([^`\n]+)`", prose) for word in re.findall(r"\w+", code)}
    assert functions | declarations <= words


def test_the_invariants_of_the_rehash_are_explained() -> None:
    explained = [name.strip("`") for name, _ in rows(REHASH_AND_SCAN, "invariant")]
    assert sorted(explained) == sorted(claim.name for claim in proved("rehash").invariants)


def test_the_parts_of_operations_are_those_there_are() -> None:
    tables = import_module("redproof_model.systems.rehash.tables")
    actions = {action.name for name in ("rehash", "visiting") for action in proved(name).actions}
    parts = {name for _, cell, _ in rows(REHASH_AND_SCAN, "in `dict.c`") for name in re.findall(r"`(\w+)`", cell)}
    assert {part for part in parts if not hasattr(tables, part)} <= actions


def test_claims_that_are_named_exist() -> None:
    words = set(re.findall(r"`([a-z]\w*_\w+_\w+)`", REHASH_AND_SCAN))
    assert len(words) > 10
    assert words - OF_THE_SOURCE <= {name for system in ABOUT for name in named(proved(system))}


@pytest.mark.parametrize("name", ABOUT)
def test_scopes_have_as_many_states_as_the_page_says(name: str) -> None:
    told = {system.strip("`"): states for system, _, states in rows(REHASH_AND_SCAN, "system")}
    assert told.keys() == set(ABOUT)
    assert told[name] == f"{explore(SYSTEMS[name].scopes['small']()).states:,}"


def test_the_cursor_that_counts_up_misses_an_element_as_shown() -> None:
    before = "    filled = cursor | ~mask\n    return reverse(reverse(filled) + 1)\n"
    after = "    return cursor + 1 & mask\n"
    system = mutant("redproof_model.systems.scan", "system:small", "cursor", before, after)
    (missed,) = (each for each in explore(system).violations if each.claim.name == "scan_is_complete")
    (shown,) = blocks(REHASH_AND_SCAN, "text")
    trace = replayed(system, shown.splitlines())
    assert list(trace.lines()) == shown.splitlines()
    assert len(trace) == len(missed.trace)
    assert not shows(trace, missed.claim.name)


def test_the_page_of_valkey_names_what_there_is_and_counts_the_actions_to_its_witnesses() -> None:
    page = (ROOT / "docs" / "valkey-hashtable.md").read_text()
    chain = SYSTEMS["chain"].scopes["small"]()
    known = {*named(proved("hashtable")), *named(chain), "rehash_idx", "fast_forwards"}
    assert set(re.findall(r"`([a-z0-9_]+_[a-z0-9_]+)`", page)) <= known
    shown = {witness.strip("`"): int(run.removesuffix(" actions")) for _, run, witness, _ in rows(page, "what")}
    seen = {each.claim.name: len(each.trace) for each in explore(chain).witnesses if each.trace is not None}
    assert shown == {name: seen[name] for name in shown}
    assert len(shown) == 3


def test_the_page_of_replication_explains_the_claims_of_its_system() -> None:
    page = (ROOT / "docs" / "replication.md").read_text()
    system = proved("psync")
    explained = [name.strip("`") for name, _ in rows(page, "invariant")]
    assert sorted(explained) == sorted(claim.name for claim in system.invariants)
    promised = {name.strip("`") for name, _ in rows(page, "claim")}
    steps = {claim.name for action in system.actions for claim in system.step_claims(action)}
    assert promised == {claim.name for claim in system.properties} | steps
    (decision, *_) = blocks(page, "python")
    assert textwrap.indent(decision, "    ") in (MODULES / "psync" / "decision.py").read_text()


def test_the_page_of_replication_counts_states_and_the_actions_to_its_witnesses() -> None:
    page = (ROOT / "docs" / "replication.md").read_text()
    scopes = SYSTEMS["psync"].scopes
    small = explore(scopes["small"]())
    told = {scope.strip("`"): states for scope, _, states in rows(page, "scope")}
    assert told.keys() == scopes.keys()
    assert told["small"] == f"{small.states:,}"
    shown = {witness.strip("`"): int(actions) for witness, actions, _ in rows(page, "witness")}
    assert shown.keys() == {each.name for make in scopes.values() for each in make().witnesses}
    seen = {each.claim.name: len(each.trace) for each in small.witnesses if each.trace is not None}
    assert seen.items() <= shown.items()


FAILOVER = (ROOT / "docs" / "failover.md").read_text()
OF_FAILOVER = ("election", "configuration", "failover", "lock")
FIELDS = {"current_epoch", "another_history", "second_repl_offset"}
"""Names with underscores on the page that are of the source, or values."""


def test_the_page_of_failover_names_claims_that_there_are() -> None:
    scopes = [(name, make()) for name in OF_FAILOVER for make in SYSTEMS[name].scopes.values()]
    known = {each for name in OF_FAILOVER for each in named(proved(name))} | {
        each for _, system in scopes for each in named(system)
    }
    words = set(re.findall(r"`([a-z]\w*_\w+)`", FAILOVER))
    assert len(words) > 30
    assert words - known <= FIELDS | {scope for name in OF_FAILOVER for scope in SYSTEMS[name].scopes}
    explained = [name.strip("`") for name, _ in rows(FAILOVER, "invariant of `election`")]
    assert sorted(explained) == sorted(claim.name for claim in proved("election").invariants)


def test_what_failover_is_said_to_keep_is_claimed_of_its_system() -> None:
    """A yes is an invariant, a property or a leads-to claim of the system that is named, a no is a witness."""
    verdicts = set()
    for *_, verdict, shown_by, claim in rows(FAILOVER, "what is said"):
        system, *scope = re.findall(r"`(\w+)`", shown_by)
        made = SYSTEMS[system].scopes[scope[0]]() if scope else proved(system)
        of_steps = {each.name for action in made.actions for each in made.step_claims(action)}
        held = (
            {each.name for each in (*made.invariants, *made.properties)} | {each.name for each in made.leads} | of_steps
        )
        refuted = {each.name for each in made.witnesses}
        assert claim.strip("`") in (held if verdict == "yes" else refuted), claim
        verdicts.add((verdict, "actions" in shown_by))
    assert verdicts == {("yes", False), ("no", True)}


@pytest.mark.parametrize("name", OF_FAILOVER)
def test_scopes_of_failover_are_as_large_as_the_page_says(name: str) -> None:
    told = {scope.strip("`"): states for of, scope, _, states in rows(FAILOVER, "system") if of.strip("`") == name}
    assert told.keys() == SYSTEMS[name].scopes.keys()
    runs = [row for row in rows(FAILOVER, "what is said") if f"`{name}` `" in row[3] and "actions" in row[3]]
    for scope, states in told.items():
        found = explore(SYSTEMS[name].scopes[scope]())
        assert states == f"{found.states:,}", scope
        lengths = {each.claim.name: len(each.trace) for each in found.witnesses if each.trace is not None}
        for *_, shown_by, claim in runs:
            if f"`{scope}`" in shown_by:
                assert shown_by.startswith(f"{lengths[claim.strip('`')]} actions"), claim


def test_the_runs_of_failover_are_runs() -> None:
    shown = [
        ("configuration", "source", "two_masters_have_one_epoch"),
        ("failover", "small", "a_confirmed_write_is_lost"),
    ]
    runs = [block for block in blocks(FAILOVER, "text") if block.startswith("start ")]
    for (system, scope, witness), block in zip(shown, runs, strict=True):
        trace = replayed(SYSTEMS[system].scopes[scope](), block.splitlines())
        assert list(trace.lines()) == block.splitlines()
        assert shows(trace, witness)


def claims_of(sayings: Iterable[Saying]) -> set[tuple[str, str]]:
    """Each claim, and where it is shown, as the page has them."""
    return {(f"`{each.witness}`", f"`{each.system}` `{each.scope}`") for each in sayings}


def test_what_is_seen_on_real_servers_is_what_is_played() -> None:
    """Each trace of the page that is played has a row, with intervals that are those of its frequencies."""
    told = rows(FAILOVER, "played")
    of_data, of_source, led = map(claims_of, ((*LOST, *BROKEN_LOCKS), AS_THE_SOURCE, DOCUMENTED))
    assert {(name, scope) for name, scope, *_ in told if scope.startswith("`")} == of_data | of_source | led
    refuted = {(claim, shown_by) for *_, verdict, shown_by, claim in rows(FAILOVER, "what is said") if verdict == "no"}
    assert {(claim, by.partition(", ")[2]) for claim, by in refuted} == of_data | of_source
    kept = {name for name, scope, *_ in told if not scope.startswith("`")}
    assert kept == {*(f"`{schedule.claim}`" for schedule in kept_schedules()), GOES_BACK}
    for seen in (cell for _, _, *cells in told for cell in cells):
        k, n = map(int, re.findall(r"^(\d+) of (\d+)", seen)[0])
        assert seen == str(Frequency(k, n))
