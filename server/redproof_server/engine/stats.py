"""Counters that INFO shows and CONFIG RESETSTAT clears."""

from dataclasses import dataclass


@dataclass(slots=True)
class Stats:
    """What has happened since the start or the last reset."""

    connections_received: int = 0
    commands_processed: int = 0
    expired_keys: int = 0
    keyspace_hits: int = 0
    keyspace_misses: int = 0
