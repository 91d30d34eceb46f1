"""Valkey, which began with Redis 7.2.4: what one row does not name, it has from the row before."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from redproof_model.versions.redis import REDIS_7_2

VALKEY_7_2: Final = replace(REDIS_7_2, family="valkey", forked_from=REDIS_7_2.number)

VALKEY_8_0: Final = replace(VALKEY_7_2, number=(8, 0))

VALKEY_8_1: Final = replace(VALKEY_8_0, number=(8, 1))

VALKEY_9_0: Final = replace(VALKEY_8_1, number=(9, 0))

VALKEY_9_1: Final = replace(VALKEY_9_0, number=(9, 1))
