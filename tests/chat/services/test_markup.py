"""From what was typed to HTML: the subset of Markdown; and whatever somebody types, it makes no other element."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.models.message import BODY_CHARS
from chat.protocol.errors import ChatError
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.queries.room_cache import FRAME_OVERHEAD_BYTES
from chat.services.markup import render, structured
from chat.services.markup.blocks import MOST_LEVELS, has_blocks
from chat.services.markup.inline import LINK_RELATION, MOST_SIGNS
from chat.services.markup.names import candidates, mentioned
from chat.services.text import clean_body
from tests.harness.services import BASE_DIR

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

MARKED_ATTACKS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x) [y](//evil.example) [z](/accounts/logout/)",
    '[x](https://example.com/"onmouseover="alert(1))',
    '[x](https://example.com "onmouseover=alert(1)")',
    "[x](https://example.com '\"><img src=x>')",
    "[<img src=x onerror=alert(1)>](https://example.com)",
    "![x](https://example.com/x.png)",
    "[x]: javascript:alert(1)\n[x]",
    "||<img src=x onerror=alert(1)>||",
    "**<script>alert(1)</script>**",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    '```js"onload="alert(1)\nx\n```',
    "```</code></pre><script>\nx\n```",
    "> <script>alert(1)</script>",
    "- <script>alert(1)</script>",
    '1. "><script>alert(1)</script>',
    '@"><script>alert(1)</script> @a"onclick=alert(1) #b"onclick=alert(1) :c"d:',
    "<!-- **a** -->",
    "\\<script>alert(1)\\</script>",
]

ELEMENTS: dict[str, set[str]] = {
    **{tag: set() for tag in ("br", "strong", "em", "s", "code", "blockquote", "ul", "li")},
    "p": {"class"},
    "span": {"class", "data-mention", "data-room", "data-emoji"},
    "a": {"href", "target", "rel"},
    "pre": {"data-language"},
    "ol": {"start"},
}
SCHEMES = {"http", "https", "mailto"}
SANITISER = nh3.Cleaner(
    tags=set(ELEMENTS),
    attributes={tag: names - {"rel"} for tag, names in ELEMENTS.items()},
    url_schemes=SCHEMES,
    link_rel=LINK_RELATION,
)
CASES = json.loads((BASE_DIR / "tests" / "harness" / "markup_texts.json").read_text())

fragments = st.sampled_from(
    [
        *(*ATTACKS, "<", ">", "&", '"', "'", "\n", "\n\n", " ", "http://", "www.", ".com", "한글", "🙂"),
        *("*", "**", "_", "~~", "||", "`", "```", "```js\n", "\n> ", "\n- ", "\n  - ", "\n1. ", "[", "](", ")", "\\"),
        *("@mina", "#방", ":tada:", "[a](https://b.co)", "가(a)", "x", "한국.kr", "a_b"),
    ]
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
def test_whatever_is_typed_only_our_elements_come_out(body: str) -> None:
    text = cleaned(body)
    if text is None:
        return
    for tag, attributes in Reading(render(text)).tags:
        assert tag in ELEMENTS
        assert set(attributes) <= ELEMENTS[tag]
        assert attributes.get("class") in {None, "spoiler", "mention", "room", "emoji", "emoji-only"}
        if tag == "a":
            assert set(attributes) == {"href", "target", "rel"}
            assert attributes["rel"] == LINK_RELATION
            assert urlsplit(attributes["href"] or "").scheme in SCHEMES


@given(bodies)
def test_whatever_is_typed_a_sanitiser_finds_nothing_to_remove(body: str) -> None:
    text = cleaned(body)
    if text is None:
        return
    html = render(text)
    ours, sanitised = Reading(html), Reading(SANITISER.clean(html))
    assert sanitised.text == ours.text
    for (tag, attributes), (kept_tag, kept) in zip(ours.tags, sanitised.tags, strict=True):
        assert kept_tag == tag
        # The sanitiser also removes the address of a host that no browser resolves.
        assert {**kept, "href": attributes.get("href")} == {**attributes, "href": attributes.get("href")}


@given(bodies)
def test_whatever_is_typed_its_elements_are_nested(body: str) -> None:
    text = cleaned(body)
    if text is None:
        return
    open_tags: list[str] = []
    for end, tag in re.findall(r"<(/?)([a-z]+)", render(text)):
        if not end:
            open_tags += [] if tag == "br" else [tag]
        else:
            assert open_tags.pop() == tag
        assert len(open_tags) <= 30
    assert open_tags == []


@given(bodies)
def test_the_fast_path_answers_as_the_parser_does(body: str) -> None:
    text = cleaned(body)
    if text is not None:
        assert render(text) == structured(text)


@given(bodies)
def test_a_text_without_signs_of_markup_reads_as_it_was_typed(body: str) -> None:
    text = cleaned(body)
    if text is None or set(text) & set("*_~`|[]\\>-") or has_blocks(text):
        return
    assert Reading(render(text)).text == re.sub(r"\n{2,}", "\n\n", text)


@given(bodies.filter(lambda body: not set(body) & set("[`0123456789")))
def test_no_letter_is_lost(body: str) -> None:
    text = cleaned(body)
    if text is not None:
        read = Reading(render(text)).text
        assert [letter for letter in read if letter.isalpha()] == [letter for letter in text if letter.isalpha()]


@pytest.mark.parametrize(("body", "html"), CASES)
def test_markup_becomes_these_elements(body: str, html: str) -> None:
    assert clean_body(body) == body
    assert render(body) == html


@pytest.mark.parametrize("attack", MARKED_ATTACKS)
def test_an_attack_in_markup_makes_no_element_of_its_own(attack: str) -> None:
    reading = Reading(render(attack))
    assert reading.tags
    for tag, attributes in reading.tags:
        assert set(attributes) <= ELEMENTS[tag]
    assert [href for href, _text in reading.links if not href.startswith(("http://", "https://", "mailto:"))] == []


def test_beyond_a_number_of_signs_paragraphs_stay_text_and_code_is_still_code() -> None:
    stars = "*a* " * MOST_SIGNS
    html = render(f"**bold**\n```\n{stars}\n```\n{stars} naver.com\n- **b**")
    assert html.startswith(f"<p><strong>bold</strong></p><pre><code>{stars}</code></pre><p>*a* *a* ")
    assert '<a href="http://naver.com"' in html
    assert html.endswith("<ul><li><p><strong>b</strong></p></li></ul>")


def test_quotes_and_lists_are_nested_only_so_deep() -> None:
    html = render("> " * 50 + "a")
    assert html.count("<blockquote>") == MOST_LEVELS
    assert html.endswith(f"<p>{'&gt; ' * (50 - MOST_LEVELS)}a</p>" + "</blockquote>" * MOST_LEVELS)


def test_the_usernames_that_a_mention_may_mean_are_those_without_a_korean_particle() -> None:
    assert mentioned(render("@mina @Mina는 @하은님이 `@ada` @하은님이")) == ["mina", "하은님이"]
    assert candidates("하은님이") == ["하은님이", "하은님", "하은", "하"]
    assert candidates("mina") == ["mina"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text(attack: str) -> None:
    html = render(attack)
    assert Reading(html).text == attack
    assert not re.search(r"<(?!/?(p|a|br|span)\b)", html)
    for _tag, attributes in Reading(html).tags:
        assert set(attributes) <= {"href", "target", "rel", "class", "data-mention"}
    for href, _text in Reading(html).links:
        assert urlsplit(href).scheme in SCHEMES


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


def test_lines_and_paragraphs_are_kept() -> None:
    assert render("one\ntwo\n\n\nthree") == "<p>one<br>two</p><p>three</p>"


@pytest.mark.parametrize(
    "piece",
    [
        "*a* ",
        "||@a||",
        "@a ",
        "#a ",
        ":a: ",
        "- a\n",
        "> a\n",
        "```\na\n```\n",
        "[a](b.co)",
        "a.co ",
        "<",
        "&",
        '"',
        "\n\n",
        "가.한국 ",
        "🙂",
        "\x01",
        "a@b.co ",
    ],
)
def test_the_largest_message_fits_a_frame(piece: str) -> None:
    body = clean_body((piece * BODY_CHARS)[: BODY_CHARS - 1] + "x")
    on_the_wire = json.dumps({"body": body, "html": render(body)}, ensure_ascii=False).encode()
    assert len(on_the_wire) < OUTBOUND_FRAME_BYTES - FRAME_OVERHEAD_BYTES
