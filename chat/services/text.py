"""Cleans typed text."""

from django.utils.translation import gettext_lazy as _

from chat.models.message import BODY_CHARS
from chat.protocol.errors import Invalid, TooLarge
from chat.unicode import is_blank, without_invisible

LINE_CHARS = 10_000
"""A longer line is refused before its spaces are normalised."""

UNSEEN_TOO = 4
"""A line may exceed its limit by this factor before invisible characters are removed."""


def clean_body(body: str, *, may_be_empty: bool = False) -> str:
    """Return a typed text as it is stored: with LF line breaks and without trailing white space.

    Raises Invalid for a blank text, unless it may be empty, or one with NUL, which databases cannot store, and TooLarge
    beyond BODY_CHARS.
    """
    if "\x00" in body:
        raise Invalid(_("The text contains a character that can't be stored (NUL)."), field="body")
    text = body.replace("\r\n", "\n").replace("\r", "\n").rstrip().lstrip("\n")
    if not text.strip():
        if may_be_empty:
            return ""
        raise Invalid(_("Write something first."), field="body")
    if len(text) > BODY_CHARS:
        raise TooLarge(_("This is too long: a message can have at most 10,000 characters."), field="body")
    return text


def clean_line(text: str, *, field: str, limit: int, required: bool) -> str:
    """Return a single line, such as a name, with normalised spaces and without invisible characters.

    Raises Invalid if it has NUL, or is required and blank, and TooLarge beyond `limit` characters, both with `field`.
    """
    if len(text) > LINE_CHARS:
        raise TooLarge(_("This is too long: at most %(limit)d characters.") % {"limit": limit}, field=field)
    if "\x00" in text:
        raise Invalid(_("The text contains a character that can't be stored (NUL)."), field=field)
    line = " ".join(text.split())
    if len(line) > limit * UNSEEN_TOO:
        raise TooLarge(_("This is too long: at most %(limit)d characters.") % {"limit": limit}, field=field)
    line = " ".join(without_invisible(line).split())
    if is_blank(line):
        line = ""
    if required and not line:
        raise Invalid(_("Enter a name with visible characters."), field=field)
    if len(line) > limit:
        raise TooLarge(_("This is too long: at most %(limit)d characters.") % {"limit": limit}, field=field)
    return line
