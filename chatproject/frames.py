"""WebSocket text frames (RFC 6455 §5.2), built once for however many sockets are sent the same text."""

import struct

FINAL_TEXT = 0x81
"""First byte of an unfragmented, uncompressed text frame."""


def text_frame(text: str) -> bytes:
    """`text` as the one unmasked frame that a server sends. Raises UnicodeEncodeError for a lone surrogate."""
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", FINAL_TEXT, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", FINAL_TEXT, 126, length) + payload
    return struct.pack("!BBQ", FINAL_TEXT, 127, length) + payload


class FrameCache:
    """
    The frame of the text that was asked for last.

    A fan-out asks a thousand times in a row for one and the same string object, so comparing identities is enough and
    costs nothing. The cache holds the string itself: its identity cannot pass to another one meanwhile.
    """

    def __init__(self) -> None:
        self._text: str | None = None
        self._frame = b""

    def frame(self, text: str) -> bytes:
        """The frame of `text`, the same bytes object for the same string object asked for again."""
        if text is not self._text:
            self._frame = text_frame(text)
            self._text = text
        return self._frame
