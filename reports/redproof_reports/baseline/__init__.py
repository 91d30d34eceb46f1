"""Baselines: divergences that are known, each with the reason for which it is accepted for now."""
