"""The HTML of a text without markup. Frames omit HTML that equals it: the client generates it."""

import re
from html import escape

_paragraph_break = re.compile(r"\n{2,}")


def plain(body: str) -> str:
    """Convert to paragraphs and line breaks, and escape the rest. The client has the same function in JavaScript."""
    return in_paragraphs(escape(body, quote=False))


def in_paragraphs(html: str) -> str:
    """Replace the line breaks in HTML by elements."""
    paragraphs = [html] if "\n\n" not in html else _paragraph_break.split(html)
    return "".join([f"<p>{paragraph}</p>" for paragraph in paragraphs]).replace("\n", "<br>")
