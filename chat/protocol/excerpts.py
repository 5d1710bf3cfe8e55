"""The text of a message on one line, without markup, as lists of rooms show it."""

from html import unescape

EXCERPT_CHARS = 140
"""Maximum length of a message's excerpt in the list of rooms, in characters."""

HTML_CHARS = 4_000
"""An excerpt is made from this much of the HTML."""

HIDDEN = "▒▒▒"
"""What an excerpt has in the place of a spoiler."""

SPOILER = 'span class="spoiler"'
INLINE = frozenset({"a", "code", "em", "s", "span", "strong"})


def excerpt(body: str, html: str | None) -> str:
    """The beginning of a text on one line; `html` is None if it equals `plain(body)`. The client has the same rule."""
    text = body if html is None else text_of(html[:HTML_CHARS])
    return " ".join(text.split())[:EXCERPT_CHARS]


def text_of(html: str, *, with_spoilers: bool = False) -> str:
    """The text of rendered HTML, with a space at the end of each block; what spoilers hide only `with_spoilers`."""
    first, *rest = html.split("<")
    pieces, hidden = [first], 0
    for piece in rest:
        tag, _end, text = piece.partition(">")
        name = tag.removeprefix("/").partition(" ")[0]
        if hidden and name == "span":
            hidden += -1 if tag == "/span" else 1
        elif tag == SPOILER and not with_spoilers:
            hidden = 1
            pieces.append(HIDDEN)
        elif name not in INLINE and not hidden:
            pieces.append(" ")
        if not hidden:
            pieces.append(text)
    return unescape("".join(pieces))
