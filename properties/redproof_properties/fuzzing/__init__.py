"""Campaigns: where their histories come from, what is done with a divergence, and what they leave on disk."""
