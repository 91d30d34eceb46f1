"""The account of acknowledged writes after failovers: which are gone, and whether they were lost by design.

It judges what was recorded, and takes no part in it. Offsets order the writes of a history, so those whose offset is
known are looked up one by one; only of the others is an order searched for.
"""
