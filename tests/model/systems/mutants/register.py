"""All mutants of the systems."""

from __future__ import annotations

from typing import Final

from mutants.arithmetic import ARITHMETIC
from mutants.hashtable import HASHTABLE
from mutants.mutant import Mutant
from mutants.rehash import REHASH
from mutants.scan import SCAN

MUTANTS: Final[tuple[Mutant, ...]] = (*REHASH, *SCAN, *HASHTABLE, *ARITHMETIC)
