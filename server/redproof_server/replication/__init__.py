"""Replication without I/O: what masters and replicas know, send and receive (replication.c)."""
