"""Versions of servers as rows of differences, a module for each family.

Facts were read in the source of the release and seen on a running server of it, where one can be had.
"""

from __future__ import annotations

from redproof_model.versions.facts import Version
from redproof_model.versions.redict import REDICT_7_3
from redproof_model.versions.redis import (
    REDIS_6_0,
    REDIS_6_2,
    REDIS_7_0,
    REDIS_7_2,
    REDIS_7_4,
    REDIS_8_0,
    REDIS_8_2,
    REDIS_8_4,
    REDIS_8_6,
)
from redproof_model.versions.since import commands_absent
from redproof_model.versions.valkey import VALKEY_7_2, VALKEY_8_0, VALKEY_8_1, VALKEY_9_0, VALKEY_9_1

__all__ = [
    "REDICT_7_3",
    "REDIS_6_0",
    "REDIS_6_2",
    "REDIS_7_0",
    "REDIS_7_2",
    "REDIS_7_4",
    "REDIS_8_0",
    "REDIS_8_2",
    "REDIS_8_4",
    "REDIS_8_6",
    "VALKEY_7_2",
    "VALKEY_8_0",
    "VALKEY_8_1",
    "VALKEY_9_0",
    "VALKEY_9_1",
    "VERSIONS",
    "Version",
    "commands_absent",
    "find_version",
    "nearest_version",
]

VERSIONS = (
    REDIS_6_0,
    REDIS_6_2,
    REDIS_7_0,
    REDIS_7_2,
    REDIS_7_4,
    REDIS_8_0,
    REDIS_8_2,
    REDIS_8_4,
    REDIS_8_6,
    REDICT_7_3,
    VALKEY_7_2,
    VALKEY_8_0,
    VALKEY_8_1,
    VALKEY_9_0,
    VALKEY_9_1,
)
"""By family, and within each from the oldest to the newest."""


def find_version(family: str, number: tuple[int, ...]) -> Version | None:
    """The row for a server of this family and number, or None when the model has none."""
    version = nearest_version(family, number)
    return version if (version.family, version.number) == (family, number[:2]) else None


def nearest_version(family: str, number: tuple[int, ...]) -> Version:
    """The newest row of the family that is not newer than the server, else its oldest; for others the newest Redis."""
    relatives = [version for version in VERSIONS if version.family == family]
    if not relatives:
        return REDIS_8_6
    return max((version for version in relatives if version.number <= number[:2]), default=relatives[0], key=_number)


def _number(version: Version) -> tuple[int, int]:
    return version.number
