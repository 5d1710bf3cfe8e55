"""Creating rooms, changing their settings, archiving them."""

import json
import re
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

import pytest

from chat.bus.events import Event
from chat.models import Room
from chat.models.room import NAME_CHARS, SLUG_CHARS, TOPIC_CHARS
from chat.protocol.errors import Archived, Forbidden, Invalid, NotFound, TooLarge
from chat.services.rooms import archive_room, create_room, unarchive_room, update_room
from tests.conftest import person
from tests.harness.bus_events import changes_in
from tests.harness.threads import at_once


def test_a_room_belongs_to_its_creator_who_is_in_it(mina: Any) -> None:
    room = create_room(mina, name="  Design   team ", topic=" what it looks like ", kind="private")
    room.refresh_from_db()
    assert (room.name, room.topic, room.kind) == ("Design team", "what it looks like", "private")
    membership = room.memberships.get()
    assert (membership.user, membership.role) == (mina, "owner")
    assert (room.settings_revision, membership.revision, room.revision) == (1, 2, 2)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("사랑방", "사랑방"),
        ("한국어 방 2", "한국어-방-2"),
        ("Ärger & Öl", "ärger-öl"),
        ("日本語", "日本語"),
        ("new", "new-2"),
        ("NEW", "new-2"),
        ("🙂🙂", "room"),
        ("///", "room"),
        ("  --  ", "room"),
        ("a" * NAME_CHARS, "a" * NAME_CHARS),
        ("../../etc", "etc"),
        ("<script>", "script"),
    ],
)
def test_an_address_comes_from_the_name(mina: Any, name: str, slug: str) -> None:
    room = create_room(mina, name=name)
    assert room.slug == slug
    assert room.get_absolute_url().startswith("/rooms/")
    assert Room.objects.get(slug=slug) == room


def test_composed_and_decomposed_letters_give_the_same_address(mina: Any) -> None:
    import unicodedata

    composed, decomposed = (create_room(mina, name=unicodedata.normalize(form, "사랑방")) for form in ("NFC", "NFD"))
    assert (composed.slug, decomposed.slug) == ("사랑방", "사랑방-2")


def test_rooms_of_one_name_get_numbered_addresses(mina: Any) -> None:
    slugs = [create_room(mina, name=name).slug for name in ("Team", "team", "TEAM!", "Team 2", "Team")]
    assert slugs == ["team", "team-2", "team-3", "team-2-2", "team-4"]


def test_addresses_do_not_disclose_a_private_room(mina: Any, stranger: Any) -> None:
    private = [str(create_room(mina, name="Founders", kind="private").slug) for _ in range(3)]
    assert all(re.fullmatch("founders-[a-z2-9]{6}", slug) for slug in private)
    assert len(set(private)) == 3
    assert [create_room(stranger, name="Founders").slug for _ in range(2)] == ["founders", "founders-2"]


def test_the_address_of_an_older_private_room_does_not_disclose_it(stranger: Any, founders: Any, mina: Any) -> None:
    assert re.fullmatch("founders-[a-z2-9]{6}", str(create_room(stranger, name="Founders").slug))
    assert create_room(mina, name="Founders").slug == "founders-2"
    founders.refresh_from_db()
    assert founders.slug == "founders"


def test_an_address_fits_its_column_even_when_numbered(mina: Any) -> None:
    rooms = [create_room(mina, name="ß" * NAME_CHARS) for _ in range(12)]
    rooms.append(create_room(mina, name="ß" * NAME_CHARS, kind="private"))
    assert max(len(room.slug or "") for room in rooms) <= SLUG_CHARS


