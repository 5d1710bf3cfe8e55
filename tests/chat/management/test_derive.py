"""`manage.py derive`: how far derivers have come, and starting again."""

import io
import uuid

import pytest
from django.core.management import CommandError, call_command

from chat.derive.comparing import current_epochs
from chat.models import AuditEntry, DeriverCursor, DeriverState, Room, User
from chat.models.audit import Action
from chat.services.messages import send_message

pytestmark = pytest.mark.django_db


def derive(*arguments: str) -> str:
    out = io.StringIO()
    call_command("derive", *arguments, stdout=out)
    return out.getvalue()


def test_it_lists_the_derivers(mina: User, general: Room) -> None:
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="one")
    current_epochs(["mentions", "threads"])
    DeriverState.objects.filter(name="threads").update(error="ValueError in threads.py:1")
    first, second = derive().splitlines()
    assert first.startswith("mentions: 1 rooms behind since 20")
    assert second.endswith(" UTC, last error: ValueError in threads.py:1")


@pytest.mark.parametrize("by", ["slug", "pk"])
def test_a_deriver_starts_again_in_a_room(by: str, mina: User, general: Room) -> None:
    current_epochs(["mentions"])
    DeriverCursor.objects.create(name="mentions", room=general, revision=5, position=3, epoch=1)
    room = str(getattr(general, by))
    assert derive("--rewind", "mentions", room) == f"mentions starts again in room {room}.\n"
    assert DeriverCursor.objects.get().revision == 0
    [entry] = AuditEntry.objects.filter(action=Action.DERIVER_REWOUND)
    assert (entry.actor, entry.room_id) == (None, general.pk)


def test_a_deriver_starts_again_in_all_rooms(mina: User, general: Room) -> None:
    current_epochs(["mentions"])
    assert derive("--rewind", "mentions") == "mentions starts again in all rooms.\n"
    assert DeriverState.objects.get().epoch == 2


@pytest.mark.parametrize("arguments", [["mention"], ["mentions", "nowhere"], ["mentions", "1", "2"]])
def test_an_unknown_deriver_or_room_is_an_error(arguments: list[str], general: Room) -> None:
    current_epochs(["mentions"])
    with pytest.raises(CommandError):
        derive("--rewind", *arguments)
    assert DeriverState.objects.get().epoch == 1
