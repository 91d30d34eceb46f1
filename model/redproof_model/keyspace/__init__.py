"""The state of a server: values, databases, sessions, and the worlds that agree with what was seen."""
