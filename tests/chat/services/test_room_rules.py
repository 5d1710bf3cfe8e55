"""The rules of a room: who may post, mention everybody and invite people, and slow mode."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.models import Message, Room, User
from chat.models.audit import AuditEntry
from chat.models.room import SLOW_SECONDS_MAXIMUM
from chat.protocol.errors import Archived, ChatError, Forbidden, Invalid, TooSoon
from chat.services.group_commit import draft, send_batch
from chat.services.memberships import invite_member, set_role
from chat.services.messages import edit_message, send_message
from chat.services.reactions import react
from chat.services.room_rules import change_rules
from chat.services.rooms import archive_room

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone.get_default_timezone())


def say(author: User, room: Room, *, at: datetime | None = None, key: uuid.UUID | None = None) -> Message:
    return send_message(author, room_id=room.pk, key=key or uuid.uuid4(), body="hi", at=at)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_in_an_announcement_room_members_read_and_react(mina: User, joon: User, general: Room) -> None:
    before = say(joon, general)
    change_rules(mina, room_id=general.pk, who_posts="moderators")
    announcement = say(mina, general)
    acts: list[Callable[[], object]] = [
        lambda: say(joon, general),
        lambda: edit_message(joon, message_id=before.pk, body="other"),
    ]
    for act in acts:
        with pytest.raises(Forbidden, match="Only moderators and owners can write"):
            act()
    assert react(joon, message_id=announcement.pk, emoji="👍", on=True)[1].reactions
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    assert say(joon, general).position


def test_where_only_moderators_invite_members_do_not(mina: User, joon: User, stranger: User, general: Room) -> None:
    change_rules(mina, room_id=general.pk, who_invites="moderators")
    with pytest.raises(Forbidden, match="Only moderators and owners can invite"):
        invite_member(joon, room_id=general.pk, user_id=stranger.pk)
    assert invite_member(mina, room_id=general.pk, user_id=stranger.pk)


def test_only_owners_change_rules_and_not_of_an_archived_room(mina: User, joon: User, general: Room) -> None:
    with pytest.raises(Forbidden):
        change_rules(joon, room_id=general.pk, slow_seconds=10)
    archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        change_rules(mina, room_id=general.pk, slow_seconds=10)


@pytest.mark.parametrize(
    "rules",
    [
        {"who_posts": ""},
        {"who_posts": "nobody"},
        {"who_invites": "owners"},
        {"who_mentions_all": "x"},
        {"slow_seconds": -1},
        {"slow_seconds": SLOW_SECONDS_MAXIMUM + 1},
        {"slow_seconds": True},
    ],
)
def test_a_rule_has_one_of_its_values(mina: User, general: Room, rules: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        change_rules(mina, room_id=general.pk, **rules)
    assert refused.value.field == next(iter(rules))


def test_rules_are_recorded_with_their_old_and_new_values(mina: User, general: Room) -> None:
    change_rules(mina, room_id=general.pk, who_posts="moderators", who_invites="everyone", slow_seconds=30)
    change_rules(mina, room_id=general.pk, slow_seconds=30)
    [entry] = AuditEntry.objects.filter(action="room.changed")
    assert entry.details == {
        "fields": ["slow_seconds", "who_posts"],
        "slow_seconds": [0, 30],
        "who_posts": ["everyone", "moderators"],
    }


# --- slow mode --------------------------------------------------------------------------------------------------------


@pytest.fixture
def slow(mina: User, general: Room) -> Room:
    """A room in which ten seconds pass between two messages of one person."""
    return change_rules(mina, room_id=general.pk, slow_seconds=10)


def test_in_slow_mode_a_member_waits_between_messages(joon: User, slow: Room) -> None:
    say(joon, slow, at=NOON)
    for seconds, wait in ((0, 10), (4.5, 6), (9.999999, 1)):
        with pytest.raises(TooSoon) as refused:
            say(joon, slow, at=after(seconds))
        assert refused.value.retry_after == wait
    assert say(joon, slow, at=after(10)).position
    with pytest.raises(TooSoon):
        say(joon, slow, at=after(19.999999))
    assert say(joon, slow, at=after(20)).position


def test_a_refused_message_does_not_extend_the_wait(joon: User, slow: Room) -> None:
    say(joon, slow, at=NOON)
    with pytest.raises(TooSoon):
        say(joon, slow, at=after(9))
    assert say(joon, slow, at=after(10)).position


def test_slow_mode_exempts_moderators_owners_and_superusers(mina: User, joon: User, slow: Room) -> None:
    set_role(mina, room_id=slow.pk, user_id=joon.pk, role="moderator")
    for _ in range(2):
        assert say(mina, slow, at=NOON).position
        assert say(joon, slow, at=NOON).position
    set_role(mina, room_id=slow.pk, user_id=joon.pk, role="member")
    User.objects.filter(pk=joon.pk).update(is_superuser=True)
    for _ in range(2):
        assert say(joon, slow, at=NOON).position
    assert not slow.memberships.exclude(may_post_from=None).exists()


def test_of_one_batch_each_person_posts_once_in_a_slow_room_and_freely_in_others(
    mina: User, joon: User, stranger: User, slow: Room, founders: Room
) -> None:
    invite_member(mina, room_id=slow.pk, user_id=stranger.pk)
    wanted = [
        (joon, slow),
        (stranger, slow),
        (joon, founders),
        (joon, slow),
        (mina, slow),
        (joon, founders),
        (mina, slow),
    ]
    drafts = [draft(author_id=user.pk, room_id=room.pk, key=uuid.uuid4(), body="hi") for user, room in wanted]
    outcomes = send_batch(drafts, at=NOON).outcomes
    refused = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, ChatError)]
    assert refused == [3]
    assert isinstance(outcomes[3], TooSoon)
    assert outcomes[3].retry_after == 10
    positions = list(Message.objects.filter(room=slow).order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, Room.objects.get(pk=slow.pk).message_count + 1))


def test_a_draft_that_another_rule_refuses_does_not_take_the_turn_of_the_next(joon: User, slow: Room) -> None:
    drafts = [
        draft(author_id=joon.pk, room_id=slow.pk, key=uuid.uuid4(), body="hi", reply_to=reply_to)
        for reply_to in (10**9, None)
    ]
    refused, stored = send_batch(drafts, at=NOON).outcomes
    assert isinstance(refused, Invalid)
    assert isinstance(stored, Message)


def test_a_resent_message_is_returned_in_slow_mode(joon: User, slow: Room) -> None:
    key = uuid.uuid4()
    stored = say(joon, slow, at=NOON, key=key)
    assert say(joon, slow, at=after(1), key=key).pk == stored.pk


def test_a_shorter_or_ended_slow_mode_shortens_waits_that_have_begun(mina: User, joon: User, slow: Room) -> None:
    change_rules(mina, room_id=slow.pk, slow_seconds=3_600)
    say(joon, slow)
    change_rules(mina, room_id=slow.pk, slow_seconds=60)
    with pytest.raises(TooSoon) as refused:
        say(joon, slow)
    assert 0 < (refused.value.retry_after or 0) <= 60
    change_rules(mina, room_id=slow.pk, slow_seconds=0)
    assert say(joon, slow).position
