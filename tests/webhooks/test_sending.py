"""Deliveries: signed, one after the other, until they arrive, and never longer than for a day."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from chat.models import AuditEntry, Due, Message, PersonItem, Room, User
from chat.models.person_item import NOTICE
from chat.services.memberships import leave_room, set_role
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.people import deactivate_user
from chat.services.reactions import react
from chat.services.threads import reply_in_thread
from outbound.fetch import Network
from tests.harness import receiver as replies
from tests.harness.receiver import Received, Receiver, status
from tests.harness.stored import tables_with
from tests.harness.webhooks import Clock, derive, outgoing_of
from webhooks import deriver, sending
from webhooks.models import OutgoingWebhook, WebhookDelivery
from webhooks.retries import PAUSES
from webhooks.sending import SendDeliveries
from webhooks.services.outgoing import replay, replay_between, send_test, switch_outgoing
from webhooks.signature import secret_text

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 24 * 3600
SECRET = "xyzzy"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A receiver on this machine, which the settings allow."""
    with Receiver() as made:
        settings.WEBHOOK_PRIVATE_HOSTS = [made.host]
        yield made


@pytest.fixture
def hook(mina: User, general: Room, receiver: Receiver) -> OutgoingWebhook:
    """A webhook of all kinds, to the receiver."""
    return outgoing_of(mina, general, receiver.url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def run(hook: OutgoingWebhook, clock: Clock | None = None, **more: Any) -> None:
    """Derive, and do what a due thing does."""
    derive()
    SendDeliveries(clock=clock or Clock(), **more).run(uuid.uuid4(), {"webhook": hook.pk})


def states() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("state", flat=True))


def bodies(receiver: Receiver) -> list[str]:
    return [received.json["data"]["message"].get("body", "") for received in receiver.received]


def notices(person: User) -> list[str]:
    items = PersonItem.objects.present().filter(user=person, kind=NOTICE)
    return [value["code"] for value in items.values_list("value", flat=True) if value]


def is_signed(received: Received, secret: str) -> bool:
    """The check of a receiver."""
    headers = received.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return hmac.compare_digest(headers["webhook-signature"], f"v1,{base64.b64encode(digest).decode()}")


def test_a_delivery_is_signed_and_says_what_happened(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, clock: Clock
) -> None:
    said = say(mina, general, "**hi**")
    run(hook, clock)
    [received] = receiver.received
    assert is_signed(received, secret_text(hook.salt))
    assert not is_signed(received, secret_text("another"))
    assert received.headers["webhook-timestamp"] == str(int(clock.now.timestamp()))
    assert received.headers["content-type"] == "application/json"
    delivery = WebhookDelivery.objects.get()
    assert received.headers["webhook-id"] == str(delivery.key)
    event = received.json
    assert (event["type"], event["data"]["room"]) == (
        "message.posted",
        {"id": general.pk, "name": "General", "slug": "general"},
    )
    assert event["data"]["user"] == {"id": mina.pk, "username": "mina", "name": "Mina"}
    assert event["data"]["message"]["id"] == said.pk
    assert event["data"]["message"]["body"] == "**hi**"
    assert (delivery.state, delivery.status, delivery.tries) == ("sent", 204, 1)


def test_each_kind_says_its_own(
    mina: User, joon: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    said = say(mina, general)
    run(hook)
    edit_message(mina, message_id=said.pk, body="hi!")
    run(hook)
    react(joon, message_id=said.pk, emoji="👍", on=True)
    reply_in_thread(joon, room_id=general.pk, message_id=said.pk, key=uuid.uuid4(), body="yes")
    run(hook)
    delete_message(mina, message_id=said.pk)
    leave_room(joon, room_id=general.pk)
    run(hook)
    by_kind = {received.json["type"]: received.json["data"] for received in receiver.received}
    assert by_kind["message.edited"]["message"]["body"] == "hi!"
    assert "👍" in str(by_kind["reactions.changed"]["message"]["extras"])
    assert by_kind["message.deleted"]["message"]["deleted"] is True
    assert "body" not in by_kind["message.deleted"]["message"]
    assert [person["id"] for person in by_kind["member.left"]["people"]] == [joon.pk]
    reply = next(received.json["data"] for received in receiver.received if "thread" in received.json["data"])
    assert (reply["thread"]["message"], reply["room"]["id"]) == (said.pk, general.pk)


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "noted"),
    [
        (status(500, b"oops"), (500, "oops", "")),
        (status(404), (404, "", "")),
        (status(307, b"", Location="/elsewhere"), (307, "", "")),
        (replies.nonsense, (None, "", "broken")),
        (replies.close, (None, "", "broken")),
    ],
)
def test_a_failure_is_noted_and_the_next_try_planned(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, clock: Clock, reply: Any, noted: Any
) -> None:
    receiver.reply = reply
    say(mina, general)
    run(hook, clock)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.answer, delivery.error) == noted
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert delivery.next_try_at is not None
    assert (delivery.next_try_at - clock.now).total_seconds() == PAUSES[0]
    assert Due.objects.filter(kind="webhooks", due_at=delivery.next_try_at).exists()


