"""Texts show their first lines; nothing that a browser could run is anything but a text."""

import pytest

from files.decoding.texts import first_lines, text_type
from tests.files.decoding.conftest import Examine

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"def f():\n\treturn 1\n", "def f():\n\treturn 1"),
        ("\ufeff가나다\r\n라마바".encode(), "가나다\n라마바"),
        ("안녕하세요, 세계!\n둘째 줄".encode("cp949"), "안녕하세요, 세계!\n둘째 줄"),
        ("안녕하세요".encode("utf-16"), "안녕하세요"),
        (b"x" * 900, "x" * 600),
        (b"\n".join(b"%d" % number for number in range(100)), "\n".join(str(number) for number in range(12))),
        (b"\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\u202egpj.exe".encode(), "gpj.exe"),
    ],
)
def test_a_text_shows_its_first_lines(examine: Examine, data: bytes, lines: str) -> None:
    facts = examine(data)
    assert (facts.kind, facts.type, facts.lines) == ("text", "text/plain", lines)


@pytest.mark.parametrize("cut", range(8180, 8192))
def test_a_character_may_be_cut_at_the_end(cut: int) -> None:
    assert text_type(("가" * 4000).encode()[:cut]) == "text/plain"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"  \n<HTML><script>alert(1)</script>", "text/html"),
        (b"<script>alert(1)</script>", "text/html"),
        (b"<!-- note --><body onload=alert(1)>", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b'<?xml version="1.0"?><rss/>', "application/xml"),
        ("<html>".encode("utf-16"), "text/html"),
        (b"GIF89a=1;alert(1)", "text/plain"),
    ],
)
def test_what_a_browser_could_run_is_a_text_of_its_own_type(examine: Examine, data: bytes, media_type: str) -> None:
    facts = examine(data)
    assert (facts.kind, facts.type) == ("text", media_type)


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"text\0", b"\x80\x81\x82\x83" * 9, bytes(range(256)), b"\x7fELF\x02\x01\x01" + bytes(90)]
)
def test_other_bytes_are_no_text(data: bytes) -> None:
    assert text_type(data) == ""


def test_lines_have_no_control_characters() -> None:
    assert first_lines(b"a\x0c\x1bb\x7f") == ""
    assert first_lines(b"a\x0c\x1bb") == "ab"


def test_a_pdf_is_a_card(examine: Examine) -> None:
    facts = examine(b"%PDF-1.7\n<html><script>alert(1)</script>")
    assert (facts.kind, facts.type, facts.lines) == ("pdf", "application/pdf", None)
