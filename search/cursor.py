"""Where a page of results ended, as clients are given it."""

import base64
import binascii
import struct
from typing import NamedTuple

from chat.protocol.commands import LARGEST_INTEGER
from chat.protocol.errors import Invalid

_FORM = struct.Struct(">QH")


class Cursor(NamedTuple):
    """The results among messages with ids below one, from a place on. Names only messages that the reader has seen."""

    below: int
    offset: int = 0

    def pack(self) -> str:
        """As text."""
        return base64.urlsafe_b64encode(_FORM.pack(*self)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """From text. Raises Invalid."""
        try:
            found = cls(*_FORM.unpack(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        except (ValueError, binascii.Error, struct.error):
            raise Invalid(field="cursor") from None
        if found.below > LARGEST_INTEGER:
            raise Invalid(field="cursor")
        return found
