"""What a person keeps for all their devices: items, which change under the person's lock."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from chat.bus.events import PersonChanged
from chat.models import Membership, PersonItem, User
from chat.models.message import BODY_CHARS
from chat.protocol.errors import ChatError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from chat.protocol.frames import me_changes_frame
from chat.protocol.limits import OUTBOUND_FRAME_BYTES
from chat.queries.person_items import catch_up, items_since, missed_changes, person_revisions
from chat.services import memberships, person_items, quotas, rooms
from chat.services.item_kinds import KINDS
from chat.services.person_items import ITEMS_BYTES, TOMBSTONES, item_state, set_item

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_rates() -> Any:
    with quotas.unlimited():
        yield


def draft(text: str, **ago: float) -> dict[str, str]:
    return {"text": text, "at": (timezone.now() - timedelta(**ago)).isoformat()}


def revision_of(user: User) -> int:
    return User.objects.values_list("revision", flat=True).get(pk=user.pk)


def values_of(user: User, since: int = 0) -> dict[tuple[str, str], Any]:
    return {(item.kind, item.key): item.value for item in catch_up(user, since).items}


# --- revisions --------------------------------------------------------------------------------------------------------


def test_every_change_takes_the_next_revision_of_the_person(mina: Any, general: Any, founders: Any) -> None:
    for room, value in ((general, True), (founders, 2), (general, None)):
        set_item(mina, kind="favourite", key=str(room.pk), value=value)
    assert revision_of(mina) == 3
    assert [(i.key, i.value, i.revision) for i in PersonItem.objects.order_by("revision")] == [
        (str(founders.pk), 2, 2),
        (str(general.pk), None, 3),
    ]


def test_an_equal_value_changes_and_publishes_nothing(mina: Any, general: Any, told: Any) -> None:
    first = told(lambda: set_item(mina, kind="favourite", key=str(general.pk), value=True))
    again = told(lambda: set_item(mina, kind="favourite", key=str(general.pk), value=True))
    assert (len(first), len(again), revision_of(mina)) == (1, 0, 1)


def test_one_and_true_are_different_values(mina: Any, general: Any) -> None:
    set_item(mina, kind="favourite", key=str(general.pk), value=True)
    assert set_item(mina, kind="favourite", key=str(general.pk), value=1).revision == 2


def test_a_change_is_published_to_its_person_once_committed(mina: Any, general: Any, told: Any) -> None:
    [published] = told(lambda: set_item(mina, kind="favourite", key=str(general.pk), value=True))
    assert isinstance(published, PersonChanged)
    assert (published.user, published.since, published.revision) == (mina.pk, 0, 1)
    assert json.loads(published.items[0].text) == {
        "kind": "favourite",
        "key": str(general.pk),
        "value": True,
        "revision": 1,
    }


def test_a_change_that_is_rolled_back_leaves_nothing(mina: Any, general: Any, told: Any) -> None:
    def fail() -> None:
        with transaction.atomic():
            set_item(mina, kind="favourite", key=str(general.pk), value=True)
            transaction.set_rollback(True)

    assert told(fail) == []
    assert (revision_of(mina), PersonItem.objects.count()) == (0, 0)


def test_saving_an_old_instance_of_a_person_does_not_set_the_revision_back(mina: Any, general: Any) -> None:
    old = User.objects.get(pk=mina.pk)
    set_item(mina, kind="favourite", key=str(general.pk), value=True)
    old.display_name = "Mina K."
    old.save()
    assert revision_of(mina) == 1


# --- who may set what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value"), [("notify", "none"), ("favourite", True), ("draft", {"text": "psst", "at": None})]
)
def test_an_item_is_for_a_room_that_the_person_is_in(
    stranger: Any, general: Any, founders: Any, kind: str, value: Any
) -> None:
    for room, refusal in ((str(general.pk), Forbidden), (str(founders.pk), NotFound), ("999999999", NotFound)):
        with pytest.raises(refusal):
            set_item(stranger, kind=kind, key=room, value=value)
    assert not PersonItem.objects.exists()


def test_what_a_person_set_can_be_unset_after_they_left_the_room(mina: Any, joon: Any, founders: Any) -> None:
    set_item(joon, kind="notify", key=str(founders.pk), value="none")
    memberships.remove_member(mina, room_id=founders.pk, user_id=joon.pk)
    assert set_item(joon, kind="notify", key=str(founders.pk), value=None).value is None


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
        *(("favourite", value) for value in list[Any]([False, -1, 2**53, 1.5, "true", [], {}])),
        *(("draft", value) for value in ("text", {}, {"text": 1}, {"text": "a\x00b"}, {"text": "a", "at": "now"})),
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


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_items_of_a_kind_are_limited_in_number(mina: Any, general: Any, kind: str) -> None:
    value = {"notify": "none", "favourite": True, "draft": draft("x")}[kind]
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
    assert envelopes + ITEMS_BYTES + len(frame) <= OUTBOUND_FRAME_BYTES


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
