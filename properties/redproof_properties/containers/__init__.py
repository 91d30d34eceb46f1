"""Servers in containers, alone or several in one network; imported only where testcontainers is installed."""
