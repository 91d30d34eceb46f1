"""The verdicts of the matrix, each reached and each missed by a little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from redproof_properties.divergence import Divergence
from redproof_properties.grammar import Command, key, maybe, one_of, options, pool, seq
from redproof_properties.history import Call
from redproof_properties.run import PropertyOutcome
from redproof_reports.matrix.cells import (
    ANSWERED_MIN,
    FORM_ANSWERED_MIN,
    REFUSED_MIN,
    Status,
    command_cell,
    form_cell,
    property_cell,
    unjudged_cell,
)
from redproof_reports.matrix.evidence import Count, Evidence
from redproof_reports.matrix.rows import CommandRow, command_rows

MakeDivergence = Callable[..., Divergence]
ROW = CommandRow("SET", "strings", ("EX", "GET"))
ENOUGH = Count(ANSWERED_MIN + 5, ANSWERED_MIN)
ENOUGH_OF_A_FORM = Count(FORM_ANSWERED_MIN, FORM_ANSWERED_MIN)


def evidence(*divergences: Divergence, served: bool = True, modelled: bool = True, **counts: Count) -> Evidence:
    """What is known of a server, which counts of its forms (`SET_EX`) tell."""
    return Evidence(
        "redis",
        server="redis 7.0.15",
        model="redis 7.0",
        served=frozenset({"SET"} if served else {"GET"}),
        modelled=frozenset({"SET"} if modelled else ()),
        counts={name.replace("_", " "): count for name, count in counts.items()},
        divergences={each.signature: each for each in divergences},
    )


def diverged(divergence: Divergence, answered: int = 0) -> Count:
    """A count with one execution that diverged."""
    return Count(answered, answered, {divergence.signature: 1})


@pytest.fixture
def of_set(make_divergence: MakeDivergence) -> Callable[..., Divergence]:
    """Makes a divergence of SET with these words."""

    def make(*words: str, actual: str = "(nil)", shape: str = "null $-1") -> Divergence:
        steps = [Call("A", (b"SET", b"k", b"v", *(word.encode() for word in words)))]
        return make_divergence("SET", steps=steps, actual=actual, actual_shape=f"{shape} {words}")

    return make


@pytest.mark.parametrize(
    ("count", "status"),
    [
        (ENOUGH, Status.PASS),
        (Count(10 * ANSWERED_MIN, ANSWERED_MIN - 1), Status.UNTESTED),
        (Count(), Status.UNTESTED),
    ],
)
def test_a_command_passes_when_it_was_answered_often_enough(count: Count, status: Status) -> None:
    assert command_cell(ROW, evidence(SET=count)).status is status


def test_a_divergence_of_the_plain_form_fails_the_command(of_set: MakeDivergence) -> None:
    plain = of_set()
    known = evidence(plain, SET=diverged(plain, 1000), SET_EX=ENOUGH_OF_A_FORM)
    assert command_cell(ROW, known).status is Status.FAIL
    assert command_cell(ROW, known).divergences == (plain.signature,)
    assert form_cell(ROW, "SET EX", known).status is Status.PASS


def test_a_divergence_of_one_option_is_partial_until_all_have_one(of_set: MakeDivergence) -> None:
    first, second = of_set("EX", "1"), of_set("GET")
    known = evidence(first, SET=diverged(first, 1000), SET_EX=diverged(first, 100), SET_GET=ENOUGH_OF_A_FORM)
    assert command_cell(ROW, known).status is Status.PARTIAL
    assert form_cell(ROW, "SET EX", known).status is Status.FAIL
    assert form_cell(ROW, "SET GET", known).status is Status.PASS
    refused = Count(REFUSED_MIN, 0)
    both = Count(1000, 1000, {first.signature: 1, second.signature: 1})
    known = evidence(first, second, SET=both, SET_EX=diverged(first, 100), SET_GET=diverged(second, 100))
    known.counts["SET NOSUCH"] = refused
    assert command_cell(CommandRow("SET", "strings", (*ROW.words, "NOSUCH")), known).status is Status.FAIL


def test_a_divergence_of_two_options_together_is_partial_for_each(of_set: MakeDivergence) -> None:
    both = of_set("EX", "1", "GET")
    known = evidence(both, SET=diverged(both, 1000), SET_EX=diverged(both, 100), SET_GET=diverged(both, 100))
    statuses = {cell.status for cell in (command_cell(ROW, known), *(form_cell(ROW, f, known) for f in ROW.forms))}
    assert statuses == {Status.PARTIAL}


def test_a_command_that_was_never_answered_rightly_fails(of_set: MakeDivergence) -> None:
    either = of_set("EX", "1")
    assert command_cell(ROW, evidence(either, SET=diverged(either))).status is Status.FAIL


@pytest.mark.parametrize(
    ("served", "modelled", "status", "said"),
    [
        (False, False, Status.UNSUPPORTED, "redis 7.0 has no such command"),
        (False, True, Status.UNSUPPORTED, "missing, although redis 7.0 has it"),
        (True, False, Status.UNTESTED, "the model of redis 7.0 does not know it"),
    ],
)
def test_a_command_that_is_missing_somewhere(served: bool, modelled: bool, status: Status, said: str) -> None:
    cell = command_cell(ROW, evidence(served=served, modelled=modelled, SET=ENOUGH))
    assert (cell.status, said in cell.reason) == (status, True)


def test_a_server_that_lists_nothing_is_known_by_what_it_says(of_set: MakeDivergence) -> None:
    unknown = of_set(actual="(error) ERR unknown command 'SET'")
    known = evidence(unknown, SET=diverged(unknown))
    known.served = None
    assert command_cell(ROW, known).status is Status.UNSUPPORTED
    known.count("SET").answered = 1
    assert command_cell(ROW, known).status is Status.FAIL


@pytest.mark.parametrize(
    ("count", "status"),
    [
        (Count(REFUSED_MIN, 0), Status.UNSUPPORTED),
        (Count(REFUSED_MIN - 1, 0), Status.UNTESTED),
        (Count(REFUSED_MIN, 1), Status.UNTESTED),
        (ENOUGH_OF_A_FORM, Status.PASS),
    ],
)
def test_an_option_that_is_refused_each_time_is_none_of_this_version(count: Count, status: Status) -> None:
    assert form_cell(ROW, "SET EX", evidence(SET=ENOUGH, SET_EX=count)).status is status


@pytest.mark.parametrize(
    ("expected", "actual", "status"),
    [
        ('"1"', "(error) ERR syntax error", Status.UNSUPPORTED),
        ("(error) ERR no", "(error) ERR syntax error", Status.FAIL),
        ('"1"', "(error) ERR no", Status.FAIL),
        ('"1"', "(nil)", Status.FAIL),
    ],
)
def test_an_option_that_the_server_does_not_know_is_missing(
    of_set: MakeDivergence, expected: str, actual: str, status: Status
) -> None:
    refused = replace(of_set("EX", "1", actual=actual), expected=expected)
    known = evidence(refused, SET=diverged(refused, 1000), SET_EX=diverged(refused))
    assert form_cell(ROW, "SET EX", known).status is status


def test_a_target_that_cannot_be_had_is_untested_with_the_reason() -> None:
    gone = Evidence("docker:x", failure="docker:x: no engine")
    cells = [
        command_cell(ROW, gone),
        form_cell(ROW, "SET EX", gone),
        property_cell(None, gone),
        unjudged_cell("X", gone),
    ]
    assert {(cell.status, cell.reason) for cell in cells} == {(Status.UNTESTED, "docker:x: no engine")}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("holds", Status.PASS),
        ("broken", Status.FAIL),
        ("skipped", Status.UNTESTED),
        ("error", Status.UNTESTED),
    ],
)
def test_properties(make_outcome: Callable[..., PropertyOutcome], outcome: str, status: Status) -> None:
    assert property_cell(make_outcome(outcome), evidence()).status is status


def test_what_nobody_judges_is_never_more_than_listed() -> None:
    assert unjudged_cell("SET", evidence()).status is Status.UNTESTED
    assert unjudged_cell("SET", evidence(served=False)).status is Status.UNSUPPORTED


def test_rows_have_the_words_that_the_grammar_knows() -> None:
    ttl = seq("EX", pool(b"1"))
    groups = {
        "generic": (Command("SET", key("string"), pool(b"EX")),),
        "strings": (
            Command("SET", key("string"), options(ttl, one_of("NX", "XX")), "nonsense"),
            Command("SET", key("string"), maybe("GET"), ttl, weight=1),
            Command("APPEND", key("string")),
        ),
    }
    assert [(row.name, row.group, row.words) for row in command_rows(groups)] == [
        ("APPEND", "strings", ()),
        ("SET", "strings", ("EX", "NX", "XX", "GET")),
    ]


def test_forms_are_found_in_a_call_whatever_their_case() -> None:
    assert ROW.forms_in([b"SET", b"k", b"v", b"get", b"EX", b"1", b"GET"]) == ["SET GET", "SET EX"]
    assert ROW.forms_in([b"EX", b"k"]) == []


@pytest.mark.parametrize(
    ("name", "group", "introduced"),
    [
        ("SET", "strings", ()),
        ("RPUSH", "lists", ()),
        ("DEL", "generic", ()),
        ("TTL", "generic", ()),
        ("HSET", "hashes", ()),
        ("PUBLISH", "pubsub", ()),
        ("BLMOVE", "blocking", ("redis 6.2",)),
        ("ZADD", "sorted_sets", ()),
    ],
)
def test_a_command_is_in_its_own_group(name: str, group: str, introduced: tuple[str, ...]) -> None:
    (row,) = (row for row in command_rows() if row.name == name)
    assert (row.group, row.introduced) == (group, introduced)
