"""A lock in Redis: `SET lock TOKEN NX PX ttl`, a script that deletes it for its token, and what breaks it.

See https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/. Two clients hold it at once after a
failover, a pause of a client, or a jump of the server's clock: each of these alone is enough. A fencing token, a number
that grows with each lock and that is checked by whatever the lock guards, makes up for all of them.
"""