@pytest.mark.parametrize("reply", [replies.hang, replies.dribble_headers])
def test_a_receiver_that_hangs_is_given_up_in_time(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, reply: replies.Reply
) -> None:
    receiver.reply = reply
    say(mina, general)
    run(hook, seconds=0.5)
    assert WebhookDelivery.objects.get().error == "timeout"


def test_of_a_huge_answer_the_beginning_is_kept(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    receiver.reply = replies.huge
    say(mina, general)
    run(hook)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.answer) == ("sent", "x" * 500)


def test_an_answer_may_be_any_bytes(mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver) -> None:
    receiver.reply = status(500, b"a\0\xff\xed")
    say(mina, general)
    run(hook)
    assert WebhookDelivery.objects.get().answer == "a���"


def test_a_receiver_that_is_away_gets_everything_in_order_when_it_is_back(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.reply = status(503)
    for body in "abc":
        say(mina, general, body)
    run(hook, clock)
    assert bodies(receiver) == ["a"]
    run(hook, clock)
    assert bodies(receiver) == ["a"]  # it is not yet time
    clock.pass_by(PAUSES[0])
    say(mina, general, "d")
    receiver.reply = status(200)
    run(hook, clock)
    assert bodies(receiver) == ["a", "a", "b", "c", "d"]
    assert [received.headers["webhook-id"] for received in receiver.received[:2]] == [
        str(WebhookDelivery.objects.order_by("pk")[0].key)
    ] * 2
    assert states() == ["sent"] * 4


def test_a_receiver_that_fails_for_a_day_is_switched_off_with_a_notice_and_an_entry(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.reply = status(500)
    say(mina, general, "a")
    say(mina, general, "b")
    began = clock.now
    run(hook, clock)
    for pause in PAUSES:
        hook.refresh_from_db()
        assert hook.is_on
        clock.pass_by(pause)
        run(hook, clock)
    hook.refresh_from_db()
    assert 0.95 * DAY <= (clock.now - began).total_seconds() <= 1.05 * DAY
    assert (hook.is_on, hook.off_because, states()) == (False, "failing", ["failed", "waiting"])
    assert bodies(receiver) == ["a"] * (len(PAUSES) + 1)
    assert notices(mina) == ["webhook_failed"]
    entry = AuditEntry.objects.get(action="webhook.off")
    assert (entry.actor, entry.room_id, entry.details["why"]) == (None, general.pk, "failing")
    run(hook, clock)
    assert len(receiver.received) == len(PAUSES) + 1


def test_switched_on_again_it_sends_what_was_waiting(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.reply = status(500)
    say(mina, general, "a")
    run(hook, clock)
    switch_outgoing(mina, webhook_id=hook.pk, on=False)
    run(hook, clock)
    receiver.reply = status(200)
    switch_outgoing(mina, webhook_id=hook.pk, on=True)
    run(hook, clock)
    assert (bodies(receiver), states()) == (["a", "a"], ["sent"])


def test_a_receiver_that_is_gone_is_switched_off_at_once(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    receiver.reply = status(410)
    say(mina, general)
    run(hook)
    hook.refresh_from_db()
    assert (hook.off_because, states(), notices(mina)) == ("gone", ["failed"], ["webhook_failed"])


def test_one_that_is_too_far_behind_is_switched_off(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_WAITING", 2)
    say(mina, general)
    say(mina, general)
    run(hook)
    hook.refresh_from_db()
    assert (hook.off_because, receiver.received) == ("behind", [])


def test_only_public_addresses_are_reached(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = []
    say(mina, general)
    run(hook)
    assert (WebhookDelivery.objects.get().error, receiver.received) == ("bad_url", [])
    OutgoingWebhook.objects.update(url="https://private.example/")
    WebhookDelivery.objects.update(next_try_at=None)
    run(hook, network=Network(lambda _host, _port: ["127.0.0.1"]))
    assert WebhookDelivery.objects.get().error == "not_public"


# --- two processes ----------------------------------------------------------------------------------------------------


def test_only_one_process_sends_for_a_webhook(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    inside: list[list[str]] = []

    def meanwhile(handler: replies.Handler) -> None:
        inside.append(list(OutgoingWebhook.objects.free().values_list("url", flat=True)))
        status(200)(handler)

    from django.db import connection

    def reply(handler: replies.Handler) -> None:
        try:
            meanwhile(handler)
        finally:
            connection.close()

    receiver.reply = reply
    say(mina, general)
    run(hook)
    assert inside == [[]]
    assert OutgoingWebhook.objects.free().exists()


def test_what_a_killed_process_was_sending_is_sent_again_with_the_same_id(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    class Killed(SendDeliveries):
        def _store(self, *_args: Any) -> bool:
            raise KeyboardInterrupt

        def _release(self, *_args: Any) -> None:
            """It is dead."""

    say(mina, general)
    derive()
    with pytest.raises(KeyboardInterrupt):
        Killed().run(uuid.uuid4(), {"webhook": hook.pk})
    run(hook)
    assert len(receiver.received) == 1  # the lease of the dead process
    OutgoingWebhook.objects.update(leased_until=None)
    run(hook)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert states() == ["sent"]


# --- who may read -----------------------------------------------------------------------------------------------------


def test_nothing_is_sent_that_the_owner_may_not_read_any_more(
    mina: User, joon: User, founders: Room, receiver: Receiver
) -> None:
    set_role(mina, room_id=founders.pk, user_id=joon.pk, role="owner")
    hook = outgoing_of(joon, founders, receiver.url)
    leave_room(joon, room_id=founders.pk)
    say(mina, founders, SECRET)
    run(hook)
    hook.refresh_from_db()
    assert (receiver.received, hook.off_because) == ([], "left")
    assert notices(joon) == ["webhook_left"]
    switch_outgoing(mina, webhook_id=hook.pk, on=True)
    hook.refresh_from_db()
    assert hook.owner == mina


def test_nothing_is_sent_for_a_deactivated_owner(
    mina: User, joon: User, keeper: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    deactivate_user(keeper, user_id=mina.pk)
    say(joon, general)
    run(hook)
    assert receiver.received == []


# --- deletion ---------------------------------------------------------------------------------------------------------


def test_a_deleted_text_is_sent_to_nobody_any_more(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    said = say(mina, general, SECRET)
    derive()
    delete_message(mina, message_id=said.pk)
    run(hook)
    assert [received.json["type"] for received in receiver.received] == ["message.deleted"]
    assert all(SECRET.encode() not in received.body for received in receiver.received)
    assert states() == ["skipped", "sent"]


def test_a_deleted_text_is_found_in_no_log_of_webhooks_even_if_the_receiver_repeated_it(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.reply = lambda handler: status(500, handler.server.received[-1].body)(handler)
    said = say(mina, general, SECRET)
    with caplog.at_level("DEBUG"):
        run(hook)
    assert "webhooks_webhookdelivery" in tables_with(SECRET)
    delete_message(mina, message_id=said.pk)
    derive()
    assert tables_with(SECRET) == set()
    assert SECRET not in caplog.text


def test_an_answer_that_arrives_after_the_deletion_is_not_kept(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    said = say(mina, general, SECRET)
    derive()

    class Deleting(SendDeliveries):
        def _send(self, *args: Any) -> sending.Result:
            result = super()._send(*args)
            delete_message(mina, message_id=said.pk)
            derive()
            return result

    receiver.reply = lambda handler: status(200, handler.server.received[-1].body)(handler)
    Deleting().run(uuid.uuid4(), {"webhook": hook.pk})
    assert tables_with(SECRET) == set()


# --- again ------------------------------------------------------------------------------------------------------------


def test_one_or_a_span_is_sent_again_with_the_same_ids_and_the_present_text(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, clock: Clock
) -> None:
    first = say(mina, general, "a")
    say(mina, general, "b")
    run(hook)
    ids = [received.headers["webhook-id"] for received in receiver.received]
    edit_message(mina, message_id=first.pk, body="a!")
    run(hook)
    receiver.received.clear()
    replay(mina, webhook_id=hook.pk, delivery_id=WebhookDelivery.objects.order_by("pk")[0].pk)
    run(hook)
    assert (bodies(receiver), receiver.received[0].headers["webhook-id"]) == (["a!"], ids[0])
    receiver.received.clear()
    clock.pass_by(60)
    began = WebhookDelivery.objects.order_by("pk")[0].created_at
    assert replay_between(mina, webhook_id=hook.pk, start=began, end=clock.now) == 3
    run(hook)
    assert bodies(receiver) == ["a!", "b", "a!"]


def test_a_test_says_nothing_of_the_room_but_its_name(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver
) -> None:
    send_test(mina, webhook_id=hook.pk)
    run(hook)
    event = receiver.received[0].json
    assert (event["type"], set(event["data"])) == ("test", {"room", "user"})


def test_old_deliveries_are_removed_from_the_log(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, clock: Clock
) -> None:
    say(mina, general)
    run(hook, clock)
    clock.pass_by(sending.KEPT.total_seconds() + 60)
    run(hook, clock)
    assert states() == []
    assert sending.KEPT > deriver.RECENT


def test_a_run_that_takes_long_lets_another_one_go_on(
    mina: User, general: Room, hook: OutgoingWebhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RUN_SECONDS", 0.0)
    say(mina, general)
    derive()
    Due.objects.all().delete()
    run(hook)
    assert receiver.received == []
    assert Due.objects.filter(kind="webhooks", args={"webhook": hook.pk}).exists()
