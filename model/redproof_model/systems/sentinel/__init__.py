"""Sentinel: who is elected to lead a failover, and how all come to agree on its outcome (sentinel.c).

`election` is about votes and epochs. `configuration` takes leaders from there: what they do to servers, and what
sentinels tell each other of it.
"""
