"""A target with all that judges it: what the properties are given."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from functools import cached_property

import pytest
from redproof_model.versions import VERSIONS, Version, find_version, nearest_version

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.campaign import run_campaign
from redproof_properties.fuzzing.findings import Findings
from redproof_properties.generate import CLIENT_NAMES, Generator
from redproof_properties.judge import Judge
from redproof_properties.run import Run, TargetSummary
from redproof_properties.targets import Target
from redproof_properties.unsupported import has_commands, unsupported_commands
from redproof_properties.vocabulary import GROUPS

_ENOUGH = 8
"""Different divergences after which a property is broken beyond doubt, and looks no further."""


class DivergenceError(AssertionError):
    """A property is broken; each signature has a subclass of its own, so that Hypothesis tells them apart."""

    def __init__(self, divergence: Divergence) -> None:
        super().__init__(divergence)
        self.divergence = divergence

    def __str__(self) -> str:
        script = "\n".join(f"    {line}" for line in self.divergence.script())
        return (
            f"divergence {self.divergence.signature} on {self.divergence.target} ({self.divergence.server}), "
            f"judged as {self.divergence.model}\n{script}\n"
            f"  expected: {self.divergence.expected}\n  actual:   {self.divergence.actual}"
        )


_classes: dict[str, type[DivergenceError]] = {}


def divergence_error(divergence: Divergence) -> DivergenceError:
    """The exception for this divergence, of the class that belongs to its signature."""
    name = f"Divergence_{divergence.signature}"
    kind = _classes.setdefault(name, type(name, (DivergenceError,), {}))
    return kind(divergence)


class NotModelled(UserWarning):
    """A server is judged by a version of the model that is not its own, and nobody has asked for that."""


def version_named(text: str) -> Version:
    """The version of the model that people call `7.0`, or `valkey 8.1` when it is not Redis; a colon may be the space.

    Raises `UsageError`, with those known, for any other.
    """
    known = {version.name: version for version in VERSIONS}
    wanted = text.replace(":", " ").lower()
    version = known.get(wanted) or known.get(f"redis {wanted}")
    if version is None:
        raise UsageError(f"the model has no version {text!r}, only {', '.join(known)}")
    return version


def model_version(target: Target, judge_as: str | None = None) -> Version:
    """The version of the model that judges this target: the one asked for, or that which the server tells.

    A target file may ask for one too. For a server that is not modelled it is the nearest, with a warning. Raises
    `UsageError` for an unknown one.
    """
    judge_as = judge_as or target.terms.judge_as
    if judge_as is not None:
        return version_named(judge_as)
    version = find_version(target.version.family, target.version.number)
    if version is not None:
        return version
    nearest = nearest_version(target.version.family, target.version.number)
    message = f"{target.spelling}: {target.version} is not modelled and judged as {nearest.name}; --judge-as chooses"
    warnings.warn(message, NotModelled, stacklevel=2)
    return nearest


class Judged:
    """A running target: judges histories on it and keeps what they show in the run."""

    def __init__(self, target: Target, run: Run) -> None:
        self.target = target
        self.run = run
        self.version = model_version(target, run.judge_as)
        self.broken: list[str] = []
        self.property_name = ""
        self.summary = TargetSummary(target.spelling, str(target.version), self.version.name)
        run.summaries[target.spelling] = self.summary

    @cached_property
    def unsupported(self) -> tuple[str, ...]:
        """The commands that the target does not have although its version does; the run's summary names them."""
        self.summary.unsupported = list(unsupported_commands(self.target, self.version))
        return tuple(self.summary.unsupported)

    def generator(
        self, groups: Iterable[str] = GROUPS, clients: int = 1, pauses: bool = False, without: Iterable[str] = ()
    ) -> Generator:
        """A generator of what the target supports, and nothing of what is named in `without`."""
        return Generator(groups, clients, pauses, without=(*self.unsupported, *without))

    def need_group(self, group: str) -> None:
        """Skip the property, with the reason, unless the target supports a command of the group."""
        if not has_commands([group], self.unsupported):
            pytest.skip(f"{self.target.spelling} has no command of {group}")

    def need(self, capability: str) -> None:
        """Skip the property, with the reason, unless the target has this capability."""
        if not getattr(self.target.capabilities, capability):
            pytest.skip(f"{self.target.spelling} lacks {capability}")

    def judge(self, resp: int = 2, kind: Callable[..., Judge] = Judge) -> Judge:
        """A judge of this kind whose clients all speak protocol `resp`; to be closed, or used with `with`.

        The property is skipped, with that reason, on a target that does not speak it.
        """
        if resp not in self.target.terms.protocols:
            pytest.skip(f"{self.target.spelling} speaks no RESP{resp}")
        protocols = dict.fromkeys(CLIENT_NAMES, resp)
        return kind(self.target, self.version, protocols, self.run.comparison)

    def enter(self, divergence: Divergence) -> DivergenceError:
        """Keep a divergence in the run and give the exception to raise for it."""
        divergence.target = self.target.spelling
        divergence.server = divergence.server or str(self.target.version)
        divergence.property_name = self.property_name
        divergence.seed = divergence.seed or str(self.run.seed)
        self.run.enter(divergence)
        self.broken.append(divergence.signature)
        return divergence_error(divergence)

    def campaign(
        self,
        name: str,
        generator: Generator,
        commands: int,
        resp: int = 2,
        length: int = 100,
        kind: Callable[..., Judge] = Judge,
    ) -> Findings:
        """Judge many seeded histories; raises DivergenceError, or a group of them when there are several."""
        with self.judge(resp, kind) as judge:
            findings = run_campaign(judge, generator, self.run.seed, commands, length, max_divergences=_ENOUGH)
        self.summary.commands += findings.commands
        self.summary.histories += findings.histories
        self.summary.groups[name] = self.summary.groups.get(name, 0) + findings.commands
        errors = [self.enter(divergence) for divergence in findings.divergences.values()]
        if findings.interrupted:
            raise KeyboardInterrupt
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup(f"{len(errors)} divergences", errors)
        return findings
