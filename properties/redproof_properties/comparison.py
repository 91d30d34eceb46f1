"""How strictly an error reply is compared; every other reply is always compared exactly."""

from __future__ import annotations

from enum import Enum

from redproof_model.reply import Error, Reply


class Comparison(Enum):
    """`EXACT` wants the error's very text, `ERROR_CLASS` its first word (`WRONGTYPE`), `ERROR` only that it is one."""

    EXACT = "exact"
    ERROR_CLASS = "error-class"
    ERROR = "error"

    def same_error(self, expected: Reply, actual: Reply) -> bool:
        """Whether two replies that differ do so only in the texts of errors, and those count as the same.

        The replies that EXEC gives in an array are compared one by one.
        """
        if self is Comparison.EXACT:
            return False
        if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
            pairs = zip(expected, actual, strict=True)
            return all(one == other or self.same_error(one, other) for one, other in pairs)
        if not isinstance(expected, Error) or not isinstance(actual, Error):
            return False
        return self is Comparison.ERROR or expected.text.split()[:1] == actual.text.split()[:1]
