"""Messages of the frameworks beside form fields are in our own voice, in Korean too."""

from collections.abc import Iterator
from pathlib import Path

import allauth
import django
import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.utils import translation

from tests.harness import catalogs

STIFF = ("습니다", "입니다", "십시오", "합니다")
"""Verb endings of manuals, instead of the 해요체 of all other sentences."""

pytestmark = pytest.mark.once


def framework_sentences() -> Iterator[str]:
    """All strings that Django and allauth translate into Korean."""
    for package in (django, allauth):
        for path in Path(package.__path__[0]).rglob("locale/ko/LC_MESSAGES/django.po"):
            with path.open("rb") as file:
                for message in read_po(file, ignore_obsolete=True):
                    yield message.id if isinstance(message.id, str) else message.id[0]


def sources() -> set[str]:
    """The strings listed in chat/web/wording.py."""
    found = [text for text, _context, path, _ in catalogs.strings("django") if path == "chat/web/wording.py"]
    return {text if isinstance(text, str) else text[0] for text in found}


def test_every_sentence_listed_for_the_frameworks_still_occurs_in_them() -> None:
    assert sources() - set(framework_sentences()) == set()


def test_errors_beside_fields_are_in_the_same_voice_as_all_other_sentences(db: None) -> None:
    client = Client(headers={"accept-language": "ko"})
    wrong = [
        {},
        {"site_name": "x" * 101, "display_name": "x" * 201, "username": "a b", "email": "no", "password": "1234567"},
        {"site_name": "모임", "display_name": "하은", "username": "haeun", "email": "", "password": "haeun"},
    ]
    for data in wrong:
        page = client.post("/welcome/", data).content.decode()
        assert "errorlist" in page
        assert [ending for ending in STIFF if ending in page] == []


def test_the_error_of_a_required_field_is_polite() -> None:
    with translation.override("ko"):
        assert translation.gettext("This field is required.") == "꼭 입력해 주세요."
