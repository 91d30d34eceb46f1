"""Servers and Sentinels in one process, on virtual time and over a network that is simulated, from a seed.

What runs is what the shell runs: the engine, replication and Sentinel, around which `hosting` does the same. Only
sockets, files, timers and the clock are others.
"""
