"""HyperLogLog as Redis has it: a hash, registers in two representations, and an estimate (`hyperloglog.c`)."""
