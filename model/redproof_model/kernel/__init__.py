"""Transition systems written once and read in several ways: stepped, simulated, exhausted, and proved.

A system is declared over a small vocabulary of terms (`sorts`, `terms`, `vocabulary`, `system`). What reads it:
`python` compiles its steps, `simulate` walks at random, `explore` visits every reachable state of a finite scope,
`prove` hands verification conditions to a solver, `promela` exports it, and `trace` shows what they found.
"""
