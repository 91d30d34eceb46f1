"""The reference executable model: what a correct server of the Redis family may do.

Pure: no clock, no socket, no thread, no unseeded randomness. Time comes in as an interval and
whatever a server may choose for itself (the order of a set, the member that SPOP takes) comes in
as the reply that was seen.
"""
