"""Marks text that a server may compress."""


class CompressibleText(str):
    """
    The text of a frame that holds no secret beside text of other people, so that a server may compress it.

    If a secret were compressed together with text chosen by an attacker, the size of the result would disclose
    whether the two are alike. Text is marked as with Django's `mark_safe`: for a server without compression it is an
    ordinary string.

    The server caches its result in `compressed_frame`, so that a text is compressed once for all sockets.
    """

    __slots__ = ("compressed_frame",)

    def __init__(self, _text: str) -> None:
        self.compressed_frame: bytes | None = None
