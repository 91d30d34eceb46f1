"""Redict, which began with Redis 7.2.4."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from redproof_model.versions.redis import UNSTABLE_2024
from redproof_model.versions.replication import REPLICATION_REDICT
from redproof_model.versions.scripting import SCRIPTS_REDICT_7_3

REDICT_7_3: Final = replace(
    UNSTABLE_2024,
    family="redict",
    number=(7, 3),
    forked_from=UNSTABLE_2024.number,
    scripts=SCRIPTS_REDICT_7_3,
    replication=REPLICATION_REDICT,
)
