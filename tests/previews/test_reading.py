"""Pages are read only from public addresses, with limits, and say what they say of themselves."""

import gzip
import io
from typing import Any

import pytest
from PIL import Image

from outbound.fetch import Network
from outbound.target import Rules
from previews.models import TITLE_CHARS
from previews.rates import LaterError
from previews.reading import PAGE_BYTES, Read, Reader, clean
from tests.harness import images
from tests.harness import receiver as replies
from tests.harness.pages import PUBLIC, Names, by_path, html, moved, page
from tests.harness.receiver import Receiver, status
from tests.outbound.test_public_addresses import NOT_PUBLIC, WRITTEN

pytestmark = pytest.mark.once

URL = "http://pages.example/a"
PATIENT = 60.0


def read(names: Names, url: str = URL, *, seconds: float = PATIENT, is_last: bool = True) -> Read:
    return Reader(network=names.network, seconds=seconds).read(url, is_last=is_last)


def test_a_page_says_what_it_is(names: Names) -> None:
    names.receiver.reply = html(page("Plain", title="The title", description="Some &amp; more", site_name="Pages"))
    assert read(names) == Read("The title", "Some & more", "Pages", None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<title>Only a title</title>", Read("Only a title")),
        (b"<title>\n  A   long\n title </title>", Read("A long title")),
        (b'<meta name="twitter:title" content="T"><meta name=description content=D>', Read("T", "D")),
        (b'<title>a</title><meta property="og:title" content=""><title>b</title>', Read("a")),
        (b"<META PROPERTY='OG:TITLE' CONTENT='&lt;b&gt;'>", Read("<b>")),
        (b"<title>never closed", Read()),
        (b"<body><title>in the body</title>", Read()),
        (b"<p>no title", Read()),
        (b"", Read()),
        (b"<title>a\xe2\x80\xae\xe2\x80\x8bb</title>", Read("ab")),
        (b"<title>\xe2\x80\x8b</title>", Read()),
        (b"<title>" + b"x" * 5000 + b"</title>", Read("x" * 199 + "…")),
        (b"<svg><title>a</title></svg>", Read("a")),
        (b"<script><title>a</title></script><title>b</title>", Read("b")),
    ],
)
def test_what_a_page_says_of_itself(names: Names, content: bytes, expected: Read) -> None:
    names.receiver.reply = html(content)
    assert read(names) == expected


@pytest.mark.parametrize(
    ("charset", "content_type", "declared"),
    [
        ("cp949", "text/html; charset=EUC-KR", ""),
        ("cp949", "text/html", '<meta charset="ks_c_5601-1987">'),
        ("cp949", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">'),
        ("utf-8", "text/html", ""),
        ("utf-8", "text/html; charset=nonsense", ""),
        ("utf-16", "text/html", ""),
    ],
)
def test_a_page_in_any_charset_is_read(names: Names, charset: str, content_type: str, declared: str) -> None:
    content = f"{declared}<title>한국어 제목</title>".encode(charset)
    names.receiver.reply = html(content, content_type)
    assert read(names).title == "한국어 제목"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/pdf", "image/png", "application/json", "", "text/html2"]
)
def test_what_is_no_page_says_nothing(names: Names, content_type: str) -> None:
    names.receiver.reply = html(b"<title>a</title>", content_type)
    assert read(names) == Read()


@pytest.mark.parametrize("code", [201, 204, 304, 401, 403, 404, 410, 500, 503])
def test_a_page_that_is_not_there_says_nothing(names: Names, code: int) -> None:
    names.receiver.reply = status(
        code, b"<title>a</title>" if code not in (204, 304) else b"", Content_Type="text/html"
    )
    assert read(names) == Read()


def test_a_compressed_page_is_not_unpacked(names: Names) -> None:
    content = gzip.compress(b"<title>a</title>")
    names.receiver.reply = status(200, content, Content_Type="text/html", Content_Encoding="gzip")
    assert read(names) == Read()


def test_of_a_long_page_the_beginning_counts(names: Names) -> None:
    names.receiver.reply = html(b"<title>a</title>" + b"<p>" * PAGE_BYTES)
    assert read(names).title == "a"
    names.receiver.reply = html(b" " * PAGE_BYTES + b"<title>a</title>")
    assert read(names) == Read()


