"""The survey of a server: each command by itself, in histories in which it is frequent."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

from redproof_model.keyspace.model import Model
from redproof_model.reply import Error
from redproof_model.versions import Version
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetError
from redproof_properties.generate import CLIENT_NAMES, Generator
from redproof_properties.history import FIRST_CLIENT
from redproof_properties.judge import Judge
from redproof_properties.shrink import shrink
from redproof_properties.targets import Target
from redproof_properties.unsupported import unsupported_commands

from redproof_reports.matrix.cells import ANSWERED_MIN, FORM_ANSWERED_MIN, says_unknown
from redproof_reports.matrix.evidence import Counting, Evidence
from redproof_reports.matrix.introduced import read_introduced
from redproof_reports.matrix.rows import CommandRow, command_rows

HISTORY_LENGTH: Final = 40
CLIENTS_THAT_BLOCK: Final = 3
ROUNDS_MAX: Final = 5
"""How many times the commands planned for a row are judged, where some of its forms are seldom answered."""

ENDED_MAX: Final = {"no reply": 3}
ENDED_MAX_ELSE: Final = 200
"""Histories of one command that may end in a divergence of each kind; a missing reply is waited for each time."""

_RUNS: Final = {"no reply": 20}
_RUNS_ELSE: Final = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """How a server is surveyed: `commands` are judged for each row, drawn from `seed`.

    Without `groups` the rows are all commands of the vocabularies.
    """

    seed: int
    commands: int
    comparison: Comparison
    groups: tuple[str, ...] = ()

    @property
    def rows(self) -> list[CommandRow]:
        """The commands to judge."""
        return [row for row in command_rows() if not self.groups or row.group in self.groups]


class Survey:
    """Surveys the commands of a running target, and keeps what it finds in `evidence`."""

    def __init__(self, target: Target, version: Version, plan: Plan, evidence: Evidence) -> None:
        self._target = target
        self._version = version
        self._plan = plan
        self._rows = plan.rows
        self._evidence = evidence
        self._counting = Counting(evidence, self._rows)

    def run(self, progress: Callable[[CommandRow], None]) -> None:
        """Judge every command in each protocol that the server speaks; raises TargetError when it cannot go on.

        A server that died at a command is started again for the next, where that is possible.
        """
        self._evidence.served = served_commands(self._target)
        self._evidence.introduced = read_introduced(self._target)
        self._evidence.modelled = modelled_commands(self._version, self._rows)
        self._evidence.missing = frozenset(unsupported_commands(self._target, self._version))
        for row in self._rows:
            progress(row)
            if row.name in self._evidence.missing:
                continue
            rounds = 0
            while rounds < ROUNDS_MAX and (not rounds or self._wants_more(row)):
                ended_early = [self._judge(row, resp, rounds) for resp in self._target.terms.protocols]
                rounds = ROUNDS_MAX if any(ended_early) else rounds + 1

    def _wants_more(self, row: CommandRow) -> bool:
        """Whether the command, or a form of it that was answered at all, was answered too seldom for a verdict."""
        answered = {form: self._evidence.count(form).answered for form in row.forms}
        few = any(0 < number < FORM_ANSWERED_MIN for number in answered.values())
        return few or 0 < self._evidence.count(row.name).answered < ANSWERED_MIN

    def _judge(self, row: CommandRow, resp: int, rounds: int) -> bool:
        """Judge in one protocol what is planned for a command; True when too many histories ended in a divergence."""
        clients = CLIENTS_THAT_BLOCK if row.may_block or row.group == "transactions" else 1
        groups = dict.fromkeys((row.group, "strings"))
        generator = Generator(groups, clients, favourite=row.name, without=self._evidence.missing)
        seed = seed_of(self._plan.seed, f"{row.name} {resp} {rounds}")
        ended: Counter[str] = Counter()
        with self._judging(resp) as judge:
            histories = (generator.fresh(number, HISTORY_LENGTH) for number in count(seed))
            for history_seed, divergence in enumerate(judge.run_all(histories), seed):
                self._evidence.histories += 1
                if divergence is not None:
                    self._enter(divergence, history_seed, resp)
                    ended[divergence.kind] += 1
                    if ended[divergence.kind] >= ENDED_MAX.get(divergence.kind, ENDED_MAX_ELSE):
                        return True
                if judge.commands_judged * len(self._target.terms.protocols) >= self._plan.commands:
                    return False
        return True

    @contextmanager
    def _judging(self, resp: int) -> Iterator[Judge]:
        """A judge that counts; when the server has died it is revived if it may be."""
        judge = Judge(
            self._target,
            self._version,
            dict.fromkeys(CLIENT_NAMES, resp),
            self._plan.comparison,
            self._counting.agreed,
        )
        try:
            with judge:
                yield judge
        except TargetError:
            if not self._target.capabilities.can_restart:
                raise
            self._target.restart()
        finally:
            self._evidence.commands += judge.commands_judged

    def _enter(self, divergence: Divergence, history_seed: int, resp: int) -> None:
        """Count a divergence, and keep the first of its kind, made small."""
        self._counting.diverged(divergence)
        signature = divergence.signature
        if signature in self._evidence.divergences:
            return
        divergence.target = self._target.spelling
        divergence.server, divergence.model = str(self._target.version), self._version.name
        divergence.seed = str(history_seed)
        self._evidence.divergences[signature] = divergence
        with Judge(self._target, self._version, dict.fromkeys(CLIENT_NAMES, resp), self._plan.comparison) as judge:
            shrunk = shrink(divergence, judge.run_alone, _RUNS.get(divergence.kind, _RUNS_ELSE))
        shrunk.target, shrunk.server, shrunk.model = divergence.target, divergence.server, divergence.model
        shrunk.seed = divergence.seed
        self._evidence.divergences[signature] = shrunk


def seed_of(seed: int, campaign: str) -> int:
    """Where the histories of a campaign start: the same for every server, and apart from those of other campaigns."""
    return seed + (zlib.crc32(campaign.encode()) << 32)


def served_commands(target: Target) -> frozenset[str] | None:
    """The commands that a server lists (server.c commandCommand); None if it does not know COMMAND."""
    with target.connect() as connection:
        reply = connection.call("COMMAND")
    if not isinstance(reply, list):
        return None
    names = (row[0] for row in reply if isinstance(row, list) and row)
    return frozenset(name.decode("latin-1").upper() for name in names if isinstance(name, bytes))


def modelled_commands(version: Version, rows: Sequence[CommandRow]) -> frozenset[str]:
    """The commands of the rows that a version of the model does not call unknown."""
    return frozenset(row.name for row in rows if _knows(version, row.name))


def _knows(version: Version, name: str) -> bool:
    model = Model(version)
    model.connect(FIRST_CLIENT)
    reply = model.step(FIRST_CLIENT, [name.encode()], 0, 0)
    return not (isinstance(reply, Error) and says_unknown(reply.text.decode("latin-1")))
