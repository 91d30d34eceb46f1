"""How large a lock is looked at, and the sorts that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.kernel.parts import Domain
from redproof_model.kernel.sorts import Int

NOBODY: Final = -1
"""The holder of a lock that is free."""

NO_TOKEN: Final = 0
"""The fencing token of a client that has had no lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds: clients, the longest time to live, and how many locks are taken; None for no bound."""

    clients: int
    ttl_max: int | None = None
    tokens_max: int | None = None
    counts_in_redis: bool = False
    """Tokens are counted by the server that has the lock, so that a failover may take the count back."""

    @property
    def all_clients(self) -> range:
        """The numbers of the clients."""
        return range(self.clients)

    @property
    def client(self) -> Domain:
        """A client that does something: left open in the proof, where it is any of them."""
        return Int(0, self.clients - 1) if self.ttl_max is None else self.all_clients

    @property
    def holder(self) -> Int:
        """A client, or nobody."""
        return Int(NOBODY, self.clients - 1)

    @property
    def time(self) -> Int:
        """The ticks that a lock has left."""
        return Int(0, self.ttl_max)

    @property
    def ttl(self) -> Int:
        """A time to live."""
        return Int(1, self.ttl_max)

    @property
    def token(self) -> Int:
        """A fencing token, or none."""
        return Int(NO_TOKEN, self.tokens_max)

    @property
    def next_token(self) -> Int:
        """The token that is given next: one beyond the last if there are no more."""
        return Int(1, None if self.tokens_max is None else self.tokens_max + 1)


PROOF: Final = Scope(clients=3)
"""Three clients, and times and tokens without bounds."""

SMALL: Final = Scope(clients=2, ttl_max=2, tokens_max=3)
"""Two clients."""

COUNTER: Final = Scope(clients=2, ttl_max=2, tokens_max=3, counts_in_redis=True)
"""The same with tokens that INCR gives on the server that has the lock."""
