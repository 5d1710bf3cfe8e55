"""Cleans typed text and renders it to safe HTML. HTML from user text is made only here."""

from html import escape

import nh3
from django.utils.translation import gettext_lazy as _

from chat.models.message import BODY_CHARS
from chat.protocol.errors import Invalid, TooLarge
from chat.protocol.plain import in_paragraphs
from chat.services.links import Link, find_links
from chat.unicode import is_blank, without_invisible

ALLOWED_TAGS = {"p", "br", "a"}
ALLOWED_ATTRIBUTES = {"a": {"href", "target"}}
LINK_RELATION = "noopener noreferrer nofollow ugc"
LINE_CHARS = 10_000
"""A longer line is refused before its spaces are normalised."""

UNSEEN_TOO = 4
"""A line may exceed its limit by this factor before invisible characters are removed."""

LINK_SCHEMES = {"http", "https", "mailto"}
LINK_WITHOUT_ADDRESS = '<a target="'
"""What remains of a link whose URL the sanitiser refused: no browser could resolve its host."""

_sanitiser = nh3.Cleaner(
    tags=ALLOWED_TAGS, attributes=ALLOWED_ATTRIBUTES, url_schemes=LINK_SCHEMES, link_rel=LINK_RELATION
)


def clean_body(body: str) -> str:
    """Return a typed text as it is stored: with LF line breaks and without trailing white space.

    Raises Invalid for a blank text or one with NUL, which databases cannot store, and TooLarge beyond BODY_CHARS.
    """
    if "\x00" in body:
        raise Invalid(_("The text contains a character that can't be stored (NUL)."), field="body")
    text = body.replace("\r\n", "\n").replace("\r", "\n").rstrip().lstrip("\n")
    if not text.strip():
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


def render(body: str) -> str:
    """Render a text as safe HTML with paragraphs, line breaks and links; all else stays as typed."""
    links = find_links(body)
    html = _sanitiser.clean(_markup(body, links))
    if LINK_WITHOUT_ADDRESS in html:
        anchors = html.split("<a ")[1:]
        links = [link for link, anchor in zip(links, anchors, strict=True) if anchor.startswith("href=")]
        html = _sanitiser.clean(_markup(body, links))
    return html


def _markup(body: str, links: list[Link]) -> str:
    pieces, end = [], 0
    for link in links:
        pieces.append(escape(body[end : link.start], quote=False))
        text = escape(body[link.start : link.end])
        pieces.append(f'<a href="{escape(link.url)}" target="_blank">{text}</a>')
        end = link.end
    pieces.append(escape(body[end:], quote=False))
    return in_paragraphs("".join(pieces))
