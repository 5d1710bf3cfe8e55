"""
Compression of WebSocket messages (permessage-deflate, RFC 7692) without context takeover.

A message that was compressed once can therefore be sent to all sockets, and no connection keeps a compressor or
decompressor: those of zlib take 256 and 40 KiB.
"""

import zlib
from typing import Any

from autobahn.exception import PayloadCorruptError, PayloadExceededError

LEVEL = 1
WINDOW_BITS = 12
"""Log2 of the compression window in bytes. For frames of chat messages a window of 32 KiB saves no more, and its setup
takes twice as long as compressing one message.
"""

MEMORY_LEVEL = 8

STRIPPED = b"\x00\x00\xff\xff"
"""The tail of zlib's flush, which is not sent (RFC 7692 §7.2.1)."""


def deflate(data: bytes) -> bytes:
    """The compressed payload of a message."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW_BITS, MEMORY_LEVEL)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[: -len(STRIPPED)]


def inflate(payload: bytes, limit: int) -> bytes:
    """The data of a compressed payload.

    Raises PayloadExceededError as soon as it exceeds `limit` bytes, and PayloadCorruptError if it is malformed.
    """
    inflater = MessageInflater()
    inflater.start_decompress_message()
    data = inflater.decompress_message_data(payload, limit)
    inflater.end_decompress_message()
    return data


class MessageInflater:
    """Inflates messages part by part, with the interface that Autobahn's parser expects of a compression extension."""

    __slots__ = ("_inflater",)

    EXTENSION_NAME = "permessage-deflate"

    def __init__(self) -> None:
        self._inflater: Any = None  # exists only within a message

    def start_decompress_message(self) -> None:
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    def decompress_message_data(self, data: bytes, max_output_len: int) -> bytes:
        """Inflate part of a message to at most `max_output_len` bytes. Raises the same errors as `inflate`."""
        # Allow one byte more: if it is not used, zlib holds no more output.
        inflated: bytes = self._inflate(data, max_output_len + 1)
        if len(inflated) > max_output_len:
            raise PayloadExceededError(f"The message inflates to more than {max_output_len} bytes")
        return inflated

    def end_decompress_message(self) -> None:
        """End a message. Raises PayloadCorruptError if it is truncated."""
        rest = self._inflate(STRIPPED, 1)
        self._inflater = None
        if rest:
            raise PayloadCorruptError("The compressed message is incomplete")

    def _inflate(self, data: bytes, room: int) -> bytes:
        try:
            inflated: bytes = self._inflater.decompress(data, room)
        except zlib.error as error:
            raise PayloadCorruptError(str(error)) from error
        return inflated
