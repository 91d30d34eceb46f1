"""The hash table of Redis and its incremental rehash (dict.c and server.c of Redis 6.0 to 8.0).

A dict has two tables. Once table 0 is too full or too empty, table 1 is allocated with another number of buckets and
`rehashidx` counts through the buckets of table 0: each operation first moves one bucket to table 1, from Redis 7.4 on
the one that it looks into if that holds keys. When table 0 holds nothing more, table 1 takes its place.
"""
