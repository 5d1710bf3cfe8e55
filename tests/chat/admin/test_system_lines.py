"""System lines in the admin: worded in the reader's language."""

from typing import Any

import pytest
from django.utils import translation

from chat.admin.messages import excerpt_of
from chat.models import Message, Room
from chat.services import memberships, rooms


def said(room: Room) -> list[str]:
    return [excerpt_of(line) for line in room.messages.filter(kind="system").select_related("author")]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            [
                "Stranger joined",
                "Mina removed 1 person",
                "Mina renamed the room from “General” to “Agora”",
                "Mina removed the topic",
                "Mina archived the room",
            ],
        ),
        (
            "ko",
            [
                "Stranger 님이 들어왔어요",
                "Mina 님이 1명을 내보냈어요",
                "Mina 님이 방 이름을 “General”에서 “Agora”로 바꿨어요",
                "Mina 님이 주제를 지웠어요",
                "Mina 님이 방을 보관했어요",
            ],
        ),
    ],
)
def test_a_line_is_a_sentence_with_its_author(
    mina: Any, stranger: Any, general: Room, language: str, sentences: list[str]
) -> None:
    Room.objects.update(topic="All of us")
    memberships.join_room(stranger, room_id=general.pk)
    memberships.remove_member(mina, room_id=general.pk, user_id=stranger.pk)
    rooms.update_room(mina, room_id=general.pk, name="Agora", topic="")
    rooms.archive_room(mina, room_id=general.pk)
    with translation.override(language):
        assert said(general) == sentences


def test_a_line_of_a_later_version_still_says_that_something_changed(mina: Any, general: Room) -> None:
    rooms.archive_room(mina, room_id=general.pk)
    Message.objects.update(extras={"system": {"code": "exploded", "why": "%"}})
    assert said(general) == ["Something changed in this room"]
