"""Redict, which began with Redis 7.2.4."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from redproof_model.versions.redis import REDIS_7_2

REDICT_7_3: Final = replace(REDIS_7_2, family="redict", number=(7, 3), forked_from=REDIS_7_2.number)
