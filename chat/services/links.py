"""Finds URLs and email addresses in a text, in time linear in its length.

One pass examines each run of letters, digits, dots, hyphens and pluses. A run yields at most one link, and the search
continues after it. Each pattern is a single character class, so none can backtrack: every character is examined a
bounded number of times.
"""

import ipaddress
import re
import unicodedata
from typing import NamedTuple

from chat.services.domains import domain_length, host_length, is_file, mail_domain_length, without_particle

SCHEMES = ("https", "http")
MOST_LINKS = 500
"""Links beyond this many stay plain text: more are too expensive for readers and for the server."""

LOCAL_CHARS = 64
IPV6_CHARS = 45
GREATEST_PORT = 65_535

# Excluded from URLs: what RFC 3987 excludes, white space, invisible characters, quotation marks, CJK punctuation.
_OUTSIDE = (
    r"\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\"`{}|\\^"
    r"\u00ab\u00bb\u200b-\u200f\u2018-\u201f\u2026-\u202e\u2060-\u206f\ufeff"
    r"\u3001\u3002\u3008-\u3011\u3014-\u301b\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b-\uff65"
)
_NAME = re.compile(r"[\w.+\-]+")
_USER = re.compile(r"[\w.+\-:%~!$&'*;=,]*")
_WORD = re.compile(f"[^{_OUTSIDE}]*")
_PATH = re.compile(rf"[^{_OUTSIDE}()\[\]]*")
_SIGN = re.compile(r"://|\w\.\w|@")

_CLOSING = {"(": ")", "[": "]"}
_NO_END = ".,;:!?'*_~(["
_NO_START = "._-+"
_INSIDE_AN_ADDRESS = frozenset("/@%#?&$")


class Link(NamedTuple):
    """`text[start:end]` links to `url`, whose scheme is http, https or mailto."""

    start: int
    end: int
    url: str


def find_links(text: str, most: int = MOST_LINKS) -> list[Link]:
    """The first links of a text, in order of their position; they do not overlap."""
    if not most:
        return []
    has_signs = "." in text or "@" in text or "://" in text
    if not has_signs or not _SIGN.search(text):
        return []
    links, at = [], 0
    names = text.replace("..", "  ")  # no name continues across consecutive dots
    for name in _NAME.finditer(names):
        start, end = name.span()
        if start < at:
            continue
        if text.startswith("://", end):
            link, at = _page(text, names, start, end)
        elif text.startswith("@", end):
            link, at = _mail(text, names, start, end, at)
        elif "." in name[0]:
            link, at = _domain(text, name[0], start)
        else:
            continue
        if link is not None:
            links.append(link)
            if len(links) == most:
                break
    return links


Found = tuple[Link | None, int]
"""A link or None, and the position up to which the text has been processed."""


def _page(text: str, names: str, start: int, end: int) -> Found:
    """A URL whose scheme ends at `end`."""
    name = names[start:end]
    scheme = next((scheme for scheme in SCHEMES if name[-len(scheme) :].lower() == scheme), "")
    before = name[: -len(scheme)][-1:]
    if not scheme or (before.isascii() and (before.isalnum() or before in ("+", "-"))):
        return None, _end_of(_WORD, text, end)  # another scheme; skip everything after it
    host = _after_user(text, end + 3)
    host_end = _ipv6_end(text, host) if text.startswith("[", host) else _host_end(names, host)
    if host_end == host or _goes_on(text, host_end):
        return None, end
    link_end, at = _page_end(text, host_end)
    start = end - len(scheme)
    return Link(start, link_end, text[start:link_end]), at


def _domain(text: str, name: str, start: int) -> Found:
    """A host without a scheme, such as example.com/path."""
    end = start + len(name)
    start = end - len(name.lstrip(_NO_START))
    host_end = start + domain_length(text[start:end])
    if host_end == start or _is_part(text, start) or _goes_on(text, host_end):
        return None, end
    if is_file(text[start:host_end]) and not text.startswith("/", host_end):
        return None, end
    link_end, at = _page_end(text, host_end)
    return Link(start, link_end, f"http://{text[start:link_end]}"), at


