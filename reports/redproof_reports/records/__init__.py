"""Divergences over many runs: the journal that keeps them, its index, and what is known of them."""
