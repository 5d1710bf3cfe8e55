"""The tables: what the database itself refuses, and what the rows know of themselves."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chat.models import Membership, Message, Room, Space, User


def message(room: Room, author: User, **more: Any) -> Message:
    fields: dict[str, Any] = {"position": 1, "revision": 9, "key": uuid.uuid4(), "created_at": timezone.now()}
    return Message(room=room, author=author, body="hi", **(fields | more))


def refuses(row: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_position_is_taken_once_in_a_room(mina: Any, general: Any, founders: Any) -> None:
    message(general, mina).save()
    message(founders, mina).save()
    refuses(message(general, mina))


def test_a_key_is_used_once_by_a_person(mina: Any, joon: Any, general: Any, founders: Any) -> None:
    key = uuid.uuid4()
    message(general, mina, key=key).save()
    message(general, joon, key=key, position=2).save()
    refuses(message(founders, mina, key=key))


def test_a_person_is_in_a_room_once(mina: Any, general: Any) -> None:
    refuses(Membership(room=general, user=mina))


def test_an_address_is_one_rooms_and_direct_conversations_have_none(mina: Any, general: Any) -> None:
    refuses(Room(name="x", slug="general", created_by=mina))
    for _ in range(2):
        Room.objects.create(name="direct", kind="direct", slug=None, created_by=mina)


def test_there_is_one_space(space: Any) -> None:
    refuses(Space(name="x"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Space.objects.create(pk=2, name="x")


def test_people_are_kept_for_their_messages(mina: Any, general: Any) -> None:
    from django.db.models import ProtectedError

    message(general, mina).save()
    with pytest.raises(ProtectedError):
        mina.delete()


def test_usernames_are_unique(mina: Any) -> None:
    refuses(User(username="mina"))


def test_a_person_is_called_by_the_display_name_or_else_the_username() -> None:
    named, bare = User(username="mina", display_name="미나"), User(username="mina")
    assert (str(named), named.get_short_name(), named.get_full_name()) == ("미나 (@mina)", "미나", "미나")
    assert str(bare) == "mina"


def test_rows_know_what_they_are() -> None:
    now = timezone.now()
    assert Room(archived_at=now).is_archived
    assert not Room().is_archived
    assert Membership(left_at=now).has_left
    assert Message(deleted_at=now).is_deleted
    assert str(Message(pk=5, room_id=1, author_id=3, body="hunter2")) == "Message 5 (room 1, author 3)"


def test_revisions_are_taken_one_by_one() -> None:
    room = Room(revision=4)
    assert [room.next_revision(), room.next_revision()] == [5, 6]
    assert room.revision == 6


def test_system_lines_are_not_counted() -> None:
    assert Message(position=9, system_lines=2).counted == 7
    assert Room(message_count=12, system_lines=3).counted == 9
    assert Membership(last_read=9, system_lines_read=2).counted_read == 7


def test_members_are_ordered_by_role_and_name(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    Membership.objects.create(room=general, user=stranger, role="moderator")
    extra = User.objects.create_user("aa", display_name="Aa")
    Membership.objects.create(room=general, user=extra)
    ordered = [membership.user.username for membership in general.memberships.by_role()]
    assert ordered == ["mina", "stranger", "aa", "joon"]


def test_the_pages_of_a_room_are_read_from_its_index(mina: Any, general: Any) -> None:
    """In a room of a million messages a page may cost no more than in one of a thousand."""
    Message.objects.bulk_create(message(general, mina, position=n, revision=n) for n in range(1, 3_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for query in (
        Message.objects.newest(general.pk)[:50],
        Message.objects.before(general.pk, 1_000)[:50],
        Message.objects.after(general.pk, 1_000)[:50],
        Message.objects.changed_since(general.pk, 2_990)[:500],
    ):
        plan = query.explain()
        assert "index" in plan.lower(), plan
        assert "sort" not in plan.lower(), plan
        assert "temp b-tree" not in plan.lower(), plan
        assert "seq scan on chat_message" not in plan.lower(), plan


def test_no_migration_is_missing(db: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
