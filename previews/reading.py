"""Reads the page to which a link leads, and what it says of itself.

Each request goes to a public address that was judged, at most three redirects are followed, and each is judged as the
first one was. The page is parsed, and its image is decoded, in subprocesses with limits.
"""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from socket import socket
from typing import Annotated
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from chat.media.limited import LimitExceededError, Limits, run_limited
from chat.unicode import without_invisible
from files.decoding.inspection import Thumbnail, make_thumbnail
from outbound.fetch import Answer, FetchError, Network, fetch
from outbound.target import Rules
from previews.links import may_be_read
from previews.models import DESCRIPTION_CHARS, SITE_CHARS, TITLE_CHARS
from previews.rates import LaterError, Rates

WORKER = Path(__file__).with_name("page_worker.py")
MEBIBYTE = 1024 * 1024
LIMITS = Limits(seconds=15, cpu_seconds=3, memory_bytes=256 * MEBIBYTE, output_bytes=64 * 1024)

PAGE_BYTES, IMAGE_BYTES = 256 * 1024, 3 * MEBIBYTE
"""How much is read of a page, and the largest image."""

REDIRECTS = 3
SECONDS = 10.0
"""The time for one page or image, redirects included."""

UNREACHABLE = {"no_such_host", "refused", "timeout", "broken"}
BUSY = {429, 500, 502, 503, 504}
"""Errors and answers after which a page may be read a little later."""

LATER_SECONDS = 30.0

MOVED = {301, 302, 303, 307, 308}
PAGES = ("text/html", "application/xhtml+xml")
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; Sarangbang-Previews)", "Accept-Language": "*"}
CHARSET_CHARS = 40

Said = Annotated[str, StringConstraints(max_length=2_000)]


class Head(BaseModel):
    """What the subprocess may answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    title: Said
    description: Said
    site: Said
    image: Said


@dataclass(frozen=True, slots=True)
class Read:
    """What a page says of itself; nothing, without a title."""

    title: str = ""
    description: str = ""
    site: str = ""
    image: Thumbnail | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads pages; tests replace the network."""

    network: Network = field(default_factory=Network)
    rules: Rules = field(default_factory=Rules)
    rates: Rates | None = None
    seconds: float = SECONDS

    def limited(self, rates: Rates) -> "Reader":
        """One that makes no more requests than these rates allow, redirects and images included."""

        def connect(address: tuple[str, int], seconds: float) -> socket:
            rates.take_connection(address[0])
            return self.network.connect(address, seconds)

        return replace(self, network=replace(self.network, connect=connect), rates=rates)

    def read(self, url: str, *, is_last: bool = True) -> Read:
        """Read a page. What can't be read says nothing, unless it may be tried again: then this raises LaterError."""
        try:
            at, answer = self._get(url, PAGE_BYTES, accept="text/html,application/xhtml+xml")
        except FetchError as error:
            return _nothing(may_change=error.code in UNREACHABLE and not is_last)
        media_type, charset = content_type(answer)
        if answer.status != 200 or media_type not in PAGES or not is_identity(answer):
            return _nothing(may_change=answer.status in BUSY and not is_last)
        head = head_of(answer.content, charset)
        title = clean(head.title, TITLE_CHARS) if head else ""
        if head is None or not title:
            return Read()
        return Read(
            title=title,
            description=clean(head.description, DESCRIPTION_CHARS),
            site=clean(head.site, SITE_CHARS),
            image=self._image(at, head.image) if head.image else None,
        )

    def _image(self, page: str, url: str) -> Thumbnail | None:
        try:
            _at, answer = self._get(joined(page, url), IMAGE_BYTES, accept="image/webp,image/png,image/jpeg,image/gif")
        except (FetchError, LaterError):
            return None
        if answer.status != 200 or answer.is_cut or not is_identity(answer):
            return None
        return make_thumbnail(answer.content)

    def _get(self, url: str, most_bytes: int, *, accept: str) -> tuple[str, Answer]:
        """Follow redirects to an answer, and return it with its address. Raises FetchError or LaterError."""
        until = time.monotonic() + self.seconds
        for _hop in range(REDIRECTS + 1):
            answer = self._request(url, until - time.monotonic(), most_bytes, accept)
            location = answer.headers.get("Location")
            if answer.status not in MOVED or not location:
                return url, answer
            url = joined(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
        raise FetchError("bad_url")

    def _request(self, url: str, seconds: float, most_bytes: int, accept: str) -> Answer:
        if not may_be_read(url, self.rules):
            raise FetchError("bad_url")
        if seconds <= 0:
            raise FetchError("timeout")
        if self.rates is not None:
            self.rates.take_request(url)
        headers = {**HEADERS, "Accept": accept}
        return fetch(
            "GET",
            url,
            headers=headers,
            rules=self.rules,
            seconds=seconds,
            most_bytes=most_bytes,
            network=self.network,
        )


def _nothing(*, may_change: bool) -> Read:
    if may_change:
        raise LaterError(LATER_SECONDS)
    return Read()


def joined(page: str, link: str) -> str:
    """The address to which a link of a page leads. Raises FetchError."""
    try:
        return urljoin(page, link)
    except ValueError as error:
        raise FetchError("bad_url") from error


def content_type(answer: Answer) -> tuple[str, str]:
    """The media type and the charset of an answer."""
    media_type, _semicolon, rest = answer.headers.get("Content-Type", "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip("\"' ")
    return media_type.strip(), charset[:CHARSET_CHARS].replace("\0", "")


def is_identity(answer: Answer) -> bool:
    """Whether the content is not compressed, as was asked for."""
    return answer.headers.get("Content-Encoding", "identity").strip().lower() in ("", "identity")


def head_of(page: bytes, charset: str) -> Head | None:
    """What a page says of itself; None if it can't be parsed within the limits."""
    given = charset.encode("ascii", "replace").decode()
    try:
        return Head.model_validate_json(run_limited(WORKER, page, limits=LIMITS, arguments=[given]))
    except (LimitExceededError, ValidationError):
        return None


def clean(text: str, most: int) -> str:
    """A text of a page as one visible line, cut at a number of characters."""
    visible = without_invisible(" ".join(text.split()))
    line = " ".join("".join(char for char in visible if char.isprintable()).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
