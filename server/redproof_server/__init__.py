"""redproof's bundled server: an independent, I/O-free implementation of Redis behind a thin asyncio shell.

Reading order: `protocol` (bytes to requests, replies to bytes), `engine` (databases, clients, blocking,
transactions, the dispatcher), `commands` (one module per group), `shell` (sockets and the clock).
"""
