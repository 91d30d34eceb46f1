"""The five types of value, each with the encoding that the emulated Redis would name."""
