"""Which deliveries follow from what happens in a room."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.derive import turn
from chat.models import DeriverCursor, Due, Message, Room, User
from chat.services.memberships import join_room, leave_room
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.pins import pin
from chat.services.reactions import react
from chat.services.threads import reply_in_thread
from tests.harness.deriving import KilledError, at_statement, die
from tests.harness.webhooks import derive, outgoing_of
from webhooks import deriver
from webhooks.models import OutgoingWebhook, SeenReactions, WebhookDelivery
from webhooks.services.outgoing import switch_outgoing, update_outgoing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hook(mina: User, general: Room) -> OutgoingWebhook:
    """A webhook of all kinds."""
    return outgoing_of(mina, general)


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def kinds() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("kind", flat=True))


def test_what_happens_to_messages_becomes_deliveries_in_order(mina: User, general: Room, hook: OutgoingWebhook) -> None:
    first, second = say(mina, general), say(mina, general)
    derive()
    edit_message(mina, message_id=first.pk, body="hi!")
    react(mina, message_id=second.pk, emoji="👍", on=True)
    derive()
    delete_message(mina, message_id=first.pk)
    derive()
    assert kinds() == [*["message.posted"] * 2, "message.edited", "reactions.changed", "message.deleted"]
    assert set(WebhookDelivery.objects.values_list("webhook", flat=True)) == {hook.pk}


def test_new_messages_come_in_the_order_of_the_room_although_an_earlier_one_was_edited_last(
    mina: User, general: Room, hook: OutgoingWebhook
) -> None:
    messages = [say(mina, general) for _number in range(3)]
    edit_message(mina, message_id=messages[1].pk, body="hi!")
    react(mina, message_id=messages[0].pk, emoji="👍", on=True)
    derive()
    posted = WebhookDelivery.objects.filter(kind="message.posted").order_by("pk").values_list("message", flat=True)
    assert list(posted) == [message.pk for message in messages]
    assert kinds() == [*["message.posted"] * 3, "reactions.changed"]


def test_states_merge_and_what_was_never_reported_is_not_said_to_be_deleted(
    mina: User, general: Room, hook: OutgoingWebhook
) -> None:
    first, second = say(mina, general), say(mina, general)
    edit_message(mina, message_id=first.pk, body="hi!")
    delete_message(mina, message_id=second.pk)
    derive()
    assert kinds() == ["message.posted"]


def test_people_who_join_and_leave_are_reported(stranger: User, general: Room, hook: OutgoingWebhook) -> None:
    join_room(stranger, room_id=general.pk)
    leave_room(stranger, room_id=general.pk)
    derive()
    assert kinds() == ["member.joined", "member.left"]


def test_replies_in_threads_belong_to_the_room(mina: User, general: Room, hook: OutgoingWebhook) -> None:
    asked = say(mina, general)
    derive()
    reply_in_thread(mina, room_id=general.pk, message_id=asked.pk, key=uuid.uuid4(), body="hi")
    derive()
    assert kinds() == ["message.posted"] * 2


def test_other_changes_of_extras_are_not_taken_for_reactions(mina: User, general: Room, hook: OutgoingWebhook) -> None:
    said = say(mina, general)
    derive()
    pin(mina, message_id=said.pk, on=True)
    derive()
    for on in (True, False):
        react(mina, message_id=said.pk, emoji="👍", on=on)
        derive()
    pin(mina, message_id=said.pk, on=False)
    derive()
    assert kinds() == ["message.posted", "reactions.changed", "reactions.changed"]


def test_only_what_was_chosen_is_reported(mina: User, general: Room) -> None:
    outgoing_of(mina, general, "https://example.com/", "message.deleted")
    said = say(mina, general)
    derive()
    edit_message(mina, message_id=said.pk, body="hi!")
    react(mina, message_id=said.pk, emoji="👍", on=True)
    derive()
    assert (kinds(), SeenReactions.objects.count()) == ([], 0)
    delete_message(mina, message_id=said.pk)
    derive()
    assert kinds() == ["message.deleted"]


def test_other_rooms_earlier_messages_and_what_happens_while_it_is_off_are_not_reported(
    mina: User, general: Room, founders: Room
) -> None:
    say(mina, general, "before")
    hook = outgoing_of(mina, general)
    say(mina, founders)
    switch_outgoing(mina, webhook_id=hook.pk, on=False)
    say(mina, general)
    derive()
    assert kinds() == []
    switch_outgoing(mina, webhook_id=hook.pk, on=True)
    say(mina, general)
    derive()
    assert kinds() == ["message.posted"]


def test_a_rewind_reports_nothing_twice(mina: User, general: Room, hook: OutgoingWebhook) -> None:
    history(mina, general)
    derive()
    before = WebhookDelivery.objects.count()
    assert before
    DeriverCursor.objects.all().delete()
    derive()
    assert WebhookDelivery.objects.count() == before


def test_what_happened_long_ago_is_not_reported(mina: User, general: Room, hook: OutgoingWebhook) -> None:
    long_ago = timezone.now() - deriver.RECENT - timedelta(minutes=1)
    OutgoingWebhook.objects.update(created_at=long_ago - timedelta(days=1))
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="old", at=long_ago)
    say(mina, general, "new")
    derive()
    assert kinds() == ["message.posted"]


def test_many_webhooks_cost_as_many_queries_as_few(mina: User, general: Room, django_assert_num_queries: Any) -> None:
    def queries() -> int:
        for number in range(3):
            react(mina, message_id=say(mina, general, str(number)).pk, emoji="👍", on=True)
        with at_statement(0, die) as said:
            derive()
        return sum("bhook" in statement or "eenreact" in statement for statement in said)

    outgoing_of(mina, general)
    queries()
    few = queries()
    outgoing_of(mina, general)
    assert queries() - few <= 4  # the rows, the due thing and their savepoints


def test_a_webhook_that_is_too_far_behind_gets_no_more(
    mina: User, general: Room, hook: OutgoingWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deriver, "MOST_WAITING", 2)
    for _ in range(2):
        say(mina, general)
        derive()
    Due.objects.all().delete()
    say(mina, general)
    derive()
    assert kinds() == ["message.posted"] * 2
    assert Due.objects.filter(kind=deriver.SENDING).exists()


# --- faults -----------------------------------------------------------------------------------------------------------


def history(author: User, room: Room) -> None:
    """Messages in a room, of which some changed after they were reported."""
    messages = [say(author, room, body) for body in "abcde"]
    derive()
    edit_message(author, message_id=messages[0].pk, body="a!")
    react(author, message_id=messages[1].pk, emoji="👍", on=True)
    delete_message(author, message_id=messages[2].pk)
    say(author, room, "f")


def keys() -> list[uuid.UUID]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("key", flat=True))


def test_rows_are_the_same_after_a_kill_before_any_statement(
    mina: User, general: Room, hook: OutgoingWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TURN_CHANGES", 4)
    monkeypatch.setattr(turn, "CHANGES_AT_ONCE", 2)
    history(mina, general)
    cursors = list(DeriverCursor.objects.values())
    rows, seen = list(WebhookDelivery.objects.values()), list(SeenReactions.objects.values())
    with at_statement(0, die) as said:
        derive()
    expected = keys()
    assert len(expected) == 9
    count = len(said)
    assert count > 10
    for number in range(1, count + 1):
        WebhookDelivery.objects.all().delete()
        SeenReactions.objects.all().delete()
        Due.objects.all().delete()
        DeriverCursor.objects.all().delete()
        DeriverCursor.objects.bulk_create(DeriverCursor(**row) for row in cursors)
        WebhookDelivery.objects.bulk_create(WebhookDelivery(**row) for row in rows)
        SeenReactions.objects.bulk_create(SeenReactions(**row) for row in seen)
        with pytest.raises(KilledError), at_statement(number, die):
            derive()
        derive()
        assert keys() == expected, number
        assert Due.objects.filter(kind=deriver.SENDING, args={"webhook": hook.pk}).exists()


def test_changing_the_kinds_takes_effect_at_once(mina: User, general: Room, hook: OutgoingWebhook) -> None:
    update_outgoing(mina, webhook_id=hook.pk, name="A", url=hook.url, kinds=["message.edited"])
    said = say(mina, general)
    derive()
    edit_message(mina, message_id=said.pk, body="!")
    derive()
    assert kinds() == ["message.edited"]
