"""What each command may answer and what it leaves behind, one module for a group of commands."""

from __future__ import annotations

from redproof_model.commands import strings, transactions

TABLES = (strings.table, transactions.table)
