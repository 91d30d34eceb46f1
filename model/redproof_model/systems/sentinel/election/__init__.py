"""The election of the sentinel that leads a failover: who is taken for down, votes, and epochs (sentinel.c).

A message may be late or never come, which is all that a partition can do to an election: a request that was once made
may arrive at any time, and so may the answer, which says what its sender will say of that epoch for ever.
"""
