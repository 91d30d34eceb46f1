"""Schedules of commands and faults: drawn, performed, recorded, compared, shrunk."""
