"""What each command may answer and what it leaves behind, one module for a group of commands."""

from __future__ import annotations

from redproof_model.commands import scan, strings, transactions

TABLES = (scan.table, strings.table, transactions.table)
