"""The command engine without I/O: requests and `now_ms` in, replies and effects out."""
