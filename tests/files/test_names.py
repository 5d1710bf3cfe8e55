"""The names of files: any script, and no tricks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from files.models.attachment import NAME_BYTES
from files.names import clean_name, is_kept

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("가격표.png", "가격표.png"),
        ("  two   words .txt ", "two words .txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Users\\mina\\a.txt", "C__Users_mina_a.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\u200bb\ufeff.txt", "ab.txt"),
        ("a\r\nSet-Cookie: x\0.txt", "aSet-Cookie_ x.txt"),
        ("...", "file"),
        ("", "file"),
        ("/", "_"),
        ("\u2066\u2069", "file"),
        ('say "hi".txt', "say 'hi'.txt"),
        ("e\u0301.txt", "é.txt"),
        ("👩‍💻.png", "👩‍💻.png"),
        (".htaccess", "htaccess"),
        ("\ud800.txt", "txt"),
    ],
)
def test_a_name_is_cleaned(name: str, expected: str) -> None:
    assert clean_name(name) == expected


def test_a_long_name_keeps_its_extension_and_whole_characters() -> None:
    name = clean_name("가" * 500 + ".tar.gz")
    assert name.endswith(".gz")
    assert len(name.encode()) <= NAME_BYTES
    assert set(name.removesuffix(".tar.gz").removesuffix(".gz")) <= set("가.tar")
    assert len(clean_name("x." + "y" * 500).encode()) <= NAME_BYTES


@given(st.text(max_size=300) | st.text(alphabet='./\\\u202e\u2067\0\n\r\u200d"%;가a ', max_size=300))
def test_whatever_is_given_becomes_a_harmless_name(name: str) -> None:
    cleaned = clean_name(name)
    assert 1 <= len(cleaned.encode()) <= NAME_BYTES
    assert Path(cleaned).name == cleaned
    assert all(map(is_kept, cleaned))
    assert not set('"\\/\r\n\0') & set(cleaned)
    assert clean_name(cleaned) == cleaned
