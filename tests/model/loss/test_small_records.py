"""The account of small records is held to every order that there is, and so is each mutant, which must be found."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.loss.account import Entry, Verdict, account
from redproof_model.loss.record import Outcome, Record
from small_records import draw_record, is_possible, plant

MODULES: Final = ("record", "agreed", "placing", "account")
RECORDS: Final = 8_000
"""How many records find each mutant."""

MUTANTS: Final = {
    "what ends where the promoted was is discarded": (
        "agreed",
        "and offset_bytes <= kept.end",
        "and offset_bytes < kept.end",
    ),
    "a later promotion out of an earlier history ends none": (
        "agreed",
        "later.offset_bytes <= kept.end_offset_bytes:",
        "True:",
    ),
    "a promotion ends nothing where a later one has the same offset": (
        "agreed",
        "later.offset_bytes <= kept.end_offset_bytes:",
        "later.offset_bytes < kept.end_offset_bytes:",
    ),
    "a master that counts anew has what its replica counts to": (
        "agreed",
        "later.counts_anew or ",
        "",
    ),
    "a master that counts anew has nothing of its own at 0": (
        "agreed",
        "if history.begins_a_count or",
        "if history.former is None or",
    ),
    "something is kept of a history that was not reached": (
        "agreed",
        "kept.end_offset_bytes > history.offset_bytes",
        "kept.end_offset_bytes >= 0",
    ),
    "a master that keeps all has what its replica counts to": ("agreed", "if later.keeps_all:", "if False:"),
    "a master that keeps all may have discarded something": (
        "agreed",
        "return self.end_offset_bytes == NO_END",
        "return self.ended_by is None",
    ),
    "a master has nothing of what it did not count": (
        "agreed",
        "return later.node == history.node and",
        "return 0 and",
    ),
    "a replica has what its master did not count": ("agreed", "return later.node == history.node and", "return"),
    "the agreed history alone is kept": ("agreed", "while self._first.former is not None:", "while False:"),
    "the promoted takes writes of its former history for ever": (
        "agreed",
        "FOREVER_MS if self.ended_by is None else self.ended_by.at_ms",
        "FOREVER_MS",
    ),
    "the agreed history may have discarded something": (
        "placing",
        "FOREVER_MS if kept.is_whole else ALWAYS_MS",
        "ALWAYS_MS",
    ),
    "known writes do not say what was kept": (
        "placing",
        "if agreed.keeps(replid, write.offset_bytes):\n            window.earliest_ms =",
        "if agreed.keeps(replid, write.offset_bytes):\n            _ =",
    ),
    "known writes do not say what was discarded": (
        "placing",
        "        else:\n            window.latest_ms = min(window.latest_ms, write.returned_ms)\n    return",
        "    return",
    ),
    "what is found may be of a history that was discarded": (
        "placing",
        "possible = not is_found",
        "possible = True",
    ),
    "what is found may come at any time": (
        "placing",
        "possible = write.invoked_ms <= window.latest_ms",
        "possible = True",
    ),
    "what is gone may be gone at any time": (
        "placing",
        "possible = write.returned_ms >= window.earliest_ms",
        "possible = True",
    ),
    "what is found says nothing of what is gone": (
        "placing",
        "if window is not None and is_found:\n            window.earliest_ms =",
        "if window is not None and is_found:\n            _ =",
    ),
    "a kept part ends as early as it can": (
        "placing",
        "times = {window.earliest_ms} | {",
        "times = {window.earliest_ms} & {",
    ),
    "a history that was kept whole takes writes for ever": (
        "placing",
        "write.invoked_ms <= min(ended_ms, windows[replid].latest_ms)",
        "write.invoked_ms <= ended_ms",
    ),
    "the first history that is asked is the only one": (
        "placing",
        "return None\n",
        "return write.replids[0]\n",
    ),
    "what was refused may be there": ("account", "if write.outcome is Outcome.FAILED:", "if False:"),
    "what was discarded may be there": (
        "account",
        "if self._agreed.keeps(replid, write.offset_bytes):\n            return None",
        "if True:\n            return None",
    ),
    "what was kept may be gone": (
        "account",
        "if write.offset_bytes is not None and self._agreed.keeps(replid, write.offset_bytes):",
        "if False:",
    ),
    "what has no place is explained": ("account", "if write.value in self._impossible:", "if False:"),
    "what no one has sent may be there": ("account", "if value not in sent:", "if False:"),
    "a value may be there twice": ("account", "if count > 1:", "if False:"),
}
"""Each mutant of the account: the module, and what stands there in the place of what."""

Judge = Callable[[Record], list[Entry]]


def drawn(seed: int) -> Record:
    """A record, every other one with something planted in it."""
    random = Random(seed)
    record = draw_record(random)
    return plant(random, record) if seed % 2 else record


@cache
def tried(seed: int) -> tuple[Record, bool]:
    """A record, and whether there is an order that accounts for it."""
    record = drawn(seed)
    return record, is_possible(record)


def agrees(judge: Judge, record: Record, possible: bool) -> bool:
    """Whether a judge finds a bug exactly where no order accounts for the record, and says something of each loss."""
    entries = judge(record)
    told = {entry.value for entry in entries}
    lost = {write.value for write in record.writes if write.outcome is Outcome.OK} - set(record.found)
    return lost <= told and possible != any(entry.verdict.value == Verdict.BUG.value for entry in entries)


@given(st.integers(0, 1 << 32))
def test_a_bug_is_what_no_order_accounts_for(seed: int) -> None:
    record = drawn(seed)
    assert agrees(account, record, is_possible(record))


def test_both_are_among_the_records() -> None:
    verdicts = {entry.verdict for seed in range(100) for entry in account(drawn(seed))}
    assert verdicts == {Verdict.EXPLAINED, Verdict.BUG}


@pytest.mark.parametrize(("module", "old", "new"), MUTANTS.values(), ids=MUTANTS.keys())
def test_mutant_is_found(module: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = mutated(module, old, new, monkeypatch)
    assert not all(agrees(judge, *tried(seed)) for seed in range(RECORDS))


def mutated(module: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """The account where one of its modules has another text in one place."""
    loaded: dict[str, ModuleType] = {}
    for name in MODULES[MODULES.index("agreed") :]:
        full = f"redproof_model.loss.{name}"
        path = Path(str(importlib.import_module(full).__file__))
        text = path.read_text()
        if name == module:
            assert text.count(old) == 1
            text = text.replace(old, new)
        loaded[full] = ModuleType(full)
        with monkeypatch.context() as patch:
            for known, made in loaded.items():
                patch.setitem(sys.modules, known, made)
            exec(compile(text, path, "exec"), loaded[full].__dict__)
    judge: Judge = loaded["redproof_model.loss.account"].account
    return judge
