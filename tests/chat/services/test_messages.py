"""Saying something, changing it, taking it back: one person at a time, and many at once."""

import itertools
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from chat.bus.events import RoomChanged
from chat.models import Membership, Message, Room, User
from chat.models.message import BODY_CHARS
from chat.protocol.errors import Archived, ChatError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from chat.services import group_commit, messages
from chat.services.markup import render
from chat.services.memberships import invite_member, join_room, remove_member, set_role
from chat.services.rooms import archive_room, create_room
from chat.services.system_lines import unwritten
from tests.conftest import person
from tests.harness.threads import at_once, kinds

WRITERS = 50


def say(author: Any, room: Room, body: str = "hi", key: uuid.UUID | None = None, **more: Any) -> Message:
    return messages.send_message(author, room_id=room.pk, key=key or uuid.uuid4(), body=body, **more)


def draft(author: Any, room: Room, body: str = "hi", key: uuid.UUID | None = None) -> Message:
    return group_commit.draft(author_id=author.pk, room_id=room.pk, key=key or uuid.uuid4(), body=body)


def positions(room: Room) -> list[int]:
    return list(room.messages.order_by("position").values_list("position", flat=True))


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_message_takes_the_next_position_and_revision_of_its_room(mina: Any, joon: Any, general: Any) -> None:
    revision = general.revision
    first, second = say(mina, general, "one"), say(joon, general, "two")
    assert [(m.position, m.revision) for m in (first, second)] == [(1, revision + 1), (2, revision + 2)]
    general.refresh_from_db()
    assert (general.message_count, general.revision) == (2, revision + 2)


def test_what_was_typed_is_stored_tidied_and_rendered_once(mina: Any, general: Any) -> None:
    stored = say(mina, general, "\r\n<b>hi</b>\r\nthere  \n")
    assert stored.body == "<b>hi</b>\nthere"
    assert stored.html == "<p>&lt;b&gt;hi&lt;/b&gt;<br>there</p>"


def test_a_resent_key_returns_the_first_message(mina: Any, general: Any) -> None:
    key = uuid.uuid4()
    first = say(mina, general, "hi", key)
    assert say(mina, general, "something else", key).pk == first.pk
    general.refresh_from_db()
    assert (general.message_count, Message.objects.get().body) == (1, "hi")


def test_a_resent_key_returns_the_message_as_it_stands_now(mina: Any, general: Any) -> None:
    key = uuid.uuid4()
    first = say(mina, general, "hi", key)
    messages.edit_message(mina, message_id=first.pk, body="hello")
    assert say(mina, general, "hi", key).body == "hello"


def test_a_key_that_was_used_in_another_room_is_a_conflict(mina: Any, general: Any, founders: Any) -> None:
    key = uuid.uuid4()
    say(mina, general, "hi", key)
    with pytest.raises(Conflict) as caught:
        say(mina, founders, "hi", key)
    assert caught.value.field == "key"
    assert positions(founders) == []


def test_two_people_may_use_the_same_key(mina: Any, joon: Any, general: Any) -> None:
    key = uuid.uuid4()
    assert say(mina, general, "hi", key).pk != say(joon, general, "hi", key).pk


def test_sending_a_message_marks_the_room_as_read_up_to_it(mina: Any, joon: Any, general: Any) -> None:
    say(joon, general)
    say(mina, general)
    assert general.memberships.get(user=mina).last_read == 2
    assert general.memberships.get(user=joon).last_read == 1


def test_a_reply_names_a_message_of_the_same_room(mina: Any, joon: Any, general: Any, founders: Any) -> None:
    said = say(mina, general)
    assert say(joon, general, reply_to=said.pk).reply_to_id == said.pk
    for nowhere in (say(mina, founders).pk, 10**9):
        with pytest.raises(Invalid) as caught:
            say(joon, general, reply_to=nowhere)
        assert caught.value.field == "reply_to"


def test_only_members_send(stranger: Any, general: Any, founders: Any) -> None:
    with pytest.raises(Forbidden):
        say(stranger, general)
    with pytest.raises(NotFound):
        say(stranger, founders)
    with pytest.raises(NotFound):
        say(stranger, Room(pk=10**9))


