"""Reacting to a message: who may, what the summary says, and what remains of it."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from chat.bus.events import RoomChanged
from chat.models import CustomEmoji, Message, Reaction, Room
from chat.protocol.errors import Archived, Conflict, Forbidden, Invalid, NotFound, RateLimited
from chat.protocol.limits import REACTIONS_PER_MINUTE
from chat.queries import rooms
from chat.services import quotas
from chat.services.deleted_rooms import finish_deletions
from chat.services.memberships import join_room, leave_room
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.reactions import DIFFERENT_EMOJI, PEOPLE_NAMED, react
from chat.services.rooms import archive_room, delete_room
from tests.conftest import person
from tests.harness.threads import at_once

FAMILY = "👨‍👩‍👧‍👦"
MANY = [chr(code) for code in range(0x1F600, 0x1F600 + DIFFERENT_EMOJI + 1)]


def say(author: Any, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def add(actor: Any, message: Message, emoji: str = "👍") -> tuple[str, ...]:
    """The person's own reactions after this one."""
    return react(actor, message_id=message.pk, emoji=emoji, on=True)[1].reactions


def take_back(actor: Any, message: Message, emoji: str = "👍") -> tuple[str, ...]:
    return react(actor, message_id=message.pk, emoji=emoji, on=False)[1].reactions


def summary(message: Message) -> Any:
    """What everybody sees of the reactions: emoji, count and people."""
    message.refresh_from_db()
    return [(entry["emoji"], entry["count"], entry["users"]) for entry in message.extras.get("reactions", [])]


@pytest.fixture
def said(mina: Any, general: Any) -> Message:
    return say(mina, general)


# --- the summary ------------------------------------------------------------------------------------------------------


def test_the_summary_lists_emoji_in_the_order_of_first_use_with_who_used_them(
    mina: Any, joon: Any, said: Message
) -> None:
    add(joon, said, "🎉")
    add(mina, said, "👍")
    add(mina, said, "🎉")
    assert summary(said) == [("🎉", 2, [joon.pk, mina.pk]), ("👍", 1, [mina.pk])]


def test_a_reaction_that_is_taken_back_leaves_the_order_of_the_others(mina: Any, joon: Any, said: Message) -> None:
    for emoji in ("🎉", "👍"):
        add(joon, said, emoji)
    add(mina, said, "🎉")
    assert take_back(joon, said, "🎉") == ("👍",)
    assert summary(said) == [("🎉", 1, [mina.pk]), ("👍", 1, [joon.pk])]
    take_back(mina, said, "🎉")
    take_back(joon, said, "👍")
    assert said.extras != {}
    assert summary(said) == []
    assert said.extras == {}


def test_a_state_that_is_set_again_changes_nothing(joon: Any, general: Any, said: Message) -> None:
    assert [add(joon, said), add(joon, said)] == [("👍",)] * 2
    general.refresh_from_db()
    revision = general.revision
    assert add(joon, said) == ("👍",)
    assert take_back(joon, said, "🎉") == ("👍",)
    general.refresh_from_db()
    assert general.revision == revision
    assert Reaction.objects.count() == 1


def test_one_person_may_react_with_several_emoji(joon: Any, said: Message) -> None:
    add(joon, said, "👍")
    assert add(joon, said, FAMILY) == ("👍", FAMILY)


def test_the_summary_names_the_first_people_and_counts_all(mina: Any, general: Any, said: Message) -> None:
    people = [person(f"p{number}", f"P{number}") for number in range(PEOPLE_NAMED + 2)]
    for one in people:
        join_room(one, room_id=general.pk)
        add(one, said)
    ids = [one.pk for one in people]
    assert summary(said) == [("👍", PEOPLE_NAMED + 2, ids[:PEOPLE_NAMED])]
    take_back(people[0], said)
    assert summary(said) == [("👍", PEOPLE_NAMED + 1, ids[1 : PEOPLE_NAMED + 1])]


