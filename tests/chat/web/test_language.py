"""Text is marked with its language, so that browsers break its lines and screen readers pronounce it correctly."""

from typing import Any

import pytest
from django.test import Client

from chat.services.rooms import create_room
from chat.templatetags.language import lang


@pytest.mark.parametrize("text", ["안녕", "Kim 김", "ㅋㅋㅋ", "\u1112\u1161\u11ab"])
def test_a_text_with_hangul_is_korean(text: str) -> None:
    assert lang(text) == ' lang="ko"'


@pytest.mark.parametrize("text", ["", "Hello", "漢字", "かな", "Ünïcödé 😀"])
def test_other_texts_are_not_marked(text: str) -> None:
    assert lang(text) == ""


def test_korean_names_and_topics_are_marked_on_an_english_page(client: Client, mina: Any, joon: Any) -> None:
    joon.display_name = "하준"
    joon.save()
    room = create_room(joon, name="디자인", topic="색과 글자")
    client.force_login(joon)
    directory = client.get("/rooms/").content.decode()
    assert ' lang="ko">디자인</a>' in directory
    assert ' lang="ko">색과 글자</p>' in directory
    assert ' lang="ko">하준</span>' in directory
    assert ' lang="ko">디자인</span>' in client.get(f"{room.get_absolute_url()}settings/").content.decode()
    page = client.get(room.get_absolute_url()).content.decode()
    assert page.count(' lang="ko"') >= 3
