"""The subcommands of `redproof`, a module for each."""
