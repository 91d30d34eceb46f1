"""A master, replicas and sentinels under faults: what runs them, the record of a run, and what is said of it."""
