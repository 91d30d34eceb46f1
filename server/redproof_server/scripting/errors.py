"""What goes wrong in a script."""


class ScriptError(Exception):
    """A function that a script called refuses; scripts catch `message` as a string, or in a table as `err`."""

    def __init__(self, message: bytes, is_table: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_table = is_table
