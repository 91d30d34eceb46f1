"""Commands without a model: drawn by what a server documents of them, and held to another server or to themselves."""
