"""What a server tells of its replication, and what WAIT promises, as functions of a small state."""
