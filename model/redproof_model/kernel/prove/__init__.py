"""The proofs: verification conditions of a system, printed as SMT-LIB and decided by solvers in child processes."""
