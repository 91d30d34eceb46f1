"""The properties, as pytest runs them: `pytest properties`, or `redproof check` for those who do not know pytest."""
