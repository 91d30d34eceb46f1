"""The hash table of Valkey 8.1 (hashtable.c): two tables of chained buckets.

A bucket is as large as a cache line and holds seven entries with a byte of each one's hash. `tables` is about the two
tables, how a rehash moves all entries from one to the other, and what a lookup may leave out; it knows in which chain
an entry is and not where. `chain` is about one chain of buckets, position by position.
"""
