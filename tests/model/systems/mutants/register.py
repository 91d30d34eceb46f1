"""All mutants of the systems."""

from __future__ import annotations

from typing import Final

from mutants.arithmetic import ARITHMETIC
from mutants.failover import FAILOVER
from mutants.hashtable import HASHTABLE
from mutants.mutant import Mutant
from mutants.popular import POPULAR
from mutants.psync import PSYNC
from mutants.rehash import REHASH
from mutants.scan import SCAN
from mutants.sentinel import SENTINEL

MUTANTS: Final[tuple[Mutant, ...]] = (*REHASH, *SCAN, *HASHTABLE, *PSYNC, *POPULAR, *SENTINEL, *FAILOVER, *ARITHMETIC)