@pytest.mark.parametrize(
    ("given", "field", "error"),
    [
        ({"name": " "}, "name", Invalid),
        ({"name": "x" * (NAME_CHARS + 1)}, "name", TooLarge),
        ({"name": "a\x00b"}, "name", Invalid),
        ({"name": "x", "topic": "x" * (TOPIC_CHARS + 1)}, "topic", TooLarge),
        ({"name": "x", "kind": "direct"}, "kind", Invalid),
        ({"name": "x", "kind": "secret"}, "kind", Invalid),
    ],
)
def test_what_cannot_be_a_room_is_refused_by_field(mina: Any, given: Any, field: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        create_room(mina, **given)
    assert caught.value.field == field  # type: ignore[attr-defined]
    assert not Room.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_rooms_of_one_name_created_at_once_get_addresses_of_their_own(mina: Any) -> None:
    rooms = at_once(*(partial(create_room, mina, name="Team") for _ in range(6)))
    assert {room.slug for room in rooms} == {"team", "team-2", "team-3", "team-4", "team-5", "team-6"}


# --- settings ---------------------------------------------------------------------------------------------------------


def test_an_owner_renames_and_the_address_stays(mina: Any, general: Any) -> None:
    room = update_room(mina, room_id=general.pk, name="Agora")
    assert (room.name, room.topic, room.slug) == ("Agora", "", "general")
    assert room.settings_revision == room.revision == general.revision + 2, "the line about it is before"
    assert update_room(mina, room_id=general.pk, topic="all").name == "Agora"


def test_the_same_settings_again_change_nothing(mina: Any, general: Any) -> None:
    assert update_room(mina, room_id=general.pk, name="General ", topic="").revision == general.revision
    assert unarchive_room(mina, room_id=general.pk).revision == general.revision


def test_an_owner_gives_a_room_one_emoji_and_takes_it_away(
    mina: Any, general: Any, published_by: Callable[..., list[Event]]
) -> None:
    (change,) = changes_in(published_by(lambda: update_room(mina, room_id=general.pk, emoji=" 🌱 ")))
    assert json.loads(change.info or "")["emoji"] == "🌱"
    assert update_room(mina, room_id=general.pk, name="Garden").emoji == "🌱"
    (change,) = changes_in(published_by(lambda: update_room(mina, room_id=general.pk, emoji="")))
    assert "emoji" not in json.loads(change.info or "")


@pytest.mark.parametrize("text", ["🌱🌱", "x", "#", "🌱" * 100_000, "\0", "🙂\u200d" * 20])
def test_nothing_but_one_emoji_is_accepted(mina: Any, general: Any, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        update_room(mina, room_id=general.pk, emoji=text)
    assert refused.value.field == "emoji"


def test_archiving_twice_is_once(mina: Any, general: Any) -> None:
    first = archive_room(mina, room_id=general.pk)
    second = archive_room(mina, room_id=general.pk)
    assert (first.archived_at, first.revision) == (second.archived_at, second.revision)
    assert unarchive_room(mina, room_id=general.pk).is_archived is False


def test_an_archived_room_keeps_its_name(mina: Any, general: Any) -> None:
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        update_room(mina, room_id=general.pk, name="x")


@pytest.mark.parametrize("service", [partial(update_room, name="x"), archive_room, unarchive_room])
def test_only_owners_and_superusers_administer(
    joon: Any, stranger: Any, general: Any, founders: Any, service: Any
) -> None:
    with pytest.raises(Forbidden):
        service(joon, room_id=general.pk)
    with pytest.raises(Forbidden):
        service(stranger, room_id=general.pk)
    for room_id in (founders.pk, 10**9):
        with pytest.raises(NotFound):
            service(stranger, room_id=room_id)
    stranger.is_superuser = True
    assert service(stranger, room_id=founders.pk).pk == founders.pk


def test_a_refused_change_leaves_nothing(mina: Any, general: Any) -> None:
    with pytest.raises(TooLarge):
        update_room(mina, room_id=general.pk, name="ok", topic="x" * (TOPIC_CHARS + 1))
    before = general.revision
    general.refresh_from_db()
    assert (general.name, general.revision) == ("General", before)


# --- who may know of what ---------------------------------------------------------------------------------------------


def test_people_know_of_public_rooms_and_of_those_they_are_in(
    joon: Any, stranger: Any, general: Any, founders: Any
) -> None:
    assert set(Room.objects.visible_to(stranger)) == {general}
    assert set(Room.objects.visible_to(joon)) == {general, founders}
    assert set(Room.objects.of(stranger)) == set()
    founders.memberships.filter(user=joon).update(left_at="2026-01-01T00:00Z")
    assert set(Room.objects.visible_to(joon)) == {general}
    assert set(Room.objects.of(joon)) == {general}


def test_the_directory_counts_who_is_in_a_room_now_and_lists_my_own_first(
    mina: Any, joon: Any, stranger: Any, general: Any
) -> None:
    empty = create_room(person("other", ""), name="Aaa")
    listed = Room.objects.visible_to(mina).listed_for(mina)
    annotated = attrgetter("slug", "is_mine", "people")
    assert [annotated(room) for room in listed] == [("general", True, 2), ("aaa", False, 1)]
    assert empty.slug == "aaa"
