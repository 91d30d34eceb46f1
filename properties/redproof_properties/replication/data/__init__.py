"""The whole content of servers, and where two of them differ."""
