"""The HTML of plain text, which the server omits, and the text that a list of rooms shows of HTML."""

import re
from html import escape, unescape

_paragraph_break = re.compile(r"\n{2,}")


def plain(body: str) -> str:
    """Convert to paragraphs and line breaks."""
    html = escape(body, quote=False)
    paragraphs = _paragraph_break.split(html) if "\n\n" in html else [html]
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs).replace("\n", "<br>")


EXCERPT_CHARS = 140
HTML_CHARS = 4_000
HIDDEN = "▒▒▒"
SPOILER = 'span class="spoiler"'
INLINE = frozenset({"a", "code", "em", "s", "span", "strong"})


def excerpt(html: str) -> str:
    """The beginning of rendered HTML on one line and without markup, as the server's excerpts have it."""
    return " ".join(text_of(html[:HTML_CHARS]).split())[:EXCERPT_CHARS]


def text_of(html: str) -> str:
    """The text of rendered HTML, with a space at the end of each block, and without what spoilers hide."""
    first, *rest = html.split("<")
    pieces, hidden = [first], 0
    for piece in rest:
        tag, _end, text = piece.partition(">")
        name = tag.removeprefix("/").partition(" ")[0]
        if hidden and name == "span":
            hidden += -1 if tag == "/span" else 1
        elif tag == SPOILER:
            hidden = 1
            pieces.append(HIDDEN)
        elif name not in INLINE and not hidden:
            pieces.append(" ")
        if not hidden:
            pieces.append(text)
    return unescape("".join(pieces))
