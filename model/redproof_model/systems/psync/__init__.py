"""Replication: PSYNC, its two replication IDs, the backlog and chained replicas (replication.c of Redis 6.0 to 8.0).

Every server has a replication ID and an offset, which together say what it has seen: the bytes of a history up to
there. A replica whose link was lost asks to go on with `PSYNC id offset`, and the master decides whether it may.
"""
