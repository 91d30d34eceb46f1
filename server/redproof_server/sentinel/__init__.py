"""Sentinel: watching masters, and promoting a replica where one fails (sentinel.c)."""
