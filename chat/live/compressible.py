"""Marks text that a server may compress."""


class CompressibleText(str):
    """
    The text of a frame in which nothing secret stands beside what other people wrote. A server may compress it.

    Compression would disclose a secret that stands beside text of an attacker's choice: the size of the result says
    whether the two resemble each other. Text is marked as Django's `mark_safe` does it: a server that knows nothing of
    compression is given an ordinary string.

    `compressed_frame` is for the server, which keeps there what it made of the text: however many sockets take it, and
    however late, it is compressed once.
    """

    __slots__ = ("compressed_frame",)

    def __init__(self, _text: str) -> None:
        self.compressed_frame: bytes | None = None
