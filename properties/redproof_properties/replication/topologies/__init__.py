"""Servers that replicate each other through links of ours: topologies as data, and what runs them."""
