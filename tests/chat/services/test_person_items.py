"""What a person keeps for all their devices: items, which change under the person's lock."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from chat.bus.events import PersonChanged
from chat.models import Membership, PersonItem, Room, User
from chat.models.mention import MENTIONS_COUNTED
from chat.models.message import BODY_CHARS
from chat.models.person_item import MENTIONS
from chat.protocol.errors import ChatError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from chat.protocol.frames import me_changes_frame
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.queries.person_items import catch_up, items_since, missed_changes, person_revisions
from chat.services import deleted_rooms, memberships, messages, person_items, quotas, rooms
from chat.services.item_kinds import KINDS
from chat.services.mentions import MENTIONED_ROOMS
from chat.services.person_items import ITEMS_BYTES, TOMBSTONES, item_state, set_item
from tests.harness.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_rates() -> Any:
    with quotas.unlimited():
        yield


MARK = {"position": 7, "counted": 6}


def draft(text: str, **ago: float) -> dict[str, str]:
    return {"text": text, "at": (timezone.now() - timedelta(**ago)).isoformat()}


def revision_of(user: User) -> int:
    return User.objects.values_list("revision", flat=True).get(pk=user.pk)


def values_of(user: User, since: int = 0) -> dict[tuple[str, str], Any]:
    return {(item.kind, item.key): item.value for item in catch_up(user, since).items}


# --- revisions --------------------------------------------------------------------------------------------------------


def test_every_change_takes_the_next_revision_of_the_person(mina: Any, general: Any, founders: Any) -> None:
    for room, value in ((general, True), (founders, "V"), (general, None)):
        set_item(mina, kind="favourite", key=str(room.pk), value=value)
    assert revision_of(mina) == 3
    assert [(i.key, i.value, i.revision) for i in PersonItem.objects.order_by("revision")] == [
        (str(founders.pk), "V", 2),
        (str(general.pk), None, 3),
    ]


def test_an_equal_value_changes_and_publishes_nothing(mina: Any, general: Any, published_by: Any) -> None:
    first = published_by(lambda: set_item(mina, kind="favourite", key=str(general.pk), value=True))
    again = published_by(lambda: set_item(mina, kind="favourite", key=str(general.pk), value=True))
    assert (len(first), len(again), revision_of(mina)) == (1, 0, 1)


@pytest.mark.parametrize("order", ["1", "V", "0V", "zzz", "true", "V" * 32])
def test_a_favourite_may_have_an_order_key(mina: Any, general: Any, order: str) -> None:
    set_item(mina, kind="favourite", key=str(general.pk), value=True)
    ordered = set_item(mina, kind="favourite", key=str(general.pk), value=order)
    assert (ordered.value, ordered.revision) == (order, 2)


def test_a_change_is_published_to_its_person_once_committed(mina: Any, general: Any, published_by: Any) -> None:
    [published] = published_by(lambda: set_item(mina, kind="favourite", key=str(general.pk), value=True))
    assert isinstance(published, PersonChanged)
    assert (published.user, published.since, published.revision) == (mina.pk, 0, 1)
    assert json.loads(published.items[0].text) == {
        "kind": "favourite",
        "key": str(general.pk),
        "value": True,
        "revision": 1,
    }


def test_a_change_that_is_rolled_back_leaves_nothing(mina: Any, general: Any, published_by: Any) -> None:
    def fail() -> None:
        with transaction.atomic():
            set_item(mina, kind="favourite", key=str(general.pk), value=True)
            transaction.set_rollback(True)

    assert published_by(fail) == []
    assert (revision_of(mina), PersonItem.objects.count()) == (0, 0)


def test_saving_an_old_instance_of_a_person_does_not_set_the_revision_back(mina: Any, general: Any) -> None:
    old = User.objects.get(pk=mina.pk)
    set_item(mina, kind="favourite", key=str(general.pk), value=True)
    old.display_name = "Mina K."
    old.save()
    assert revision_of(mina) == 1


def test_a_mark_of_an_unread_room_leaves_the_read_position_as_it_is(mina: Any, joon: Any, general: Any) -> None:
    for _ in range(3):
        messages.send_message(joon, room_id=general.pk, key=uuid4(), body="said")
    memberships.mark_read(mina, room_id=general.pk, position=2)
    item = set_item(mina, kind="unread", key=str(general.pk), value=MARK | {"unknown": "field"})
    assert item.value == MARK
    assert general.memberships.get(user=mina).last_read == 2
    memberships.mark_read(mina, room_id=general.pk, position=3)
    assert values_of(mina)["unread", str(general.pk)] == MARK


# --- who may set what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value"),
    [("notify", "none"), ("favourite", True), ("draft", {"text": "psst", "at": None}), ("unread", MARK)],
)
def test_an_item_is_for_a_room_that_the_person_is_in(
    stranger: Any, general: Any, founders: Any, kind: str, value: Any
) -> None:
    for room, refusal in ((str(general.pk), Forbidden), (str(founders.pk), NotFound), ("999999999", NotFound)):
        with pytest.raises(refusal):
            set_item(stranger, kind=kind, key=room, value=value)
    assert not PersonItem.objects.exists()


def test_an_item_can_be_unset_by_a_person_who_left_the_room(mina: Any, joon: Any, founders: Any) -> None:
    memberships.remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    PersonItem.objects.create(user=joon, kind="favourite", key=str(founders.pk), value=True, revision=1)
    User.objects.filter(pk=joon.pk).update(revision=1)
    assert set_item(joon, kind="favourite", key=str(founders.pk), value=None).value is None


def test_unsetting_what_was_never_set_looks_the_same_for_every_room(stranger: Any, founders: Any) -> None:
    secret = set_item(stranger, kind="favourite", key=str(founders.pk), value=None)
    nowhere = set_item(stranger, kind="favourite", key="999999999", value=None)
    assert (secret.value, secret.revision) == (nowhere.value, nowhere.revision) == (None, 0)
    assert not PersonItem.objects.exists()


@pytest.mark.parametrize("kind", ["", "reads", "Notify", "notify ", "__class__"])
def test_an_unknown_kind_is_refused(mina: Any, general: Any, kind: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_item(mina, kind=kind, key=str(general.pk), value=None)
    assert refused.value.field == "kind"


@pytest.mark.parametrize("key", ["", "0", "-1", "01", "1.0", " 1", "1 ", "²", "١", "9" * 16, "1" * 64, "general"])
def test_a_key_is_the_id_of_a_room_in_its_one_spelling(mina: Any, general: Any, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_item(mina, kind="favourite", key=key, value=True)
    assert refused.value.field == "key"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("notify", value) for value in ("", "ALL", 1, True, ["all"], {"all": 1})),
        *(("favourite", value) for value in list[Any]([False, 0, 1, 1.5, [], {}, ["V"], {"order": "V"}])),
        *(("favourite", value) for value in ("", "0", "V0", "a-b", "a b", "é", "٣", "V\n", "V" * 33)),
        *(("draft", value) for value in ("text", {}, {"text": 1}, {"text": "a\x00b"}, {"text": "a", "at": "now"})),
        *(
            ("unread", value)
            for value in list[Any]([True, 7, [], {}, {"position": 7}, {"position": "7", "counted": 0}])
        ),
        *(
            ("unread", {"position": position, "counted": counted})
            for position, counted in list[tuple[Any, int]](
                [(0, 0), (0, -1), (7, 7), (7, -1), (7.0, 6), ("7", 6), (True, False), (2**53, 1), (2**70, 1)]
            )
        ),
        *(("draft", {"text": "a", "at": at}) for at in (7, "2026-01-01", "0001-01-01T00:00:00+23:59", "1" * 5000)),
    ],
)
def test_a_malformed_value_is_refused(mina: Any, general: Any, kind: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        set_item(mina, kind=kind, key=str(general.pk), value=value)
    assert refused.value.field == "value"


# --- notify -----------------------------------------------------------------------------------------------------------


def test_a_notify_level_is_the_same_in_the_item_and_in_the_membership(mina: Any, general: Any, founders: Any) -> None:
    for level in ("mentions", "none", None, "all"):
        set_item(mina, kind="notify", key=str(general.pk), value=level)
        assert Membership.objects.get(user=mina, room=general).notify == (level or "all")
        assert Membership.objects.get(user=mina, room=founders).notify == "all"


# --- drafts -----------------------------------------------------------------------------------------------------------


def text_of(item: PersonItem) -> str:
    """The text of a draft."""
    assert item.value is not None
    return str(item.value["text"])


def test_the_newest_draft_wins_whichever_arrives_last(mina: Any, general: Any) -> None:
    set_item(mina, kind="draft", key=str(general.pk), value=draft("typed last", minutes=1))
    kept = set_item(mina, kind="draft", key=str(general.pk), value=draft("typed first", minutes=5))
    assert (text_of(kept), kept.revision) == ("typed last", 1)
    cleared_before = set_item(mina, kind="draft", key=str(general.pk), value=draft("", minutes=5))
    assert text_of(cleared_before) == "typed last"


def test_an_empty_draft_is_unset(mina: Any, general: Any) -> None:
    set_item(mina, kind="draft", key=str(general.pk), value=draft("half a", seconds=5))
    assert set_item(mina, kind="draft", key=str(general.pk), value=draft("")).value is None


def test_a_clock_that_is_ahead_does_not_keep_later_drafts_out(mina: Any, general: Any) -> None:
    set_item(mina, kind="draft", key=str(general.pk), value=draft("from the future", days=-400))
    assert text_of(set_item(mina, kind="draft", key=str(general.pk), value=draft("now"))) == "now"


def test_the_last_moment_of_the_calendar_is_a_time_like_another(mina: Any, general: Any) -> None:
    value = {"text": "a", "at": "9999-12-31T23:59:59-23:59"}
    assert text_of(set_item(mina, kind="draft", key=str(general.pk), value=value)) == "a"


def test_a_draft_keeps_its_spaces_and_may_be_as_long_as_a_message(mina: Any, general: Any) -> None:
    text = "  가" * (BODY_CHARS // 3)
    set_item(mina, kind="draft", key=str(general.pk), value=draft(text))
    assert values_of(mina)["draft", str(general.pk)]["text"] == text
    with pytest.raises(TooLarge):
        set_item(mina, kind="draft", key=str(general.pk), value=draft("a" * (BODY_CHARS + 1)))


# --- rooms that a person is no longer in ------------------------------------------------------------------------------


def set_all_kinds(user: User, room: Room) -> None:
    for kind, value in (("notify", "none"), ("favourite", True), ("draft", draft("half a"))):
        set_item(user, kind=kind, key=str(room.pk), value=value)


def person_changes(events: list[Any]) -> list[PersonChanged]:
    return [event for event in events if isinstance(event, PersonChanged)]


def present_keys(user: User) -> set[str]:
    return {item.key for item in PersonItem.objects.present().filter(user=user)}


EXITS: list[Callable[[User, User, Room], None]] = [
    lambda _mina, joon, room: memberships.leave_room(joon, room_id=room.pk),
    lambda mina, joon, room: memberships.remove_member(mina, room_id=room.pk, user_id=joon.pk),
    lambda mina, joon, room: memberships.remove_members(mina, room_id=room.pk, user_ids=[joon.pk]),
]


@pytest.mark.parametrize("leave", EXITS, ids=["leaves", "is removed", "is removed with others"])
def test_the_items_of_a_room_are_unset_when_the_person_leaves_it(
    mina: Any, joon: Any, general: Any, founders: Any, published_by: Any, leave: Any
) -> None:
    for user, room in ((joon, founders), (joon, general), (mina, founders)):
        set_all_kinds(user, room)
    changes = person_changes(published_by(lambda: leave(mina, joon, founders)))
    assert (present_keys(joon), present_keys(mina)) == ({str(general.pk)}, {str(founders.pk)})
    [change] = changes
    assert (change.user, change.since, change.revision) == (joon.pk, 6, 9) == (joon.pk, 6, revision_of(joon))
    assert sorted((item.kind, json.loads(item.text)["value"]) for item in change.items) == [
        ("draft", None),
        ("favourite", None),
        ("notify", None),
    ]


def test_the_items_of_many_people_take_the_revisions_of_their_own_persons(
    mina: Any, joon: Any, stranger: Any, general: Any
) -> None:
    memberships.join_room(stranger, room_id=general.pk)
    set_item(mina, kind="draft", key=str(general.pk), value=draft("a"))
    set_all_kinds(joon, general)
    memberships.remove_members(mina, room_id=general.pk, user_ids=[joon.pk, stranger.pk, mina.pk])
    expected = {mina: [2], joon: [4, 5, 6], stranger: []}
    for user, revisions in expected.items():
        assert [item.revision for item in PersonItem.objects.filter(user=user).order_by("pk")] == revisions
        assert revision_of(user) == max(revisions, default=0)
        assert values_of(user, 0) == dict.fromkeys(values_of(user, 0))
    assert PersonItem.objects.filter(user__in=[mina, joon], value__isnull=True, size=0).count() == 4


def test_a_client_starts_over_if_a_room_that_was_left_took_the_place_of_older_tombstones(
    joon: Any, general: Any
) -> None:
    PersonItem.objects.bulk_create(
        PersonItem(user=joon, kind="draft", key=f"9{number:09}", value=None, revision=number + 1)
        for number in range(TOMBSTONES)
    )
    User.objects.filter(pk=joon.pk).update(revision=TOMBSTONES)
    set_all_kinds(joon, general)
    memberships.leave_room(joon, room_id=general.pk)
    assert PersonItem.objects.unset().filter(user=joon).count() == TOMBSTONES
    assert (catch_up(joon, 2).reset, catch_up(joon, 3).reset) == (True, False)


def test_a_person_who_comes_back_has_the_default_level(mina: Any, joon: Any, founders: Any) -> None:
    set_item(joon, kind="notify", key=str(founders.pk), value="none")
    memberships.remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    assert memberships.invite_member(mina, room_id=founders.pk, user_id=joon.pk).notify == "all"


def test_an_exit_that_is_refused_keeps_the_items(mina: Any, joon: Any, founders: Any) -> None:
    set_all_kinds(mina, founders)
    with pytest.raises(Forbidden):
        memberships.remove_members(joon, room_id=founders.pk, user_ids=[mina.pk, joon.pk])
    assert revision_of(mina) == 3


def test_an_owner_who_removes_everybody_leaves_last(mina: Any, joon: Any, founders: Any) -> None:
    memberships.remove_members(mina, room_id=founders.pk, user_ids=[mina.pk, joon.pk])
    assert not founders.memberships.current().exists()


def test_the_items_of_a_deleted_room_are_unset_for_everybody_a_few_people_at_a_time(
    mina: Any, joon: Any, general: Any, founders: Any, published_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleted_rooms, "PEOPLE_AT_ONCE", 1)
    for user in (mina, joon):
        set_all_kinds(user, founders)
        set_item(user, kind="favourite", key=str(general.pk), value=True)
    rooms.archive_room(mina, room_id=founders.pk)
    with transaction.atomic():
        rooms.delete_room(mina, room_id=founders.pk)
    [change] = person_changes(published_by(deleted_rooms.remove_some))
    assert (change.user, change.since, change.revision) == (mina.pk, 4, 7)
    assert present_keys(joon) == {str(general.pk), str(founders.pk)}
    published_by(deleted_rooms.finish_deletions)
    assert (present_keys(joon), present_keys(mina)) == ({str(general.pk)}, {str(general.pk)})
    assert not Membership.objects.filter(room_id=founders.pk).exists()


def test_nobody_sets_an_item_of_a_deleted_room_but_everybody_may_unset_it(mina: Any, joon: Any, founders: Any) -> None:
    set_item(joon, kind="favourite", key=str(founders.pk), value=True)
    rooms.archive_room(mina, room_id=founders.pk)
    rooms.delete_room(mina, room_id=founders.pk)
    with pytest.raises(NotFound):
        set_item(joon, kind="notify", key=str(founders.pk), value="none")
    assert set_item(joon, kind="favourite", key=str(founders.pk), value=None).value is None


@pytest.mark.django_db(transaction=True)
def test_no_item_is_left_of_a_room_that_a_person_leaves_while_setting_it(mina: Any, joon: Any, founders: Any) -> None:
    key = str(founders.pk)
    for turn in range(8):
        outcomes = at_once(
            partial(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk),
            partial(set_item, joon, kind="notify", key=key, value=("none", "mentions")[turn % 2]),
            partial(set_item, joon, kind="draft", key=key, value=draft(f"turn {turn}")),
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == [
            outcome for outcome in outcomes if isinstance(outcome, NotFound)
        ]
        assert present_keys(joon) == set()
        assert Membership.objects.get(user=joon, room=founders).notify == "all"
        memberships.invite_member(mina, room_id=founders.pk, user_id=joon.pk)


@pytest.mark.django_db(transaction=True)
def test_no_item_is_left_of_a_room_that_is_deleted_while_people_set_it(mina: Any, joon: Any) -> None:
    for turn in range(5):
        room = rooms.create_room(mina, name=f"Room {turn}")
        memberships.join_room(joon, room_id=room.pk)
        rooms.archive_room(mina, room_id=room.pk)
        outcomes = at_once(
            partial(rooms.delete_room, mina, room_id=room.pk),
            *(
                partial(set_item, user, kind=kind, key=str(room.pk), value=value)
                for user in (mina, joon)
                for kind, value in (("notify", "none"), ("favourite", True))
            ),
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == [
            outcome for outcome in outcomes if isinstance(outcome, NotFound)
        ]
        deleted_rooms.finish_deletions()
        assert (present_keys(mina), present_keys(joon)) == (set(), set())
        assert not Room.deleted.exists()


@pytest.mark.django_db(transaction=True)
def test_removals_of_the_same_people_from_two_rooms_never_deadlock(
    mina: Any, joon: Any, stranger: Any, general: Any, founders: Any
) -> None:
    memberships.join_room(stranger, room_id=general.pk)
    memberships.invite_member(mina, room_id=founders.pk, user_id=stranger.pk)
    pair = [joon.pk, stranger.pk]
    for _turn in range(8):
        outcomes = at_once(
            partial(memberships.remove_members, mina, room_id=general.pk, user_ids=pair),
            partial(memberships.remove_members, mina, room_id=founders.pk, user_ids=pair[::-1]),
            partial(set_item, joon, kind="notify", key=str(general.pk), value="none"),
            partial(set_item, stranger, kind="notify", key=str(founders.pk), value="none"),
        )
        assert not [o for o in outcomes if isinstance(o, Exception) and not isinstance(o, (Forbidden, NotFound))]
        for room, user_id in itertools.product((general, founders), pair):
            memberships.invite_member(mina, room_id=room.pk, user_id=user_id)


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("setting", "hidden", "blocks")])
def test_the_items_of_a_kind_are_limited_in_number(mina: Any, general: Any, kind: str) -> None:
    value = {"notify": "none", "favourite": True, "draft": draft("x"), "unread": MARK}[kind]
    most = KINDS[kind].most
    PersonItem.objects.bulk_create(
        PersonItem(user=mina, kind=kind, key=f"9{number:09}", value=value, size=4, revision=number + 1)
        for number in range(most - 1)
    )
    User.objects.filter(pk=mina.pk).update(revision=most - 1)
    set_item(mina, kind=kind, key=str(general.pk), value=value)
    other = rooms.create_room(mina, name="One more")
    with pytest.raises(Conflict):
        set_item(mina, kind=kind, key=str(other.pk), value=value)
    set_item(mina, kind=kind, key=str(general.pk), value=None)
    assert set_item(mina, kind=kind, key=str(other.pk), value=value).value is not None


def test_the_values_of_a_person_are_limited_in_bytes(mina: Any) -> None:
    longest = draft("한" * BODY_CHARS)
    fitting = ITEMS_BYTES // len(json.dumps(longest, ensure_ascii=False).encode())
    *places, last = [rooms.create_room(mina, name=f"Room {number}") for number in range(fitting + 1)]
    for room in places:
        set_item(mina, kind="draft", key=str(room.pk), value=longest)
    with pytest.raises(TooLarge):
        set_item(mina, kind="draft", key=str(last.pk), value=longest)
    shorter = set_item(mina, kind="draft", key=str(places[0].pk), value=draft("shorter", seconds=-1))
    assert text_of(shorter) == "shorter"


def test_all_items_of_a_person_fit_one_frame() -> None:
    """The longest that is possible: as many items as may be, with values that fill all bytes."""
    most = sum(rule.most for rule in KINDS.values()) + TOMBSTONES
    item = PersonItem(kind="favourite", key="9" * 16, value=None, revision=2**53 - 1)
    envelopes = most * len(item_state(item).text + ",")
    frame = me_changes_frame(since=2**53 - 1, revision=2**53 - 1, reset=False, items=[])
    positions = [2**53 - 1] * MENTIONS_COUNTED
    mentions = PersonItem(kind=MENTIONS, key="9" * 16, value=positions, revision=2**53 - 1)
    of_server = MENTIONED_ROOMS * len(item_state(mentions).text + ",")
    assert envelopes + ITEMS_BYTES + of_server + len(frame) <= OUTBOUND_FRAME_BYTES


# --- catching up ------------------------------------------------------------------------------------------------------


def test_a_client_catches_up_with_the_newest_state_of_what_changed(mina: Any, general: Any, founders: Any) -> None:
    set_item(mina, kind="favourite", key=str(general.pk), value=True)
    set_item(mina, kind="favourite", key=str(founders.pk), value=True)
    set_item(mina, kind="favourite", key=str(general.pk), value=None)
    reply = catch_up(mina, 1)
    assert (reply.revision, reply.reset) == (3, False)
    assert [(i.key, i.value, i.revision) for i in reply.items] == [
        (str(founders.pk), True, 2),
        (str(general.pk), None, 3),
    ]
    assert catch_up(mina, 3).items == []


def test_a_client_that_is_ahead_starts_over(mina: Any, general: Any) -> None:
    set_item(mina, kind="favourite", key=str(general.pk), value=True)
    reply = catch_up(mina, 7)
    assert (reply.revision, reply.reset, len(reply.items)) == (1, True, 1)


def test_a_client_that_missed_a_forgotten_tombstone_starts_over(mina: Any, general: Any) -> None:
    set_item(mina, kind="favourite", key=str(general.pk), value=True)
    PersonItem.objects.bulk_create(
        PersonItem(user=mina, kind="draft", key=f"9{number:09}", value=None, revision=number + 2)
        for number in range(TOMBSTONES)
    )
    User.objects.filter(pk=mina.pk).update(revision=TOMBSTONES + 1)
    set_item(mina, kind="favourite", key=str(general.pk), value=None)
    assert PersonItem.objects.unset().filter(user=mina).count() == TOMBSTONES
    assert (catch_up(mina, 1).reset, catch_up(mina, 2).reset) == (True, False)
    assert catch_up(mina, 1).items == []
    missed = missed_changes(mina.pk, 1)
    assert missed is not None
    assert (missed.since, missed.revision, missed.reset) == (0, TOMBSTONES + 2, True)


def test_a_person_sees_only_their_own_items(mina: Any, joon: Any, general: Any) -> None:
    set_item(mina, kind="draft", key=str(general.pk), value=draft("a secret"))
    assert values_of(joon) == {}
    assert person_revisions([mina.pk, joon.pk]) == {mina.pk: 1, joon.pk: 0}


def test_nobody_has_no_items(space: Any) -> None:
    assert items_since(999_999, 0) is None
    assert missed_changes(999_999, 0) is None


def test_a_refusal_is_one_of_the_wire(mina: Any) -> None:
    with pytest.raises(ChatError):
        person_items.set_item(mina, kind="draft", key="1", value=[])
