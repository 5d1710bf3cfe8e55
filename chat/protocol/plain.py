"""The HTML of a text without markup. Frames omit HTML that equals it: the client generates it."""

import re
from html import escape

_paragraph_break = re.compile(r"\n{2,}")


def plain(body: str) -> str:
    """Convert to paragraphs and line breaks, and escape the rest. The client has the same function in JavaScript."""
    return "".join([f"<p>{part}</p>" for part in paragraphs(escape(body, quote=False))]).replace("\n", "<br>")


def paragraphs(text: str) -> list[str]:
    """Split a text at empty lines."""
    return [text] if "\n\n" not in text else _paragraph_break.split(text)
