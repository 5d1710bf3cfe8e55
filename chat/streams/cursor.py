"""The cursor of a stream: what its client has received, packed into text. Pure functions.

A client may forge any cursor: it only says from where to continue, and the policy decides about all that is read.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

VERSION = 1

CURSOR_CHARS = 32_768
"""Longest cursor. That of somebody in 100 rooms has some 500 characters."""

CURSOR_ROOMS = 4_096
"""Most rooms in a cursor."""

EPOCH_BYTES = 6
STAMP_BYTES = 4
NUMBER_LIMIT = 1 << 53
"""Ids and revisions are below this."""

NUMBERS_KEPT = 16_384
"""Cursors of many streams contain the same numbers, whose bytes are cached."""

MOST_NUMBER_BYTES = 8
CONTINUES = 0x80
"""Of a byte of a number: there are more bytes, with the higher bits."""


class CursorError(Exception):
    """This text is not a cursor."""


class UnknownVersionError(CursorError):
    """A cursor of another version of the server."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a client has: the revision of each of its rooms, by id, and of its person's items (`me`).

    `epoch` identifies the database, and `stamp` what has no revision: `hello` and how far the person has read.
    """

    epoch: bytes
    stamp: bytes
    me: int = 0
    rooms: Mapping[int, int] = field(default_factory=dict)

    def pack(self) -> str:
        """The text of this cursor."""
        parts = [bytes([VERSION]), self.epoch, self.stamp, _bytes_of(self.me)]
        before = 0
        for room in sorted(self.rooms):
            parts += _bytes_of(room - before), _bytes_of(self.rooms[room])
            before = room
        return base64.urlsafe_b64encode(b"".join(parts)).rstrip(b"=").decode()

    @classmethod
    def unpack(cls, text: str) -> "Cursor":
        """The cursor of this text. Raises CursorError."""
        if len(text) > CURSOR_CHARS or not text.isascii():
            raise CursorError
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise CursorError from error
        if packed and packed[0] != VERSION:
            raise UnknownVersionError
        head = 1 + EPOCH_BYTES + STAMP_BYTES
        if len(packed) <= head:
            raise CursorError
        me, at = _number(packed, head)
        rooms: dict[int, int] = {}
        room = 0
        while at < len(packed):
            step, at = _number(packed, at)
            revision, at = _number(packed, at)
            room += step
            if not step or room >= NUMBER_LIMIT or len(rooms) == CURSOR_ROOMS:
                raise CursorError
            rooms[room] = revision
        return cls(packed[1 : 1 + EPOCH_BYTES], packed[1 + EPOCH_BYTES : head], me, rooms)


def digest(parts: Iterable[object], size: int) -> bytes:
    """A digest of these values, the same in every process."""
    return hashlib.blake2b(repr(list(parts)).encode(errors="surrogatepass"), digest_size=size).digest()


def epoch_digest(epoch: str) -> bytes:
    """The `epoch` of a cursor."""
    return digest([epoch], EPOCH_BYTES)


@lru_cache(NUMBERS_KEPT)
def _bytes_of(number: int) -> bytes:
    """A number, in 7 bits a byte. The lowest bits come first."""
    packed = bytearray()
    while number >= CONTINUES:
        packed.append(number & ~CONTINUES & 0xFF | CONTINUES)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _number(packed: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where the next one begins."""
    number = 0
    for index, byte in enumerate(packed[at : at + MOST_NUMBER_BYTES]):
        number |= (byte & ~CONTINUES) << 7 * index
        if byte < CONTINUES:
            if number >= NUMBER_LIMIT or (index and not byte):  # too large, or not the shortest form
                raise CursorError
            return number, at + index + 1
    raise CursorError