def test_a_removed_member_sends_no_more(mina: Any, joon: Any, founders: Any) -> None:
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    with pytest.raises(NotFound):
        say(joon, founders)


def test_a_resent_key_is_acked_even_to_its_author_who_was_removed_since(mina: Any, joon: Any, founders: Any) -> None:
    key = uuid.uuid4()
    said = say(joon, founders, "hi", key)
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    assert say(joon, founders, "hi", key).pk == said.pk
    assert founders.messages.filter(kind="text").count() == 1


def test_a_deactivated_member_sends_no_more(mina: Any, general: Any) -> None:
    User.objects.filter(pk=mina.pk).update(is_active=False)
    with pytest.raises(ChatError):
        say(mina, general)


def test_an_archived_room_is_not_written_but_still_answers_a_resent_key(mina: Any, general: Any) -> None:
    key = uuid.uuid4()
    said = say(mina, general, "hi", key)
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        say(mina, general)
    assert say(mina, general, "hi", key).pk == said.pk


def test_a_body_has_a_limit_and_is_not_blank(mina: Any, general: Any) -> None:
    assert len(say(mina, general, "한" * BODY_CHARS).body) == BODY_CHARS
    with pytest.raises(TooLarge):
        say(mina, general, "x" * (BODY_CHARS + 1))
    for blank in ("", " \n\t ", "\r\n"):
        with pytest.raises(Invalid):
            say(mina, general, blank)
    with pytest.raises(Invalid):
        say(mina, general, "a\x00b")


# --- batches ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_draft_that_breaks_a_rule_fails_alone(
    mina: Any, joon: Any, stranger: Any, general: Any, founders: Any
) -> None:
    archived = create_room(mina, name="Old")
    archive_room(mina, room_id=archived.pk)
    used = uuid.uuid4()
    say(mina, founders, "used", used)
    sent = group_commit.send_batch(
        [
            draft(mina, general, "one"),
            draft(stranger, general),
            draft(mina, archived),
            draft(mina, general, "conflict", used),
            draft(joon, general, "two"),
            draft(stranger, founders),
        ]
    )
    stored = [outcome.body if isinstance(outcome, Message) else outcome.code for outcome in sent.outcomes]
    assert stored == ["one", "forbidden", "archived", "conflict", "two", "not_found"]
    assert positions(general) == [1, 2]


@pytest.mark.django_db
def test_a_batch_says_what_to_publish_one_change_a_room(mina: Any, joon: Any, general: Any, founders: Any) -> None:
    before = general.revision
    sent = group_commit.send_batch([draft(mina, general, "a"), draft(mina, founders, "b"), draft(joon, general, "c")])
    changes: dict[int, RoomChanged] = {change.room: change for change in sent.changes}
    assert set(changes) == {general.pk, founders.pk}
    change = changes[general.pk]
    assert (change.since, change.revision, change.message_count) == (before, before + 2, 2)
    assert [(item.position, item.author) for item in change.messages] == [(1, mina.pk), (2, joon.pk)]


@pytest.mark.django_db
def test_a_batch_of_nothing_new_has_nothing_to_publish(mina: Any, general: Any) -> None:
    key = uuid.uuid4()
    say(mina, general, "hi", key)
    sent = group_commit.send_batch([draft(mina, general, "hi", key)])
    assert sent.changes == []


# --- editing and deleting ---------------------------------------------------------------------------------------------


def test_an_edit_changes_the_text_and_takes_a_revision_but_no_position(mina: Any, general: Any) -> None:
    said = say(mina, general, "hi")
    edited = messages.edit_message(mina, message_id=said.pk, body="hello www.example.org")
    assert (edited.body, edited.position) == ("hello www.example.org", 1)
    assert "<a href=" in edited.html
    assert edited.revision == said.revision + 1
    assert edited.edited_at is not None
    general.refresh_from_db()
    assert (general.message_count, general.revision) == (1, edited.revision)


