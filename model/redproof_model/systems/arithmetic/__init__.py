"""The keyspace's arithmetic: what C computes in 64 bits, and that it is what mathematics says, or where it is not.

A module defines how Redis computes, which the keyspace model runs, and claims in lemmas that this agrees with a
definition over the integers. A lemma whose name ends in `_differs` says exactly where Redis departs from it, and one
whose name ends in `_is_undefined` where a signed sum, product or negation overflows, which C leaves undefined.
"""
