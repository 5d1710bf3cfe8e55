"""The header Range (RFC 9110), of which one span is understood."""

from typing import NamedTuple

UNIT = "bytes="
HEADER_CHARS = 200
DIGITS = 16


class Span(NamedTuple):
    """The bytes from `first` to `last`, of `size`."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def is_all(self) -> bool:
        """Whether it was not a part that was asked for."""
        return self.size < 0


def whole(size: int) -> Span:
    """All bytes."""
    return Span(0, size - 1, -1)


def asked_span(header: str | None, if_range: str | None, *, size: int, etag: str) -> Span | None:
    """The span to send; None if there is nothing to send of what is asked for (416).

    All bytes if no span is asked for, several are, the header can't be read, or the file is not the one of `if_range`.
    """
    if header is None or len(header) > HEADER_CHARS or not header.startswith(UNIT):
        return whole(size)
    if if_range is not None and if_range != etag:
        return whole(size)
    first, dash, last = header.removeprefix(UNIT).strip().partition("-")
    if not dash or not all(_is_number(text) for text in (first, last) if text) or not (first or last):
        return whole(size)
    if not first:
        length = min(int(last), size)
        return Span(size - length, size - 1, size) if length else None
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < begin:
        return whole(size)
    return Span(begin, end, size) if begin < size else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS
