"""Replication seen from outside: ends of links played by the harness, servers joined by links of ours, and judges."""