def _mail(text: str, names: str, start: int, end: int, free_from: int) -> Found:
    """The email address whose @ is at `end`; its local part is the ASCII text directly before that.

    A preceding `mailto:` is part of the link, unless it belongs to the previous link, which ends at `free_from`.
    """
    domain = _NAME.match(names, end + 1)
    if domain is None or "." not in domain[0]:
        return None, end
    local = names[start:end].encode("ascii", "replace").rpartition(b"?")[2].lstrip(b"._-+")
    length = mail_domain_length(domain[0]) if 0 < len(local) <= LOCAL_CHARS and local[-1:] != b"." else 0
    if not length or _goes_on(text, end + 1 + length):
        return None, end
    start, link_end, at = end - len(local), end + 1 + length, domain.end()
    if start - 7 < free_from or text[start - 7 : start].lower() != "mailto:":
        return Link(start, link_end, f"mailto:{text[start:link_end]}"), at
    if text.startswith("?", link_end):
        link_end, at = _path_end(text, link_end)
    return Link(start - 7, link_end, text[start - 7 : link_end]), at


def _page_end(text: str, host_end: int) -> tuple[int, int]:
    """The end of the URL whose host ends at `host_end`, and the position where the search continues."""
    at = _port_end(text, host_end)
    return _path_end(text, at) if text.startswith(("/", "?", "#"), at) else (at, at)


def _path_end(text: str, start: int) -> tuple[int, int]:
    """The end of a path, query or fragment, and where the search continues. Brackets belong to it only in pairs."""
    at, opened_at = start, start
    stack: list[str] = []
    while True:
        at = _end_of(_PATH, text, at)
        bracket = text[at : at + 1]
        if bracket in _CLOSING:
            opened_at = opened_at if stack else at
            stack.append(_CLOSING[bracket])
        elif stack and bracket == stack[-1]:
            stack.pop()
        else:
            break
        at += 1
    path = text[start : opened_at if stack else at].rstrip(_NO_END)
    return start + len(without_particle(path)), at


def _port_end(text: str, host_end: int) -> int:
    """The end of the port after a host; the host's end if there is none."""
    typed = text[host_end : host_end + 7]
    if typed[:1] != ":":
        return host_end
    digits = len(typed) - 1 - len(typed[1:].lstrip("0123456789"))
    is_port = 0 < digits < 6 and int(typed[1 : digits + 1]) <= GREATEST_PORT
    return host_end + 1 + digits if is_port else host_end


def _after_user(text: str, at: int) -> int:
    """The beginning of the host: after `user@`, if there is one."""
    end = _end_of(_USER, text, at)
    return end + 1 if end > at and text.startswith("@", end) else at


def _host_end(names: str, at: int) -> int:
    name = _NAME.match(names, at)
    return at + host_length(name[0]) if name else at


def _ipv6_end(text: str, at: int) -> int:
    literal, bracket, _rest = text[at + 1 : at + 2 + IPV6_CHARS].partition("]")
    try:
        ipaddress.IPv6Address(literal)
    except ValueError:
        return at
    return at + len(literal) + 2 if bracket and "%" not in literal else at


def _is_part(text: str, start: int) -> bool:
    """Whether a name is part of something else, such as a file's path or a value after a key."""
    if start == 0:
        return False
    before = text[start - 1]
    is_value = before == ":" and text[start - 2 : start - 1].isascii()
    return is_value or before in _INSIDE_AN_ADDRESS or _goes_on(text, start - 1)


def _goes_on(text: str, at: int) -> bool:
    """Whether a combining mark is here, as in Devanagari words: names end before a mark."""
    return at < len(text) and unicodedata.category(text[at])[0] == "M"


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """The end of a match at this position; the patterns also match the empty text."""
    match = pattern.match(text, at)
    return match.end() if match else at
