"""WebSocket text frames (RFC 6455 §5.2): outgoing frames built once for all sockets that are sent the same text, and a
fast path that parses the common incoming frame."""

import struct
from collections.abc import Callable
from typing import Generic, TypeVar

from autobahn.exception import PayloadCorruptError, PayloadExceededError

from chat.live.compressible import CompressibleText
from chatproject.server.deflate import deflate, inflate

T = TypeVar("T", str, bytes)

FINAL_TEXT = 0x81
"""First byte of an unfragmented, uncompressed text frame."""

COMPRESSED_TEXT = 0xC1
"""First byte of an unfragmented, compressed text frame."""

COMPRESSED_TEXT_START = bytes([COMPRESSED_TEXT])

FINAL_BINARY = 0x82

COMPRESS_FROM_BYTES = 128
"""Smaller texts are not compressed: in `bin/bench compression`, 150 bytes shrink by a fifth, 60 bytes not at all."""


def text_frame(text: str) -> bytes:
    """`text` as a single unmasked frame. Raises UnicodeEncodeError for a lone surrogate."""
    return frame(FINAL_TEXT, text.encode())


def compressed_frame(text: str) -> bytes:
    """The frame of `text` for sockets that negotiated compression, compressed if that is allowed and saves bytes.

    The bytes are cached with the text, because slow sockets request it long after the others.
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
"""The length value which means that the actual length is in the next two bytes."""

SHORT_HEAD, LONG_HEAD = 2, 4
"""Bytes before the mask in a frame with a 7-bit length and in one with a 16-bit length."""

LEAST_OVERHEAD = SHORT_HEAD + MASK_BYTES
"""The minimum overhead of a client's frame in bytes."""


def whole_text(received: bytes, inflate_limit: int = 0) -> str | None:
    """The text, if `received` is exactly one unfragmented, masked text frame of at most 65,535 bytes of valid UTF-8.

    Nearly everything that clients send has this form. Returns None for anything else, whether valid or not.

    A compressed frame is read if it inflates to at most `inflate_limit` bytes; pass 0 for sockets without compression.
    """
    is_compressed = inflate_limit > 0 and received[:1] == COMPRESSED_TEXT_START
    if len(received) < LEAST_OVERHEAD or (received[0] != FINAL_TEXT and not is_compressed):
        return None
    length, head = received[1] ^ MASKED, SHORT_HEAD
    if length == TWO_BYTES_MORE:
        length, head = int.from_bytes(received[2:LONG_HEAD], "big"), LONG_HEAD
        if length < TWO_BYTES_MORE:
            return None  # not the shortest encoding of this length
    elif length > TWO_BYTES_MORE:
        return None  # a 64-bit length, or no mask
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


def chunk(payload: bytes) -> bytes:
    """Part of an HTTP response with the transfer coding `chunked` (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(payload), payload)


class LastFrame(Generic[T]):
    """
    A cache of one entry: `last` is the frame of `text`, the text or payload requested most recently.

    A fan-out requests the same object a thousand times in a row, so comparing identities is enough and costs nothing.
    The cache keeps a reference to the object, so its identity cannot be reused by another one.
    """

    def __init__(self, make_frame: Callable[[T], bytes]) -> None:
        self._make_frame: Callable[[T], bytes] = make_frame
        self.text: T | None = None
        self.last = b""

    def frame(self, text: T) -> bytes:
        """The frame of `text`; the same bytes object if the previous call passed the same object."""
        if text is not self.text:
            self.last = self._make_frame(text)
            self.text = text
        return self.last


class FrameCache(LastFrame[str]):
    """A cache of one WebSocket frame."""

    def __init__(self, make_frame: Callable[[str], bytes] = text_frame) -> None:
        super().__init__(make_frame)
