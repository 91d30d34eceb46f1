"""The properties of a correct server, and what runs them against targets."""
