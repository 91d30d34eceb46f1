"""Reading arguments, with the errors that Redis gives (object.c get*FromObjectOrReply)."""

from redproof_server.engine.client import Client
from redproof_server.engine.errors import NOT_A_FLOAT, NOT_AN_INTEGER, CommandError
from redproof_server.protocol.long_double import LongDouble, multiply, parse_long_double
from redproof_server.protocol.numbers import INT64_MAX, INT64_MIN, parse_float, parse_int64

INT32_MIN = -(2**31)
INT32_MAX = 2**31 - 1
NOT_BETWEEN = b"ERR value is out of range, value must between %d and %d"
NOT_AN_INT32 = NOT_BETWEEN % (INT32_MIN, INT32_MAX)
NOT_POSITIVE = b"ERR value is out of range, must be positive"


def read_word(text: bytes) -> bytes:
    """An option in lower case; Redis compares them as C strings, which end at the first NUL (strcasecmp)."""
    return text.lower() if b"\0" not in text else text.partition(b"\0")[0].lower()


def read_integer(text: bytes, message: bytes = NOT_AN_INTEGER) -> int:
    """A signed 64-bit integer (getLongLongFromObjectOrReply)."""
    number = parse_int64(text)
    if number is None:
        raise CommandError(message)
    return number


def read_int32(text: bytes, message: bytes | None = None) -> int:
    """A signed 32-bit integer; a `message` stands for both errors (getIntFromObjectOrReply)."""
    number = read_integer(text, message or NOT_AN_INTEGER)
    if not INT32_MIN <= number <= INT32_MAX:
        raise CommandError(message or NOT_AN_INT32)
    return number


def read_positive(text: bytes) -> int:
    """A signed 64-bit integer that is not negative (getPositiveLongFromObjectOrReply)."""
    return read_at_least(text, 0, NOT_POSITIVE)


def read_at_least(text: bytes, minimum: int, message: bytes) -> int:
    """A signed 64-bit integer no less than `minimum`, or else `message` (getRangeLongFromObjectOrReply)."""
    number = read_integer(text, message)
    if number < minimum:
        raise CommandError(message)
    return number


def read_between(text: bytes, minimum: int, maximum: int) -> int:
    """An integer between two bounds (getRangeLongFromObjectOrReply)."""
    number = read_integer(text)
    if not minimum <= number <= maximum:
        raise CommandError(NOT_BETWEEN % (minimum, maximum))
    return number


def read_float(text: bytes, message: bytes = NOT_A_FLOAT) -> float:
    """A double (getDoubleFromObjectOrReply)."""
    number = parse_float(text)
    if number is None:
        raise CommandError(message)
    return number


def read_deadline_ms(client: Client, text: bytes) -> int | None:
    """The unix time at which a timeout in seconds ends, None for 0 (timeout.c getTimeoutFromObjectOrReply)."""
    seconds = parse_long_double(text)
    if seconds is None:
        raise CommandError(b"ERR timeout is not a float or out of range")
    timeout_ms = whole_number(multiply(seconds, 1000), client.server.version.timeout_rounds_up)
    if timeout_ms < 0:
        raise CommandError(b"ERR timeout is negative")
    return client.server.now_ms + timeout_ms if timeout_ms else None


def read_timeout_ms(text: bytes) -> int:
    """A timeout in whole milliseconds (timeout.c getTimeoutFromObjectOrReply)."""
    timeout_ms = read_integer(text, b"ERR timeout is not an integer or out of range")
    if timeout_ms < 0:
        raise CommandError(b"ERR timeout is negative")
    return timeout_ms


def whole_number(number: LongDouble, rounds_up: bool) -> int:
    """The integer that C makes of a number: rounded up or towards 0, the lowest for one that 64 bits cannot hold."""
    mantissa, exponent = number.mantissa, number.exponent
    if exponent is None:
        return INT64_MIN
    if exponent >= 0:
        whole = mantissa << exponent
    elif rounds_up or mantissa < 0:
        whole = -(-mantissa >> -exponent)
    else:
        whole = mantissa >> -exponent
    return whole if INT64_MIN <= whole <= INT64_MAX else INT64_MIN
