"""From what was typed to HTML: whatever somebody types, it stays text."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.models.message import BODY_CHARS
from chat.protocol.errors import ChatError, Invalid, TooLarge
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.queries.room_cache import FRAME_OVERHEAD_BYTES
from chat.services.text import LINK_RELATION, LINK_SCHEMES, clean_body, clean_line, render

pytestmark = pytest.mark.once

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>click</a>",
    "javascript:alert(1)",
    "JaVaScRiPt://example.com/%0Aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    'http://example.com/"onmouseover="alert(1)',
    "http://example.com/'onmouseover='alert(1)",
    'http://example.com/"><script>alert(1)</script>',
    "http://example.com/<script>alert(1)</script>",
    "https://example.com/?q=<b>&x=&quot;>",
    "mailto:a@example.com?body=<script>",
    'a@example.com"onclick="alert(1)',
    "</p></div><script>alert(1)</script>",
    "<!--<script>alert(1)//-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<style>*{background:url(//evil.example)}</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "http://[::1]/<img src=x onerror=alert(1)>",
    "//evil.example/x.js",
    'www.example.com"><img src=x onerror=alert(1)>',
    "\u202ehttp://example.com/\u202d",
]

fragments = st.sampled_from(
    [*ATTACKS, "<", ">", "&", '"', "'", "\n", "\n\n", " ", "http://", "www.", ".com", "한글", "🙂"]
)
bodies = st.one_of(st.text(max_size=80), st.lists(fragments, max_size=8).map("".join))


class Reading(HTMLParser):
    """What a reader's browser would make of some HTML: its tags, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[tuple[str, str]] = []
        self.text = ""
        self._in_link = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.text += "\n"
        elif tag == "p" and self.text:
            self.text += "\n\n"
        elif tag == "a":
            self._in_link = True
            self.links.append((dict(attrs).get("href") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_link:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment came through: {data}")


def cleaned(body: str) -> str | None:
    try:
        return clean_body(body)
    except ChatError:
        return None


@given(bodies)
@example("a\n\n\nb")
def test_whatever_is_typed_only_paragraphs_breaks_and_links_come_out(body: str) -> None:
    text = cleaned(body)
    if text is None:
        return
    reading = Reading(render(text))
    for tag, attributes in reading.tags:
        assert tag in ("p", "br", "a")
        if tag == "a":
            assert set(attributes) == {"href", "target", "rel"}
            assert attributes["rel"] == LINK_RELATION
            assert urlsplit(attributes["href"] or "").scheme in LINK_SCHEMES
        else:
            assert attributes == {}


@given(bodies)
def test_whatever_is_typed_reads_as_it_was_typed(body: str) -> None:
    text = cleaned(body)
    if text is None:
        return
    assert Reading(render(text)).text == re.sub(r"\n{2,}", "\n\n", text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text(attack: str) -> None:
    html = render(attack)
    assert Reading(html).text == attack
    assert not re.search(r"<(?!/?(p|a|br)\b)", html)
    for _tag, attributes in Reading(html).tags:
        assert set(attributes) <= {"href", "target", "rel"}
    for href, _text in Reading(html).links:
        assert urlsplit(href).scheme in LINK_SCHEMES


@pytest.mark.parametrize(
    ("body", "href", "text"),
    [
        ("https://example.com/a?b=c&d=e#f", "https://example.com/a?b=c&d=e#f", None),
        ("http://localhost:8000/x", "http://localhost:8000/x", None),
        ("see example.com.", "http://example.com", "example.com"),
        ("www.example.org", "http://www.example.org", None),
        ("(https://example.com/a_(b))", "https://example.com/a_(b)", None),
        ("mail mina@example.com!", "mailto:mina@example.com", "mina@example.com"),
        ("https://한국.example/방", "https://한국.example/방", None),
        ("<https://example.com>", "https://example.com", None),
    ],
)
def test_links_can_be_clicked(body: str, href: str, text: str | None) -> None:
    reading = Reading(render(body))
    assert reading.links == [(href, text or reading.links[0][1])]
    assert reading.text == body


@pytest.mark.parametrize(
    "body", ["version 1.2.3", "e.g. this", "a.b", "3.14", "no@link", "file.txt.", "ftp://example.com", "//note"]
)
def test_not_everything_with_a_dot_is_a_link(body: str) -> None:
    assert Reading(render(body)).links == []


@pytest.mark.parametrize("host", ["xn--a", "xn--a.com", "א1a.com"])
def test_a_host_that_no_browser_resolves_stays_text_beside_working_links(host: str) -> None:
    body = f"https://first.example http://{host}/ https://last.example"
    reading = Reading(render(body))
    assert [href for href, _text in reading.links] == ["https://first.example", "https://last.example"]
    assert reading.text == body


def test_lines_and_paragraphs_are_kept() -> None:
    assert render("one\ntwo\n\n\nthree") == "<p>one<br>two</p><p>three</p>"


def test_every_kind_of_line_break_becomes_one() -> None:
    assert clean_body("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_space_at_the_end_is_dropped_and_indentation_kept() -> None:
    assert clean_body("\n\n  code\n    more  \n\n") == "  code\n    more"


def test_a_body_is_measured_after_it_was_tidied() -> None:
    assert len(clean_body("x" * BODY_CHARS + " \n ")) == BODY_CHARS


@pytest.mark.parametrize("body", ["", " ", "\n\t\r\n", "\u3000", "a\x00b"])
def test_a_blank_body_or_one_that_no_database_stores_is_refused(body: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean_body(body)
    assert caught.value.field == "body"


def test_a_body_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooLarge):
        clean_body("x" * (BODY_CHARS + 1))


@pytest.mark.parametrize("piece", ["a.co ", "<", "&", '"', "\n\n", "가.한국 ", "🙂", "\x01", "a@b.co "])
def test_the_largest_message_fits_a_frame(piece: str) -> None:
    body = clean_body((piece * BODY_CHARS)[: BODY_CHARS - 1] + "x")
    on_the_wire = json.dumps({"body": body, "html": render(body)}, ensure_ascii=False).encode()
    assert len(on_the_wire) < OUTBOUND_FRAME_BYTES - FRAME_OVERHEAD_BYTES


@given(st.text(max_size=60))
def test_a_line_is_one_line(text: str) -> None:
    try:
        line = clean_line(text, field="name", limit=40, required=True)
    except ChatError:
        return
    assert line == line.strip()
    assert len(line.splitlines()) == 1
    assert 0 < len(line) <= 40


def test_a_line_may_be_empty_only_where_it_is_not_required() -> None:
    assert clean_line("  ", field="topic", limit=10, required=False) == ""
    with pytest.raises(Invalid):
        clean_line("  ", field="name", limit=10, required=True)
    with pytest.raises(TooLarge):
        clean_line("x" * 11, field="name", limit=10, required=True)
