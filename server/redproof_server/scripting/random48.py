"""The random numbers of scripts: the same sequence everywhere for the same seed (rand.c)."""

_MULTIPLIER = 0x5DEECE66D
_INCREMENT = 0xB
_MASK = 2**48 - 1
_LOW_BITS = 0x330E
_START = 0x1234_ABCD_330E


class Random48:
    """A 48-bit linear congruential generator (drand48)."""

    def __init__(self) -> None:
        self._state = _START

    def seed(self, number: int) -> None:
        """Start the sequence of a 32-bit seed (redisSrand48)."""
        self._state = (number & 0xFFFFFFFF) << 16 | _LOW_BITS

    def next(self) -> int:
        """The next number of 31 bits (redisLrand48)."""
        self._state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return self._state >> 17
