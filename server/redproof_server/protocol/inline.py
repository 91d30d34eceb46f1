"""Inline commands: a line of words, with quotes and escapes (sds.c sdssplitargs)."""

_BLANKS = b" \n\r\t\v\f"
_WORD_ENDS = b" \n\r\t"
_ESCAPES = {ord("n"): 10, ord("r"): 13, ord("t"): 9, ord("b"): 8, ord("a"): 7}
_HEX_DIGITS = b"0123456789abcdefABCDEF"


def split_words(line: bytes) -> list[bytes] | None:
    """The words of `line`, or None when its quotes are unbalanced."""
    words: list[bytes] = []
    line = line.partition(b"\0")[0]
    position = _skip_blanks(line, 0)
    while position < len(line):
        word = bytearray()
        end = _read_word(line, position, word)
        if end is None:
            return None
        words.append(bytes(word))
        position = _skip_blanks(line, end)
    return words


def _skip_blanks(line: bytes, position: int) -> int:
    while position < len(line) and line[position] in _BLANKS:
        position += 1
    return position


def _read_word(line: bytes, position: int, word: bytearray) -> int | None:
    """Append the word at `position` to `word`; its end, or None when a quote stays open."""
    while position < len(line) and line[position] not in _WORD_ENDS:
        character = line[position]
        if character in b"\"'":
            return _read_quoted(line, position + 1, character, word)
        word.append(character)
        position += 1
    return position


def _read_quoted(line: bytes, position: int, quote: int, word: bytearray) -> int | None:
    """Append the quoted part from `position`; a closing quote must end the word."""
    while position < len(line):
        character = line[position]
        if character == quote:
            position += 1
            closed = position == len(line) or line[position] in _BLANKS
            return position if closed else None
        if character == ord("\\") and position + 1 < len(line):
            position = _read_escape(line, position, quote, word)
        else:
            word.append(character)
            position += 1
    return None


def _read_escape(line: bytes, position: int, quote: int, word: bytearray) -> int:
    """Append what the backslash at `position` stands for; single quotes know only the escaped quote."""
    following = line[position + 1]
    if quote == ord("'"):
        if following != quote:
            word.append(ord("\\"))
            return position + 1
        word.append(quote)
        return position + 2
    digits = line[position + 2 : position + 4]
    if following == ord("x") and len(digits) == 2 and all(digit in _HEX_DIGITS for digit in digits):
        word.append(int(digits, 16))
        return position + 4
    word.append(_ESCAPES.get(following, following))
    return position + 2
