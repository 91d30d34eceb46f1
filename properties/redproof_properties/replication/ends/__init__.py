"""The ends of a replication link that the harness can be, a replica or a master, and what servers tell of theirs."""