def test_a_message_has_a_limited_number_of_different_emoji(mina: Any, joon: Any, said: Message) -> None:
    for emoji in MANY[:DIFFERENT_EMOJI]:
        add(joon, said, emoji)
    with pytest.raises(Conflict):
        add(joon, said, MANY[-1])
    add(mina, said, MANY[0])
    take_back(joon, said, MANY[1])
    assert MANY[-1] in add(joon, said, MANY[-1])


def test_only_the_extras_change_and_the_text_keeps_its_revision(joon: Any, general: Any, said: Message) -> None:
    sent_at = said.revision
    add(joon, said)
    said.refresh_from_db()
    assert (said.text_revision, said.revision) == (sent_at, sent_at + 1)
    assert (said.body, said.edited_at) == ("hi", None)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_many_who_react_at_once_are_all_counted(mina: Any, general: Any, said: Message) -> None:
    people = [person(f"p{number}", f"P{number}") for number in range(8)]
    for one in people:
        join_room(one, room_id=general.pk)
    at_once(*[partial(add, one, said) for one in people])
    [(emoji, count, users)] = summary(said)
    assert (emoji, count, sorted(users)) == ("👍", 8, [one.pk for one in people])


# --- who may ----------------------------------------------------------------------------------------------------------


def test_strangers_do_not_learn_of_a_message_by_reacting_to_it(mina: Any, stranger: Any, founders: Any) -> None:
    secret = say(mina, founders)
    with pytest.raises(NotFound):
        add(stranger, secret)
    with pytest.raises(NotFound):
        react(stranger, message_id=10**9, emoji="👍", on=True)


def test_whoever_may_not_post_may_not_react(mina: Any, joon: Any, stranger: Any, general: Any, said: Message) -> None:
    with pytest.raises(Forbidden):
        add(stranger, said)
    add(joon, said)
    archive_room(mina, room_id=general.pk)
    for change in (add, take_back):
        with pytest.raises(Archived):
            change(joon, said)


def test_people_who_leave_keep_their_reactions(mina: Any, joon: Any, general: Any, said: Message) -> None:
    add(joon, said)
    leave_room(joon, room_id=general.pk)
    assert summary(said) == [("👍", 1, [joon.pk])]
    join_room(joon, room_id=general.pk)
    assert take_back(joon, said) == ()


# --- emoji ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", FAMILY, "🇰🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈"])
def test_any_one_emoji_is_accepted(joon: Any, said: Message, emoji: str) -> None:
    assert add(joon, said, emoji) == (emoji,)


