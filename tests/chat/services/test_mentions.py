"""Who is mentioned by a text, what the mentioned person's item counts, and what marks it as read."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.derive.mentions import Mentions
from chat.models import Membership, Mention, Message, PersonItem, Room, SignIn, User
from chat.models.mention import MENTIONS_COUNTED
from chat.models.person_item import MENTIONS
from chat.protocol.errors import Forbidden, Invalid, NotFound
from chat.queries.person_items import catch_up
from chat.queries.rooms import open_room, room_summaries
from chat.services import deleted_rooms, memberships, mentions, messages, quotas, rooms
from chat.services.mentions import NAMES_RESOLVED, mark_read
from chat.services.person_items import set_item
from chat.services.system_lines import unwritten
from tests.harness import deriving
from tests.harness.deriving import KilledError, at_statement, die, runner_of
from tests.harness.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_rates_and_system_lines() -> Iterator[None]:
    with quotas.unlimited(), unwritten():
        yield


def say(author: Any, room: Room, body: str) -> Message:
    return messages.send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def derive() -> None:
    deriving.catch_up(runner_of(Mentions()))


def rewind_all() -> None:
    from chat.services.deriving import rewind

    rewind(None, name=Mentions.name)


def rows() -> set[tuple[str, int]]:
    return set(Mention.objects.values_list("user__username", "position"))


def rebuilt() -> set[tuple[str, int]]:
    """The rows that the texts of all messages give."""
    names = dict(User.objects.values_list("pk", "username"))
    found: set[tuple[str, int]] = set()
    for room in Room.objects.all():
        of_room = list(room.messages.all())
        for message, people in zip(of_room, mentions.mentioned_in(room, of_room), strict=True):
            found |= {(names[user], message.position) for user in people}
    return found


def item_of(user: Any, room: Room) -> list[int] | None:
    item = PersonItem.objects.filter(user=user, kind=MENTIONS, key=str(room.pk)).first()
    return None if item is None else item.value


def summary_of(user: Any, room: Room) -> Any:
    return next(summary for summary in room_summaries([user])[user.pk] if summary.id == room.pk)


# --- who is mentioned -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("hello @joon", {"joon"}),
        ("@JOON, @joon and @joon", {"joon"}),
        ("@joon님에게 물어봐요", {"joon"}),
        ("@하은님이 @하은 @하은에게서", {"하은"}),
        ("@하은님이요", {"하은"}),
        ("@하은이랑 @joon이랑", {"하은", "joon"}),
        ("@하은님들께서는요", set()),
        ("@mina talks to herself", set()),
        ("@stranger is not here", set()),
        ("@nobody joon@joon.example /@joon", set()),
        ("`@joon` and\n```\n@하은\n```", set()),
        ("||@joon|| and **@하은**", {"joon", "하은"}),
        ("\\@joon", set()),
        ("@all, lunch!", {"joon", "하은"}),
    ],
)
def test_a_text_mentions_the_members_whom_it_names(
    mina: Any, joon: Any, stranger: Any, general: Any, body: str, expected: set[str]
) -> None:
    memberships.join_room(User.objects.create_user("하은"), room_id=general.pk)
    message = say(mina, general, body)
    derive()
    assert rows() == {(name, message.position) for name in expected}


def test_the_longest_username_is_the_one_that_is_meant(mina: Any, general: Any) -> None:
    for name in ("하은", "하은님"):
        memberships.join_room(User.objects.create_user(name), room_id=general.pk)
    message = say(mina, general, "@하은님이")
    derive()
    assert rows() == {("하은님", message.position)}


def test_only_the_first_names_of_a_message_are_looked_up(mina: Any, joon: Any, general: Any) -> None:
    others = " ".join(f"@nobody{number}" for number in range(NAMES_RESOLVED))
    say(mina, general, f"{others} @joon")
    say(mina, general, f"@joon {others}")
    derive()
    assert rows() == {("joon", 2)}


def test_nobody_who_has_left_or_was_deactivated_is_mentioned(mina: Any, joon: Any, general: Any) -> None:
    gone = User.objects.create_user("gone")
    memberships.join_room(gone, room_id=general.pk)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    memberships.leave_room(joon, room_id=general.pk)
    say(mina, general, "@joon @gone @all")
    derive()
    assert rows() == set()


def test_a_name_that_means_everybody_needs_a_moderator_in_a_public_room_only(
    mina: Any, joon: Any, general: Any, founders: Any
) -> None:
    say(joon, general, "@all @here")
    say(joon, founders, "@all")
    derive()
    assert rows() == {("mina", 1)}
    assert Mention.objects.get().room == founders
    memberships.set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    say(joon, general, "@all")
    derive()
    assert rows() == {("mina", 1), ("mina", 2)}


def test_here_means_those_who_opened_a_page_lately(mina: Any, joon: Any, general: Any) -> None:
    away = User.objects.create_user("away")
    memberships.join_room(away, room_id=general.pk)
    long_ago = timezone.now() - timedelta(hours=mentions.HERE_HOURS + 1)
    for user, at in ((joon, timezone.now()), (away, long_ago)):
        SignIn.objects.create(user=user, session_key=user.username, seen_at=at)
    message = say(mina, general, "@here")
    derive()
    assert rows() == {("joon", message.position)}


# --- edits, deletions and rebuilding ----------------------------------------------------------------------------------


def test_an_edit_adds_and_removes_mentions_and_keeps_the_others_as_they_are(mina: Any, joon: Any, general: Any) -> None:
    memberships.join_room(User.objects.create_user("하은"), room_id=general.pk)
    message = say(mina, general, "@joon look")
    derive()
    mark_read(joon, room_id=general.pk, positions=[message.position])
    before = Mention.objects.get()
    messages.edit_message(mina, message_id=message.pk, body="@joon and @하은, look")
    derive()
    assert rows() == {("joon", message.position), ("하은", message.position)}
    assert Mention.objects.get(user=joon) == before
    assert (Mention.objects.get(user=joon).read_at, item_of(joon, general)) == (before.read_at, None)
    messages.edit_message(mina, message_id=message.pk, body="look")
    derive()
    assert (rows(), item_of(User.objects.get(username="하은"), general)) == (set(), None)


def test_a_deletion_removes_the_mentions(mina: Any, joon: Any, general: Any) -> None:
    message = say(mina, general, "@joon look")
    say(mina, general, "@joon again")
    derive()
    assert item_of(joon, general) == [1, 2]
    messages.delete_message(mina, message_id=message.pk)
    derive()
    assert (rows(), item_of(joon, general)) == ({("joon", 2)}, [2])


def test_rows_equal_what_the_texts_give_also_after_a_rewind(mina: Any, joon: Any, general: Any, founders: Any) -> None:
    for number in range(30):
        message = say(mina, (general, founders)[number % 2], ("@joon", "hi", "@all @joon", "@nobody")[number % 4])
        if number % 5 == 0:
            messages.edit_message(mina, message_id=message.pk, body="@joon?")
        if number % 7 == 0:
            messages.delete_message(mina, message_id=message.pk)
        if number % 3 == 0:
            derive()
    derive()
    items = [item_of(joon, room) for room in (general, founders)]
    assert rows() == rebuilt() != set()
    rewind_all()
    derive()
    assert rows() == rebuilt()
    assert [item_of(joon, room) for room in (general, founders)] == items


@pytest.mark.django_db(transaction=True)
def test_a_process_may_be_killed_before_any_statement(mina: Any, joon: Any, general: Any) -> None:
    message = say(mina, general, "@joon one")
    say(mina, general, "@all two")
    derive()
    messages.edit_message(mina, message_id=message.pk, body="one")
    say(mina, general, "@joon three")
    for number in range(1, 200):
        with at_statement(number, die) as said:
            try:
                derive()
            except KilledError:
                continue
        assert number > len(said) or rows() == rebuilt()
        break
    derive()
    assert rows() == rebuilt() == {("joon", 2), ("joon", 3)}
    assert item_of(joon, general) == [2, 3]


def test_mentions_of_very_many_people_take_several_turns(
    mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "MENTIONS_AT_ONCE", 2)
    for _number in range(7):
        say(mina, general, "@joon")
        say(mina, general, "hi")
    derive()
    assert item_of(joon, general) == [1, 3, 5, 7, 9, 11, 13]


def test_a_call_of_many_people_takes_a_few_statements(mina: Any, general: Any) -> None:
    people = User.objects.bulk_create(User(username=f"u{number}", password="!") for number in range(300))
    Membership.objects.bulk_create(Membership(room=general, user=user) for user in people)
    say(mina, general, "@all")
    with CaptureQueriesContext(connection) as queries:
        derive()
    assert Mention.objects.count() == PersonItem.objects.filter(kind=MENTIONS, value=[1]).count() >= 300
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) < 50


# --- the item and the badge -------------------------------------------------------------------------------------------


def test_the_item_holds_the_newest_unread_mentions(mina: Any, joon: Any, general: Any) -> None:
    for _number in range(MENTIONS_COUNTED + 3):
        say(mina, general, "@joon")
    derive()
    assert item_of(joon, general) == list(range(4, MENTIONS_COUNTED + 4))
    assert summary_of(joon, general).mentions == MENTIONS_COUNTED
    newest = Message.objects.get(position=MENTIONS_COUNTED + 3)
    messages.delete_message(mina, message_id=newest.pk)
    derive()
    assert item_of(joon, general) == list(range(3, MENTIONS_COUNTED + 3))


def test_reading_the_room_counts_mentions_as_read_without_a_write(mina: Any, joon: Any, general: Any) -> None:
    for _number in range(3):
        say(mina, general, "@joon")
    derive()
    revision = User.objects.get(pk=joon.pk).revision
    memberships.mark_read(joon, room_id=general.pk, position=2)
    assert (summary_of(joon, general).mentions, open_room(joon, room_id=general.pk).room.mentions) == (1, 1)
    assert User.objects.get(pk=joon.pk).revision == revision
    say(mina, general, "@joon")
    derive()
    assert item_of(joon, general) == [3, 4]


def test_a_mention_that_was_seen_before_it_was_derived_is_not_counted(mina: Any, joon: Any, general: Any) -> None:
    say(mina, general, "@joon")
    memberships.mark_read(joon, room_id=general.pk, position=1)
    derive()
    assert (rows(), item_of(joon, general)) == ({("joon", 1)}, None)


def test_each_change_is_published_as_any_item_is(mina: Any, joon: Any, general: Any, published_by: Any) -> None:
    say(mina, general, "@joon")
    (event,) = published_by(derive)
    assert (event.user, event.since, event.revision) == (joon.pk, 0, 1)
    assert json.loads(event.items[0].text) == {"kind": MENTIONS, "key": str(general.pk), "value": [1], "revision": 1}
    assert [(item.kind, item.value) for item in catch_up(joon, 0).items] == [(MENTIONS, [1])]


def test_nobody_can_set_the_item(joon: Any, general: Any) -> None:
    with pytest.raises(Invalid):
        set_item(joon, kind=MENTIONS, key=str(general.pk), value=[1])


def test_leaving_a_room_forgets_the_item(mina: Any, joon: Any, general: Any) -> None:
    say(mina, general, "@joon")
    derive()
    memberships.leave_room(joon, room_id=general.pk)
    assert item_of(joon, general) is None
    memberships.join_room(joon, room_id=general.pk)
    assert summary_of(joon, general).mentions == 0


def test_of_very_many_rooms_those_with_mentions_that_were_read_are_forgotten_first(
    mina: Any, joon: Any, general: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "MENTIONED_ROOMS", 2)
    places = [general, founders, *(rooms.create_room(mina, name=f"Room {number}") for number in range(2))]
    for room in places[2:]:
        memberships.join_room(joon, room_id=room.pk)

    def counted() -> list[bool]:
        return [item_of(joon, room) is not None for room in places]

    for room in places[:2]:
        say(mina, room, "@joon")
        derive()
    memberships.mark_read(joon, room_id=founders.pk, position=founders.message_count + 1)
    say(mina, places[2], "@joon")
    derive()
    assert counted() == [True, False, True, False]
    say(mina, places[3], "@joon")
    derive()
    assert counted() == [False, False, True, True]


def test_a_deleted_room_leaves_no_mentions(
    mina: Any, joon: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleted_rooms, "ROWS_AT_ONCE", 1)
    for _number in range(3):
        say(mina, founders, "@joon")
    derive()
    rooms.archive_room(mina, room_id=founders.pk)
    rooms.delete_room(mina, room_id=founders.pk)
    deleted_rooms.finish_deletions()
    assert (rows(), item_of(joon, founders)) == (set(), None)


# --- marking as read --------------------------------------------------------------------------------------------------


def test_mentions_are_marked_as_read_one_by_one_by_room_or_all(
    mina: Any, joon: Any, general: Any, founders: Any
) -> None:
    for room in (general, general, general, founders):
        say(mina, room, "@joon")
    derive()
    (item,) = mark_read(joon, room_id=general.pk, positions=[2])
    assert (item.value, item.revision, item_of(joon, general)) == ([1, 3], 3, [1, 3])
    (item,) = mark_read(joon, room_id=general.pk)
    assert (item.value, item_of(joon, founders)) == (None, [1])
    assert len(mark_read(joon)) == 1
    assert (mark_read(joon), item_of(joon, founders)) == ([], None)
    assert not Mention.objects.filter(read_at=None).exists()


def test_marking_one_as_read_lets_an_older_one_move_up(mina: Any, joon: Any, general: Any) -> None:
    for _number in range(MENTIONS_COUNTED + 1):
        say(mina, general, "@joon")
    derive()
    mark_read(joon, room_id=general.pk, positions=[5])
    assert item_of(joon, general) == [number for number in range(1, MENTIONS_COUNTED + 2) if number != 5]


def test_mentions_in_rooms_of_others_cannot_be_marked(mina: Any, stranger: Any, general: Any, founders: Any) -> None:
    with pytest.raises(NotFound):
        mark_read(stranger, room_id=founders.pk)
    with pytest.raises(Forbidden):
        mark_read(stranger, room_id=general.pk, positions=[1])


@pytest.mark.django_db(transaction=True)
def test_marking_and_mentioning_at_once_loses_nothing(mina: Any, joon: Any, general: Any) -> None:
    for _turn in range(5):
        say(mina, general, "@joon @all")
        outcomes = at_once(derive, partial(mark_read, joon), partial(mark_read, joon, room_id=general.pk))
        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    derive()
    unread = Mention.objects.filter(user=joon, read_at=None).order_by("position").values_list("position", flat=True)
    assert (item_of(joon, general) or []) == list(unread)
    assert rows() == rebuilt()
