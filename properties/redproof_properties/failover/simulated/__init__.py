"""Failovers of the bundled server in simulation: a group, its clients and faults from one seed, and what came of it."""