def test_an_emoji_without_its_selector_for_colour_is_the_same_emoji(joon: Any, said: Message) -> None:
    assert [add(joon, said, "❤"), add(joon, said, "❤\ufe0f")] == [("❤\ufe0f",)] * 2
    assert take_back(joon, said, "❤") == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "1",
        "👍👍",
        "👍 ",
        "ok",
        "\x00",
        "\ud800",
        "👩\u200d",
        "👍\u200d" * 20,
        ":no:",
        ":",
        "::",
        ":\x00:",
    ],
)
def test_nothing_but_one_emoji_is_accepted(joon: Any, said: Message, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(joon, said, text)
    assert refused.value.field == "emoji"
    assert not Reaction.objects.exists()


@pytest.fixture
def maple(keeper: Any) -> CustomEmoji:
    """An emoji of the space with the longest name."""
    emoji: CustomEmoji = CustomEmoji.objects.create(name="m" * 32, picture="emoji/x-64.webp", created_by=keeper)
    return emoji


def test_an_emoji_of_the_space_is_accepted_by_its_name(mina: Any, joon: Any, said: Message, maple: CustomEmoji) -> None:
    assert add(joon, said, str(maple)) == (f":{maple.name}:",)
    add(mina, said, str(maple))
    assert summary(said) == [(str(maple), 2, [joon.pk, mina.pk])]
    for text in (maple.name, f":{maple.name.upper()}:", f" :{maple.name}:", f":{maple.name}"):
        with pytest.raises(Invalid):
            add(mina, said, text)


def test_an_archived_emoji_of_the_space_stays_and_can_only_be_taken_back(
    mina: Any, joon: Any, said: Message, maple: CustomEmoji
) -> None:
    add(joon, said, str(maple))
    CustomEmoji.objects.update(is_archived=True)
    assert add(joon, said, str(maple)) == (str(maple),)  # sent again
    with pytest.raises(Conflict, match="archived") as refused:
        add(mina, said, str(maple))
    assert refused.value.field == "emoji"
    assert take_back(mina, said, str(maple)) == ()
    assert summary(said) == [(str(maple), 1, [joon.pk])]
    assert take_back(joon, said, str(maple)) == ()
    assert summary(said) == []


# --- what remains -----------------------------------------------------------------------------------------------------


def test_a_deleted_message_keeps_no_reactions_and_gets_none(mina: Any, joon: Any, said: Message) -> None:
    add(joon, said)
    delete_message(mina, message_id=said.pk)
    assert summary(said) == []
    assert (said.extras, Reaction.objects.count()) == ({}, 0)
    with pytest.raises(Conflict):
        add(joon, said)


def test_an_edit_keeps_the_reactions(mina: Any, joon: Any, said: Message) -> None:
    add(joon, said)
    edit_message(mina, message_id=said.pk, body="hello")
    assert summary(said) == [("👍", 1, [joon.pk])]


@pytest.mark.django_db(transaction=True)
def test_the_reactions_of_a_deleted_room_are_removed(
    mina: Any, joon: Any, general: Any, said: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chat.services import deleted_rooms

    monkeypatch.setattr(deleted_rooms, "ROWS_AT_ONCE", 1)
    add(joon, said)
    add(mina, said)
    archive_room(mina, room_id=general.pk)
    delete_room(mina, room_id=general.pk)
    assert finish_deletions()
    assert (Reaction.objects.count(), Message.objects.count()) == (0, 0)


# --- the reader's own -------------------------------------------------------------------------------------------------


def own(user: Any, room: Room, **how: Any) -> dict[int, tuple[str, ...]]:
    """A person's own reactions as the reply to `open` lists them, by message."""
    return {mine.id: mine.reactions for mine in rooms.open_room(user, room_id=room.pk, **how).mine}


def test_a_room_is_opened_with_the_readers_own_reactions(mina: Any, joon: Any, general: Any, said: Message) -> None:
    other = say(mina, general)
    add(joon, said, "🎉")
    add(joon, said, "👍")
    add(mina, other)
    assert own(joon, general) == {said.pk: ("🎉", "👍")}
    assert own(mina, general) == {other.pk: ("👍",)}


def test_a_page_of_history_has_the_readers_own_reactions(joon: Any, general: Any, said: Message) -> None:
    add(joon, said)
    (mine,) = rooms.history(joon, room_id=general.pk, before=9).mine
    assert (mine.id, mine.reactions) == (said.pk, ("👍",))


def test_whoever_was_away_gets_the_own_reactions_to_what_changed(
    mina: Any, joon: Any, general: Any, said: Message
) -> None:
    other = say(mina, general)
    add(joon, other)
    general.refresh_from_db()
    since = general.revision
    add(joon, said)
    assert own(joon, general, since=since) == {said.pk: ("👍",)}
    take_back(joon, said)
    resumed = rooms.open_room(joon, room_id=general.pk, since=since)
    assert [message.id for message in resumed.messages] == [said.pk]
    assert resumed.mine == ()


def test_the_change_that_is_published_says_who_reacted_and_what_all_their_reactions_are(
    mina: Any, joon: Any, said: Message, published_by: Callable[..., list[Any]]
) -> None:
    add(joon, said, "🎉")
    (change,) = published_by(lambda: add(joon, said, "👍"))
    assert isinstance(change, RoomChanged)
    (reactor,) = change.reactors
    assert (reactor.user, reactor.revision) == (joon.pk, change.revision)
    assert '"reactions":["🎉","👍"]' in reactor.text
    assert published_by(lambda: add(joon, said, "👍")) == []


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_person_reacts_only_so_often(joon: Any, mina: Any, said: Message) -> None:
    for _ in range(REACTIONS_PER_MINUTE):
        quotas.REACTIONS.take(joon)
    with pytest.raises(RateLimited):
        add(joon, said)
    add(mina, said)