@pytest.mark.parametrize(
    "content",
    [
        b"<meta a=b>" * (PAGE_BYTES // 10),
        b"<meta " + b"a=b " * (PAGE_BYTES // 5) + b">",
        b"<!DOCTYPE " + b"[" * PAGE_BYTES,
        b"<?" * (PAGE_BYTES // 2),
        b"<title>" + b"&lt" * (PAGE_BYTES // 4),
        b"<textarea>" + b"</textare" * (PAGE_BYTES // 9),
        b"<" * PAGE_BYTES,
        b"<!--" * (PAGE_BYTES // 4),
        b"<a " * (PAGE_BYTES // 3),
        b"</" * (PAGE_BYTES // 2),
        b"<![CDATA[" * (PAGE_BYTES // 9),
        b"<title>" * (PAGE_BYTES // 7),
        b"&#" * (PAGE_BYTES // 2),
        b'<meta content="' * (PAGE_BYTES // 15),
        b"<script>" + b"</" * (PAGE_BYTES // 2),
    ],
)
def test_a_page_that_is_hard_to_parse_is_given_up(names: Names, content: bytes) -> None:
    names.receiver.reply = html(content)
    assert read(names).description == ""


@pytest.mark.parametrize(
    "reply", [replies.hang, replies.dribble_headers, replies.nonsense, replies.close, replies.dribble_body]
)
def test_a_server_that_does_not_answer_says_nothing(names: Names, reply: replies.Reply) -> None:
    names.receiver.reply = reply
    assert read(names, seconds=1.0) == Read()


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_a_server_can_not_answer_now_may_be_asked_again(names: Names, code: int) -> None:
    names.receiver.reply = status(code, Content_Type="text/html")
    with pytest.raises(LaterError):
        read(names, is_last=False)
    assert read(names, is_last=True) == Read()


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_what_a_server_refuses_is_not_asked_again(names: Names, code: int) -> None:
    names.receiver.reply = status(code, Content_Type="text/html")
    assert read(names, is_last=False) == Read()


def test_what_leads_into_a_private_network_is_not_asked_again(names: Names) -> None:
    names.answers["pages.example"] = [["10.0.0.1"]]
    assert read(names, is_last=False) == Read()


@pytest.mark.parametrize("reply", [replies.nonsense, replies.close])
def test_a_server_that_does_not_speak_http_may_be_asked_again(names: Names, reply: replies.Reply) -> None:
    names.receiver.reply = reply
    with pytest.raises(LaterError):
        read(names, is_last=False)


def test_a_request_says_no_more_than_it_must(names: Names) -> None:
    names.receiver.reply = html(page())
    read(names, "http://pages.example/a?b=c#part")
    [received] = names.receiver.received
    assert received.path == "/a?b=c"
    assert received.headers["accept-encoding"] == "identity"
    assert not {"cookie", "authorization", "referer", "origin", "from"} & received.headers.keys()


@pytest.mark.parametrize(
    "headers",
    [
        b"Location: \xff\xfe\r\n",
        b"Content-Type: text/html\x00; charset=\x00\r\n",
        b"Content-Type: text/html; charset=../../../../etc/passwd\r\n",
        b"Content-Type: text/html; charset=rot13\r\n",
        b"Content-Type: text/html; charset=zlib_codec\r\n",
        b"Content-Type: text/html; charset=" + b"x" * 60_000 + b"\r\n",
        b"no colon\r\nContent-Type: text/html\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"X: y\r\n" * 5_000,
        b"X: " + b"y" * 1_000_000 + b"\r\n",
        b"",
    ],
)
def test_hostile_headers_do_no_harm(names: Names, headers: bytes) -> None:
    names.receiver.reply = written(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n<title>a</title>")
    assert read(names).title in ("", "a")


def written(answer: bytes) -> replies.Reply:
    """Answer with exactly these bytes."""

    def reply(handler: replies.Handler) -> None:
        handler.wfile.write(answer)

    return reply


def test_a_page_that_lies_about_its_type_is_text_of_a_page(names: Names) -> None:
    names.receiver.reply = html(images.image())
    assert read(names) == Read()
    assert with_image(names, html(b"<script>alert(1)</script>", "image/png")) == Read("A")


def test_a_bomb_of_a_page_is_not_unpacked(names: Names) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    for encoding in ("gzip", "gzip, gzip", "deflate", "br", "x"):
        names.receiver.reply = status(200, bomb, Content_Type="text/html", Content_Encoding=encoding)
        assert read(names) == Read()
    names.receiver.reply = status(200, bomb, Content_Type="text/html")
    assert read(names) == Read()


@pytest.mark.parametrize(
    "hostile",
    [
        "\u202emoc.elgoog", "\u2066a\u2069", "a\u0000b", "a\x1b[31mb", "\u200f", "\ufeff\u200b", "\U000e0041\U000e0042",
        "a\u0085b", "\ud83d", "<img src=x onerror=alert(1)>", "a" * 1_000_000, "\u0301" * 10_000,
    ],
)  # fmt: skip
def test_a_hostile_title_is_one_short_visible_line(names: Names, hostile: str) -> None:
    names.receiver.reply = html(f"<title>{hostile}</title>".encode("utf-8", "surrogatepass"))
    title = read(names).title
    assert len(title) <= TITLE_CHARS
    assert title.isprintable()
    assert not set(title) & set("\u202e\u2066\u2069\u200f\ufeff\u200b\U000e0041")


# --- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/b", "b", "//other.example/b", "http://other.example/b", "?x=1"])
def test_redirects_are_followed(names: Names, code: int, location: str) -> None:
    there = html(page("There"))
    names.receiver.reply = by_path({"/a": moved(location, code), "/b": there, "/a?x=1": there})
    assert read(names).title == "There"


def test_three_redirects_are_followed_and_no_more(names: Names) -> None:
    replies_ = {f"/{number}": moved(f"/{number + 1}") for number in range(9)} | {"/9": html(page("There"))}
    names.receiver.reply = by_path(replies_)
    assert read(names, "http://pages.example/6").title == "There"
    assert read(names, "http://pages.example/5") == Read()
    assert len(names.receiver.received) == 8


@pytest.mark.parametrize(
    "location",
    [
        "http://internal.example/", "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/",
        "http://pages.example:8080/", "http://pages.example:22/", "file:///etc/passwd", "ftp://pages.example/",
        "gopher://pages.example/", "javascript:alert(1)", "data:text/html,<title>a</title>", "http://user@pages.example/",
        "http://testserver/", "http://localhost/", "http://[", "http://[::1", "http://pages.example:x/",
        "http://pages.example\\@127.0.0.1/", "http://0x7f000001/", "http://2130706433/", "http://pages.example@127.0.0.1/",
        "http://127.0.0.1\\.pages.example/", "http://127.0.0.1:80\\@pages.example/", "//127.0.0.1/", "///127.0.0.1/",
        "https:127.0.0.1", "http:/127.0.0.1", "http://127。0。0。1/", "http://[::ffff:127.0.0.1]/",
        "http://", "http://./", "\t//127.0.0.1/",
    ],
)  # fmt: skip
def test_no_redirect_leads_into_a_private_network(names: Names, location: str) -> None:
    for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "localhost"):
        names.answers[host] = [[host]]
    names.answers |= {"internal.example": [["10.0.0.8"]], "0x7f000001": [["127.0.0.1"]], "2130706433": [["127.0.0.1"]]}
    names.receiver.reply = by_path({"/a": moved(location), "/": html(page("Secret"))})
    assert read(names) == Read()
    assert set(names.connected) == {PUBLIC}
    assert {received.headers["host"] for received in names.receiver.received} == {"pages.example"}


@pytest.mark.parametrize("address", [address for address in NOT_PUBLIC if address])
def test_no_name_leads_to_an_address_that_is_not_public(names: Names, address: str) -> None:
    names.answers["pages.example"] = [[address]]
    assert read(names) == Read()
    names.answers["pages.example"] = [[PUBLIC, address]]
    assert read(names) == Read()
    assert (names.connected, names.receiver.received) == ([], [])


@pytest.mark.parametrize("host", WRITTEN)
def test_no_way_to_write_a_private_address_leads_there(receiver: Receiver, host: str) -> None:
    from tests.outbound.test_public_addresses import without_names

    names = Names(receiver)
    network = Network(without_names, names.connect)
    assert Reader(network=network, seconds=PATIENT).read(f"http://{host}/") == Read()
    assert names.connected == []


def test_a_name_that_changes_its_address_gains_nothing(names: Names) -> None:
    names.answers["pages.example"] = [[PUBLIC], ["127.0.0.1"], ["10.0.0.1"]]
    names.receiver.reply = by_path({"/a": moved("/b"), "/b": html(page("Secret"))})
    assert read(names) == Read()
    assert names.connected == [PUBLIC]


def test_only_the_ports_of_the_web_are_read(names: Names) -> None:
    for port in (8000, 6379, 5432, 22, 25, 8443, 0, 65535):
        assert read(names, f"http://pages.example:{port}/") == Read()
    assert names.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "testserver",
        "localhost",
        "127.0.0.1",
        "chat.example.com",
        "CHAT.example.com.",
        "chat.example.com。",
        "ⓒhat.example.com",
        "chat。example．com",
    ],
)
def test_this_very_site_is_not_read(names: Names, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", ".example.com"]
    assert read(names, f"http://{host}/rooms/") == Read()
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://chat.example.com"
    for host in ("chat.example.com", "chat.example.com.", "chat.example.com。", "CHAT.EXAMPLE.COM"):
        assert read(names, f"https://{host}/rooms/") == Read()
    assert names.asked == []


# --- images -----------------------------------------------------------------------------------------------------------


def with_image(names: Names, given: replies.Reply, *, image: str = "/image.png") -> Read:
    names.receiver.reply = by_path({"/a": html(page("A", image=image)), "/image.png": given})
    return read(names)


def test_an_image_is_made_smaller_and_has_no_metadata(names: Names) -> None:
    found = with_image(names, status(200, images.image(1200, 630, colour=images.RED)))
    assert found.image is not None
    assert (found.image.width, found.image.height, found.image.blur) == (1200, 630, "ff0000" * 12)
    small = Image.open(io.BytesIO(found.image.content))
    assert (small.format, small.size) == ("WEBP", (480, 252))


@pytest.mark.parametrize(
    "given",
    [
        status(404),
        status(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        status(200, images.bomb(30_000, 30_000)),
        status(200, images.image()[:50]),
        replies.huge,
        replies.close,
    ],
)
def test_a_page_without_a_usable_image_has_none(names: Names, given: replies.Reply) -> None:
    assert with_image(names, given) == Read("A")


@pytest.mark.parametrize(
    "image",
    [
        "http://[",
        "//[",
        "http://[::1",
        "http://a\\b/",
        "//",
        "http:",
        "http://pages.example:x/",
        "\0",
        "\x7f",
        "http://127.0.0.1/image.png",
        "http://internal.example/image.png",
        "data:image/png;base64,AA",
        "file:///a",
    ],
)
def test_an_image_at_a_hostile_address_is_not_read(names: Names, image: str) -> None:
    names.answers |= {"internal.example": [["10.0.0.8"]], "127.0.0.1": [["127.0.0.1"]]}
    assert with_image(names, status(200, images.image()), image=image) == Read("A")
    assert {received.path for received in names.receiver.received} <= {"/a"}


def test_rules_may_name_a_host() -> None:
    with Receiver() as receiver:
        receiver.reply = html(page("Own"))
        rules = Rules(private_hosts=frozenset({f"pages.test:{receiver.server_address[1]}"}))
        network = Network(lambda _host, _port: ["127.0.0.1"])
        reader = Reader(network=network, rules=rules, seconds=PATIENT)
        assert reader.read(f"http://pages.test:{receiver.server_address[1]}/").title == "Own"


def test_texts_are_one_visible_line() -> None:
    assert clean("a\u2028b\0c\td\u200be", 20) == "a bc de"
    assert clean("가" * 30, 10) == "가" * 9 + "…"
