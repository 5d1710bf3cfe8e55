"""chat.services.links: which parts of a text are links, and where they lead."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.services.links import MOST_LINKS, find_links

pytestmark = pytest.mark.once

PIECES = [
    *(
        "http://",
        "https://",
        "mailto:",
        "www.",
        "://",
        "xn--",
        ".com",
        ".kr",
        "naver.com",
        "a@b.co",
        "[::1]",
        "127.0.0.1",
    ),
    *("/", "?", "#", ":", "80", "@", ".", "..", "-", "_", "+", "(", ")", "[", "]", "*", "'", ",", " ", "\n", "%"),
    *("한국", "사랑방", "에서", "은", "भारत", "🙂", "\x01", "\u200b", "\u202e", "a", "Z"),
]
texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


def found(text: str) -> list[str]:
    return [text[link.start : link.end] for link in find_links(text)]


@given(texts)
@example("http://a..b.com")
@example("www.a.mailto:x@b.co")
@example("http://[::1%eth0]/")
def test_links_are_in_order_and_do_not_overlap(text: str) -> None:
    at = 0
    for link in find_links(text):
        assert at <= link.start < link.end <= len(text)
        at = link.end


@given(texts)
def test_every_link_is_a_page_or_email_address_as_typed(text: str) -> None:
    for link in find_links(text):
        typed = text[link.start : link.end]
        assert link.url in (typed, f"http://{typed}", f"mailto:{typed}")
        assert link.url.lower().startswith(("http://", "https://", "mailto:"))
        assert not any(character.isspace() or character in '<>"' for character in link.url)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("http://user@host/x and http://user:secret@example.com:80/?q#f", 2),
        ("http://1.2.3.4:80/a, http://[::1]:8000/x", 2),
        ("naver.com,daum.net", 2),
        ("(daum.net) [google.com] <kakao.com> “naver.com” 「nate.com」", 5),
        ("xn--3e0b707e.kr http://xn--bj0bj06e.xn--3e0b707e/", 2),
        ("한국.kr 도메인.한국 www.nowhere.whatever", 3),
        ("HTTP://EXAMPLE.COM Naver.com", 2),
        ("docs.rs/serde www.docs.rs", 2),
        ("http://[zz]/ http://[::1 http://999.1.1.1/ http://1.2.3/ http://0x7f/", 0),
        ("README.md manage.py:12 run.sh", 0),
        ("It ends.It begins. 살고 있어요.한국에서 왔어요. 했어요.그래서", 0),
        ("@naver.com src/naver.com key:naver.com 50%naver.com", 0),
        ("javascript://example.com/%0aalert(1) ftp://a.com/x xhttp://a.com", 0),
        ("भारत.com http://भारत.भारत/", 0),
        (f"http://{'a' * 64}.com {'a.' * 127}com http://{'a.' * 200}com", 0),
    ],
)
def test_addresses_are_distinguished_from_other_text_with_dots(text: str, links: int) -> None:
    assert len(find_links(text)) == links


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://example.com/x.", "https://example.com/x"),
        ("is it example.com?", "example.com"),
        ("(https://example.com/a_(b)).", "https://example.com/a_(b)"),
        ("(https://example.com/x.)", "https://example.com/x"),
        ("https://example.com/((x", "https://example.com/"),
        ("**https://example.com/x**", "https://example.com/x"),
        ("'https://example.com/x'", "https://example.com/x"),
        ("https://example.com/x...", "https://example.com/x"),
        ("https://example.com/v1...v2", "https://example.com/v1...v2"),
        ("wait...naver.com...", "naver.com"),
        ("https://example.com:99999/", "https://example.com"),
        ("👉naver.com👈", "naver.com"),
        ("https://example.com/\u202egpj.exe", "https://example.com/"),
        ("https://example.com/\x01x", "https://example.com/"),
        ("mailto:a@b.co?subject=hi.", "mailto:a@b.co?subject=hi"),
        ("Mina <mina+chat@maple.example>", "mina+chat@maple.example"),
    ],
)
def test_punctuation_around_an_address_is_not_part_of_it(text: str, link: str) -> None:
    assert found(text) == [link]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://example.com에서 봐요", "https://example.com"),
        ("https://example.com/에서 봐요", "https://example.com/"),
        ("https://example.com/a에서.", "https://example.com/a"),
        ("https://example.com/a_(b)를", "https://example.com/a_(b)"),
        ("https://example.com:8000으로", "https://example.com:8000"),
        ("http://localhost에서", "http://localhost"),
        ("http://도메인.한국에서", "http://도메인.한국"),
        ("naver.com입니다.그리고", "naver.com"),
        ("mina@example.com으로 보내세요", "mina@example.com"),
        ("링크:naver.com", "naver.com"),
        ("링크https://example.com/x", "https://example.com/x"),
        ("메일은mina@example.com", "mina@example.com"),
    ],
)
def test_a_korean_particle_is_not_part_of_the_address_before_it(text: str, link: str) -> None:
    assert found(text) == [link]


@pytest.mark.parametrize(
    "link",
    [
        "https://ko.wikipedia.org/wiki/사랑방",
        "https://ko.wikipedia.org/wiki/사랑방_(건축)",
        "https://ko.wikipedia.org/wiki/C언어",
        "https://ko.wikipedia.org/wiki/3·1_운동",
        "https://ko.wikipedia.org/wiki/은",
        "https://example.com/검색?q=사랑방은#목차를",
        "https://한글로.example/사랑방에서",
    ],
)
def test_a_path_in_hangul_is_part_of_its_address(link: str) -> None:
    assert found(f"{link} 보세요") == [link]


def test_a_text_has_a_bounded_number_of_links() -> None:
    assert len(find_links("a.co " * (MOST_LINKS + 1))) == MOST_LINKS
