"""Seeded identifiers: every id, token and jitter of a world derives from its seed.

A stream is a name with a counter; the n-th value of a stream depends on seed, name and n alone, so one service's ids
do not move when another service draws more. Values are unguessable to whoever lacks the seed.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from hashlib import blake2b

import msgspec

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
"""Two characters for each ten bits."""
_SHIFTS = tuple(range(120, -10, -10))


class Ids(msgspec.Struct):
    """All id streams of one world; the counters are what a snapshot keeps."""

    seed: str
    counters: dict[str, int] = {}

    def octets(self, stream: str, size: int) -> bytes:
        """The stream's next `size` octets (at most 64)."""
        count = self.counters.get(stream, 0)
        self.counters[stream] = count + 1
        return blake2b(f"{self.seed}\0{stream}\0{count}".encode(), digest_size=size).digest()

    def hex(self, stream: str, size: int) -> str:
        """`2 * size` lower-case hexadecimal digits."""
        return self.octets(stream, size).hex()

    def digits(self, stream: str, length: int) -> str:
        """`length` decimal digits (at most 70), the first never 0."""
        number = int.from_bytes(self.octets(stream, 32), "big")
        return str(9 * 10 ** (length - 1) * number // 256**32 + 10 ** (length - 1))

    def token(self, stream: str, size: int) -> str:
        """`size` octets in URL-safe base64 without padding."""
        return base64.urlsafe_b64encode(self.octets(stream, size)).rstrip(b"=").decode()

    def fraction(self, stream: str) -> float:
        """A number in [0, 1): the world's dice."""
        return int.from_bytes(self.octets(stream, 6), "big") / 256**6

    def ulid(self, now: int) -> str:
        """A ULID for the instant `now`: 26 Crockford characters; ids of one millisecond keep their order."""
        count = self.counters.get("ulid", 0)
        self.counters["ulid"] = count + 1
        salt = blake2b(f"{self.seed}\0ulid\0{count}".encode(), digest_size=6).digest()
        return _ulid_time(now) + _spell((count & 0xFFFFFFFF) << 48 | int.from_bytes(salt, "big"), 70)


@lru_cache(maxsize=64)
def _ulid_time(now: int) -> str:
    """The ten characters of the time; the ids of a burst share them."""
    return _spell(now, 40)


def _spell(value: int, top: int) -> str:
    """`value` in Crockford's base 32, two characters for ten bits, from bit `top` + 9 downwards."""
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(top, -10, -10)])
