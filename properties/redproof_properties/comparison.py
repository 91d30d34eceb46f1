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
        """Whether two error replies with different texts count as the same."""
        if self is Comparison.EXACT or not isinstance(expected, Error) or not isinstance(actual, Error):
            return False
        return self is Comparison.ERROR or expected.text.split()[:1] == actual.text.split()[:1]
