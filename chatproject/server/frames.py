"""WebSocket text frames (RFC 6455 §5.2): built once for however many sockets are sent the same text, and the common one
of those that come in read at once."""

import struct
from collections.abc import Callable

from autobahn.exception import PayloadCorruptError, PayloadExceededError

from chat.live.compressible import CompressibleText
from chatproject.server.deflate import deflate, inflate

FINAL_TEXT = 0x81
"""First byte of an unfragmented, uncompressed text frame."""

COMPRESSED_TEXT = 0xC1
"""The same of a compressed one."""

COMPRESSED_TEXT_START = bytes([COMPRESSED_TEXT])

FINAL_BINARY = 0x82

COMPRESS_FROM_BYTES = 128
"""Smaller texts are not compressed: `bin/bench compression` finds that a fifth of 150 bytes is saved, of 60 nothing."""


def text_frame(text: str) -> bytes:
    """`text` as the one unmasked frame that a server sends. Raises UnicodeEncodeError for a lone surrogate."""
    return frame(FINAL_TEXT, text.encode())


def compressed_frame(text: str) -> bytes:
    """The frame of `text` for sockets that agreed to compression. It is compressed if that is allowed and saves bytes.

    The bytes are kept with the text, because sockets that are slow take it long after the others.
    """
    if not isinstance(text, CompressibleText):
        return text_frame(text)
    if text.compressed_frame is None:
        text.compressed_frame = _smaller_frame(text.encode())
    return text.compressed_frame


def _smaller_frame(data: bytes) -> bytes:
    if len(data) >= COMPRESS_FROM_BYTES:
        compressed = deflate(data)
        if len(compressed) < len(data):
            return frame(COMPRESSED_TEXT, compressed)
    return frame(FINAL_TEXT, data)


def frame(first: int, payload: bytes) -> bytes:
    """An unmasked frame of any size, beginning with this first byte."""
    length = len(payload)
    if length < TWO_BYTES_MORE:
        return struct.pack("!BB", first, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", first, TWO_BYTES_MORE, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


MASKED = 0x80
MASK_BYTES = 4
TWO_BYTES_MORE = 126
"""This length says that the length stands in the next two bytes."""

SHORT_HEAD, LONG_HEAD = 2, 4
"""Bytes before the mask, of a frame with a length of 7 bits and of 16."""

LEAST_OVERHEAD = SHORT_HEAD + MASK_BYTES
"""The fewest bytes by which a client's frame is longer than its payload."""


def whole_text(received: bytes, inflate_limit: int = 0) -> str | None:
    """The text, where what was received is one whole, unfragmented, masked text frame of at most 65,535 bytes in valid
    UTF-8, and nothing else. Nearly all that clients send is that; None for the rest, faulty or not.

    A compressed frame is read if it inflates to at most `inflate_limit` bytes: 0 for sockets without compression.
    """
    is_compressed = inflate_limit > 0 and received[:1] == COMPRESSED_TEXT_START
    if len(received) < LEAST_OVERHEAD or (received[0] != FINAL_TEXT and not is_compressed):
        return None
    length, head = received[1] ^ MASKED, SHORT_HEAD
    if length == TWO_BYTES_MORE:
        length, head = int.from_bytes(received[2:LONG_HEAD], "big"), LONG_HEAD
        if length < TWO_BYTES_MORE:
            return None  # too long a way to say so little
    elif length > TWO_BYTES_MORE:
        return None  # eight bytes more, or no mask
    begin = head + MASK_BYTES
    if len(received) != begin + length:
        return None
    mask = received[head:begin] * (length // MASK_BYTES + 1)
    number = int.from_bytes(received[begin:], "big") ^ int.from_bytes(mask[:length], "big")
    payload = number.to_bytes(length, "big")
    try:
        return (inflate(payload, inflate_limit) if is_compressed else payload).decode()
    except (UnicodeDecodeError, PayloadExceededError, PayloadCorruptError):
        return None


class FrameCache:
    """
    The frame of the text that was asked for last: `last`, of `text`.

    A fan-out asks a thousand times in a row for one and the same string object, so comparing identities is enough and
    costs nothing. The cache holds the string itself: its identity cannot pass to another one meanwhile.
    """

    def __init__(self, make_frame: Callable[[str], bytes] = text_frame) -> None:
        self._make_frame = make_frame
        self.text: str | None = None
        self.last = b""

    def frame(self, text: str) -> bytes:
        """The frame of `text`, the same bytes object for the same string object asked for again."""
        if text is not self.text:
            self.last = self._make_frame(text)
            self.text = text
        return self.last
