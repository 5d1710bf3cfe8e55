"""The HTML of a text without any markup. HTML that equals it is left out of frames: the client makes it."""

import re
from html import escape

_paragraph_break = re.compile(r"\n{2,}")


def plain(body: str) -> str:
    """Paragraphs and line breaks; everything else as typed. The client has the same function in JavaScript."""
    return in_paragraphs(escape(body, quote=False))


def in_paragraphs(html: str) -> str:
    """HTML in which line breaks became elements."""
    paragraphs = [html] if "\n\n" not in html else _paragraph_break.split(html)
    return "".join([f"<p>{paragraph}</p>" for paragraph in paragraphs]).replace("\n", "<br>")
