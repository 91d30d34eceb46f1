"""Campaigns over several processes: a shard of the histories each, and what it leaves on disk."""
