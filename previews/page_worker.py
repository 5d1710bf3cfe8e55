"""Reads the head of an HTML page: `page_worker.py CHARSET`, with the charset of its headers, if there was one.

Run by `reading` in a limited subprocess; never import it. Reads the page from standard input, and writes what it says
of itself to standard output, as JSON: {"title": …, "description": …, "site": …, "image": …}, each perhaps empty.
"""

import json
import sys
from html.parser import HTMLParser

TEXT_CHARS = 2_000
"""Most characters of each text; the site shows fewer."""

TAGS = 2_000
DECLARATION_BYTES = 2_048
"""Where the page itself says in which charset it is."""

UTF_8 = "utf-8"
CODECS = {
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ks_c_5601", "cp949", "windows-949", "korean"), "cp949"),
    **dict.fromkeys(("shift_jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    **dict.fromkeys(("iso-8859-1", "latin1", "us-ascii", "windows-1252"), "cp1252"),
    **{name: name for name in ("euc-jp", "iso-2022-jp", "big5", "koi8-r", "windows-1251", "windows-1250", "utf-16")},
}
"""Other charsets are taken for UTF-8."""

NAMES = {
    "title": ("og:title", "twitter:title", "<title>"),
    "description": ("og:description", "twitter:description", "description"),
    "site": ("og:site_name", "application-name"),
    "image": ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"),
}
"""Where a page says something of itself, what is preferred first."""

KNOWN = {name for names in NAMES.values() for name in names}


class EndOfHeadError(Exception):
    """The rest of the page is of no interest."""


class Head(HTMLParser):
    """Collects what a page says of itself, up to the end of its head."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self._title: list[str] | None = None
        self._tags = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags += 1
        if tag == "body" or self._tags > TAGS:
            raise EndOfHeadError
        if tag == "title" and "<title>" not in self.said:
            self._title = []
        elif tag == "meta":
            self._meta({name: value or "" for name, value in reversed(attrs)})

    def _meta(self, given: dict[str, str]) -> None:
        name = (given.get("property") or given.get("name") or "").strip().lower()
        content = given.get("content", "").strip()
        if name in KNOWN and content:
            self.said.setdefault(name, content[:TEXT_CHARS])

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self.said.setdefault("<title>", "".join(self._title)[:TEXT_CHARS])
            self._title = None
        elif tag == "head":
            raise EndOfHeadError

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data[:TEXT_CHARS])


def codec_of(page: bytes, header: str) -> str:
    """The codec of a page: by its mark, its headers, or what it says itself."""
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = page[:DECLARATION_BYTES].lower().partition(b"charset=")[2].lstrip(b"\"' ")[:40]
    name = header or declared.decode("ascii", "replace")
    return CODECS.get("".join(_leading(name.strip().lower())), UTF_8)


def _leading(text: str) -> list[str]:
    """The characters of a name at the beginning of a text."""
    letters = []
    for char in text:
        if not (char.isalnum() or char in "-_"):
            break
        letters.append(char)
    return letters


def read(page: bytes, charset: str) -> dict[str, str]:
    """What a page says of itself."""
    head = Head()
    try:
        head.feed(page.decode(codec_of(page, charset), "replace"))
        head.close()
    except EndOfHeadError:
        pass
    return {what: next((head.said[name] for name in names if name in head.said), "") for what, names in NAMES.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read(), sys.argv[1])))