def test_the_same_text_again_changes_nothing(mina: Any, general: Any) -> None:
    said = say(mina, general, "hi")
    edited = messages.edit_message(mina, message_id=said.pk, body="hi  ")
    assert (edited.revision, edited.edited_at) == (said.revision, None)


def test_an_edit_is_rendered_before_its_room_is_locked(
    mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text may be made to take long, and the room is everybody's."""
    said = messages.send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="said")
    happened = list[str]()

    def rendering(text: str) -> str:
        happened.append("render")
        return render(text)

    def asking(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'FROM "chat_room"' in sql:
            happened.append("lock")
        return execute(sql, params, many, context)

    monkeypatch.setattr(messages, "render", rendering)
    with connection.execute_wrapper(asking):
        messages.edit_message(mina, message_id=said.pk, body="edited")
    assert happened[:2] == ["render", "lock"]


def test_only_the_author_edits(mina: Any, joon: Any, stranger: Any, general: Any, founders: Any) -> None:
    said, secret = say(joon, general), say(joon, founders)
    with pytest.raises(Forbidden):
        messages.edit_message(mina, message_id=said.pk, body="x")
    with pytest.raises(Forbidden):
        messages.edit_message(stranger, message_id=said.pk, body="x")
    with pytest.raises(NotFound):
        messages.edit_message(stranger, message_id=secret.pk, body="x")
    with pytest.raises(NotFound):
        messages.edit_message(mina, message_id=10**9, body="x")


def test_an_author_who_left_edits_and_deletes_no_more(mina: Any, joon: Any, founders: Any) -> None:
    said = say(joon, founders)
    remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    with pytest.raises(NotFound):
        messages.edit_message(joon, message_id=said.pk, body="x")
    with pytest.raises(NotFound):
        messages.delete_message(joon, message_id=said.pk)


def test_a_deleted_message_stays_as_a_tombstone(mina: Any, general: Any) -> None:
    said = say(mina, general, "secret")
    say(mina, general, "next")
    deleted = messages.delete_message(mina, message_id=said.pk)
    assert (deleted.body, deleted.html, deleted.is_deleted) == ("", "", True)
    assert deleted.revision == said.revision + 2
    assert positions(general) == [1, 2]
    assert "secret" not in str(list(Message.objects.values()))


def test_a_tombstone_is_not_edited_and_not_deleted_again(mina: Any, general: Any) -> None:
    said = say(mina, general)
    deleted = messages.delete_message(mina, message_id=said.pk)
    with pytest.raises(Conflict):
        messages.edit_message(mina, message_id=said.pk, body="back")
    assert messages.delete_message(mina, message_id=said.pk).revision == deleted.revision


def test_authors_moderators_owners_and_superusers_delete_and_nobody_else(
    mina: Any, joon: Any, stranger: Any, general: Any
) -> None:
    said = [say(joon, general) for _ in range(4)]
    outsider = person("outsider", "Outsider")
    join_room(stranger, room_id=general.pk)
    with pytest.raises(Forbidden):
        messages.delete_message(stranger, message_id=said[0].pk)
    with pytest.raises(Forbidden):
        messages.delete_message(outsider, message_id=said[0].pk)
    set_role(mina, room_id=general.pk, user_id=stranger.pk, role="moderator")
    outsider.is_superuser = True
    for actor, message in zip([joon, stranger, mina, outsider], said, strict=True):
        assert messages.delete_message(actor, message_id=message.pk).is_deleted


def test_nothing_is_edited_or_deleted_in_an_archived_room_but_by_superusers(mina: Any, general: Any) -> None:
    said = say(mina, general)
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        messages.edit_message(mina, message_id=said.pk, body="x")
    with pytest.raises(Archived):
        messages.delete_message(mina, message_id=said.pk)
    mina.is_superuser = True
    assert messages.delete_message(mina, message_id=said.pk).is_deleted


# --- many at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_in_one_room_get_positions_without_a_hole(general: Any, mina: Any) -> None:
    authors = [mina, *(person(f"w{number}", "") for number in range(WRITERS - 1))]
    with unwritten():
        for author in authors[1:]:
            join_room(author, room_id=general.pk)
    general.refresh_from_db()
    before = general.revision
    outcomes = at_once(
        *(partial(lambda author: [say(author, general) for _ in range(3)], author) for author in authors)
    )
    stored = list(itertools.chain(*outcomes))
    assert sorted(message.position for message in stored) == list(range(1, 3 * WRITERS + 1))
    assert positions(general) == list(range(1, 3 * WRITERS + 1))
    assert sorted(message.revision - before for message in stored) == list(range(1, 3 * WRITERS + 1))
    general.refresh_from_db()
    assert (general.message_count, general.revision) == (3 * WRITERS, before + 3 * WRITERS)


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_hole(general: Any, mina: Any, joon: Any) -> None:
    class RegretError(Exception):
        pass

    def regret(author: Any) -> None:
        with transaction.atomic():
            say(author, general, "never said")
            raise RegretError

    calls = [partial(say, author, general) for author in (mina, joon)] + [partial(regret, a) for a in (mina, joon)]
    outcomes = at_once(*(calls * 6))
    assert kinds(outcomes).count("RegretError") == 12
    assert positions(general) == list(range(1, 13))
    general.refresh_from_db()
    assert general.message_count == 12


@pytest.mark.django_db(transaction=True)
def test_a_key_in_a_race_with_itself_gives_one_message(general: Any, mina: Any) -> None:
    for _ in range(5):
        key = uuid.uuid4()
        outcomes = at_once(*(partial(say, mina, general, f"take {number}", key) for number in range(8)))
        assert len({outcome.pk for outcome in outcomes}) == 1
    assert positions(general) == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
def test_a_key_that_races_for_two_rooms_is_stored_in_one_and_a_conflict_in_the_other(
    general: Any, founders: Any, mina: Any
) -> None:
    for _ in range(6):
        key = uuid.uuid4()
        outcomes = at_once(partial(say, mina, general, "here", key), partial(say, mina, founders, "there", key))
        assert kinds(outcomes) == ["Conflict", "Message"]
    assert Message.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_two_batches_over_the_same_rooms_never_wait_for_each_other_in_a_circle(
    general: Any, founders: Any, mina: Any, joon: Any
) -> None:
    def batch(rooms: list[Room]) -> group_commit.Sent:
        return group_commit.send_batch([draft(author, room) for room in rooms for author in (mina, joon)])

    calls = [partial(batch, [general, founders]), partial(batch, [founders, general])] * 5
    assert kinds(at_once(*calls)) == ["Sent"] * 10
    assert positions(general) == positions(founders) == list(range(1, 21))


@pytest.mark.django_db(transaction=True)
def test_sends_edits_joins_and_reads_at_once_give_every_change_its_own_revision(
    general: Any, mina: Any, joon: Any, stranger: Any
) -> None:
    said = say(mina, general)
    general.refresh_from_db()
    before = general.revision
    calls: list[Callable[[], Message | Membership]] = [partial(say, joon, general) for _ in range(8)]
    calls += [partial(messages.edit_message, mina, message_id=said.pk, body=f"edit {n}") for n in range(8)]
    calls += [partial(join_room, stranger, room_id=general.pk)]
    outcomes = at_once(*calls)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    line = general.messages.get(kind="system")
    revisions = [*(outcome.revision for outcome in outcomes), line.revision]
    assert sorted(revisions) == list(range(before + 1, before + 19))


@pytest.mark.django_db(transaction=True)
def test_a_removal_and_a_send_at_once_leave_nothing_said_after_the_removal(founders: Any, mina: Any, joon: Any) -> None:
    for _ in range(6):
        invite_member(mina, room_id=founders.pk, user_id=joon.pk)
        removed, sent = at_once(
            lambda: remove_member(mina, room_id=founders.pk, user_id=joon.pk), partial(say, joon, founders)
        )
        assert removed is None
        left = founders.memberships.get(user=joon)
        assert isinstance(sent, NotFound) or sent.revision < left.revision


def test_a_message_knows_when_it_was_said(mina: Any, general: Any) -> None:
    before = timezone.now()
    assert before <= say(mina, general).created_at <= timezone.now()
