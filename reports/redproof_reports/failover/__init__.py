"""Failovers shown: what a record and its judges say, as a timeline on a page and in the terminal."""
