"""What a failover keeps of the data: writes that were acknowledged, and servers of which one is promoted after another.

Servers replicate as `psync` shows: a linked replica has the beginning of what its master has, and one that has not
is sent everything. Who is promoted, and when, is up to sentinels: one at a time, as `configuration` shows.
"""
