"""Incoming webhooks: a program posts as a bot, knowing nothing but an address."""

import json
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from api import rates
from chat.live.failures import FAILURES
from chat.live.reader_pool import run_in_reader
from chat.models import Message, Room, User
from chat.services.memberships import remove_member
from chat.services.messages import send_message
from chat.services.people import deactivate_user
from chat.services.rooms import archive_room
from tests.harness.api_client import Got, call
from tests.harness.webhooks import bot_of, incoming_of
from webhooks.models import IncomingWebhook
from webhooks.services.incoming import delete_incoming, new_incoming_secret, switch_incoming

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]


@pytest.fixture
async def path(mina: User, general: Room) -> str:
    """The path of an incoming webhook of Mina's."""
    return (await run_in_reader(incoming_of, mina, general))[1]


async def post(path: str, body: Any, *, media_type: str = "application/json", **headers: str) -> Got:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await call("POST", path, body=content, headers={"content-type": media_type, **named})


def said(room: Room) -> list[tuple[str, str]]:
    rows = Message.objects.filter(room=room, kind="text").order_by("position")
    return list(rows.values_list("author__username", "body"))


async def test_a_message_is_posted_by_the_bot_and_the_answer_names_it(path: str, general: Room) -> None:
    got = await post(path, {"body": "**Build 7** failed"})
    assert (got.status, got.json["ok"], got.json["room"]) == (200, True, general.pk)
    message = await run_in_reader(Message.objects.get, pk=got.json["message"]["id"])
    assert (message.position, str(message.key)) == (got.json["message"]["position"], got.json["message"]["key"])
    assert await run_in_reader(said, general) == [("builder", "**Build 7** failed")]


async def test_slacks_senders_are_answered_ok(path: str, general: Room) -> None:
    texts = {"text": "*one*"}
    form = await post(path, urlencode({"payload": json.dumps(texts)}), media_type="application/x-www-form-urlencoded")
    plain = await post(path, texts)
    wanting_json = await post(path, texts, accept="application/json")
    assert (form.status, form.text, form.headers["content-type"]) == (200, "ok", "text/plain")
    assert (plain.text, wanting_json.json["ok"]) == ("ok", True)
    assert form.headers["message-id"] != plain.headers["message-id"]
    assert await run_in_reader(said, general) == [("builder", "**one**")] * 3


async def test_plain_text_is_posted_as_it_is(path: str, general: Room) -> None:
    got = await post(path, "disk *full*", media_type="text/plain; charset=utf-8")
    assert (got.status, got.json["ok"]) == (200, True)
    assert await run_in_reader(said, general) == [("builder", "disk *full*")]


async def test_the_same_key_posts_once_whether_it_is_a_uuid_or_a_name(path: str, general: Room) -> None:
    for key in (str(uuid.uuid4()), "deploy-17"):
        first = await post(path, {"body": "once"}, idempotency_key=key)
        again = await post(path, {"body": "once"}, idempotency_key=key)
        assert first.json == again.json
    assert len(await run_in_reader(said, general)) == 2


async def test_a_name_as_key_belongs_to_one_address(mina: User, general: Room, founders: Room) -> None:
    bot = await run_in_reader(bot_of, mina)
    for room in (general, founders):
        _webhook, path = await run_in_reader(incoming_of, mina, room, bot=bot)
        assert (await post(path, {"body": "hi"}, idempotency_key="deploy-17")).status == 200
    assert (await post(path, {"body": "hi"}, idempotency_key="x" * 300)).code == "invalid"


async def test_a_message_can_be_posted_in_a_thread(mina: User, path: str, general: Room) -> None:
    asked = await run_in_reader(
        lambda: send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="Is it deployed?")
    )
    got = await post(path, {"body": "Yes", "thread": asked.pk})
    assert got.status == 200
    assert await run_in_reader(Room.objects.filter(messages=got.json["message"]["id"], parent__isnull=False).exists)
    assert (await post(path, {"body": "Yes", "thread": "x"})).code == "invalid"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_post_is_allowed(path: str, method: str) -> None:
    got = await call(method, path)
    assert (got.status, got.headers["allow"]) == (405, "POST")


async def test_errors_have_a_code_and_a_message(path: str) -> None:
    for body, status, code in (("{", 400, "invalid"), ({"body": "x" * 10_001}, 413, "too_large"), ({}, 400, "invalid")):
        got = await post(path, body)
        assert (got.status, got.code) == (status, code)
        assert got.json["error"]["message"]
    large = await post(path, b"x" * (256 * 1024 + 1), media_type="text/plain")
    assert (large.status, large.code) == (413, "too_large")


async def test_messages_are_in_the_language_that_the_sender_asks_for(path: str) -> None:
    assert "JSON" in (await post(path, "{", accept_language="ko")).json["error"]["message"]


async def test_every_answer_says_how_many_requests_are_left_and_too_many_are_refused(path: str) -> None:
    assert f";r={rates.REQUESTS - 1};" in (await post(path, {"body": "1"})).headers["ratelimit"]
    name = f"webhook:{(await run_in_reader(IncomingWebhook.objects.get)).pk}"
    for _time in range(rates.REQUESTS - 1):
        rates.take(name)
    got = await post(path, {})
    assert (got.status, got.code) == (429, "rate_limited")
    assert int(got.headers["retry-after"]) >= 1


@pytest.mark.parametrize("guess", ["", "short", "x" * 43, "x" * 5_000, "a/b", "%00", "\0"])
async def test_an_address_that_was_guessed_does_not_exist(path: str, guess: str) -> None:
    got = await post(f"/webhooks/in/{guess}/", {"body": "hi"})
    assert (got.status, got.code) == (404, "not_found")


async def test_who_guesses_too_often_has_to_wait(path: str) -> None:
    for _ in range(FAILURES.burst):
        await post(f"/webhooks/in/{'x' * 43}/", {"body": "hi"})
    assert (await post(path, {"body": "hi"})).status == 429


async def test_a_webhook_posts_no_more_when_it_ends(mina: User, keeper: User, general: Room) -> None:
    bot = await run_in_reader(bot_of, mina)

    def ends_by(act: Any) -> tuple[IncomingWebhook, str]:
        webhook, path = incoming_of(mina, general, bot=bot)
        act(webhook)
        return webhook, path

    for act in (
        lambda webhook: switch_incoming(mina, webhook_id=webhook.pk, on=False),
        lambda webhook: new_incoming_secret(mina, webhook_id=webhook.pk),
        lambda webhook: delete_incoming(mina, webhook_id=webhook.pk),
        lambda webhook: deactivate_user(keeper, user_id=mina.pk),
    ):
        _webhook, path = await run_in_reader(ends_by, act)
        assert (await post(path, {"body": "hi"})).status == 404
    assert await run_in_reader(said, general) == []


async def test_a_webhook_that_is_switched_on_again_posts(mina: User, general: Room) -> None:
    webhook, path = await run_in_reader(incoming_of, mina, general)
    for on in (False, True):
        await run_in_reader(switch_incoming, mina, webhook_id=webhook.pk, on=on)
    assert (await post(path, {"body": "hi"})).status == 200


async def test_the_bot_must_be_in_the_room_which_must_not_be_archived(mina: User, path: str, general: Room) -> None:
    await run_in_reader(lambda: archive_room(mina, room_id=general.pk))
    archived = await post(path, {"body": "hi"})
    assert (archived.status, archived.code) == (403, "archived")


async def test_a_bot_that_was_removed_posts_no_more(mina: User, founders: Room) -> None:
    webhook, path = await run_in_reader(incoming_of, mina, founders)
    await run_in_reader(lambda: remove_member(mina, room_id=founders.pk, user_id=webhook.bot_id))
    got = await post(path, {"body": "hi"})
    assert (got.status, got.code) == (404, "not_found")


async def test_a_webhook_posts_in_its_own_room_only(mina: User, path: str, founders: Room) -> None:
    asked = await run_in_reader(lambda: send_message(mina, room_id=founders.pk, key=uuid.uuid4(), body="secret"))
    assert (await post(path, {"body": "hi", "thread": asked.pk})).status == 404
    assert (await post(path, {"body": "hi", "room": founders.pk})).status == 200
    assert [body for _author, body in await run_in_reader(said, founders)] == ["secret"]


async def test_the_last_use_is_recorded_once_a_minute(mina: User, general: Room) -> None:
    webhook, path = await run_in_reader(incoming_of, mina, general)
    await post(path, {"body": "hi"})
    await run_in_reader(webhook.refresh_from_db)
    first = webhook.used_at
    assert first is not None
    await post(path, {"body": "hi"})
    await run_in_reader(webhook.refresh_from_db)
    assert webhook.used_at == first
    long_ago = timezone.now() - timedelta(minutes=2)
    await run_in_reader(IncomingWebhook.objects.update, used_at=long_ago)
    await post(path, {"body": "hi"})
    await run_in_reader(webhook.refresh_from_db)
    assert webhook.used_at is not None
    assert webhook.used_at >= first


async def test_only_a_digest_of_the_secret_is_stored(path: str) -> None:
    from tests.harness.stored import tables_with

    secret = path.split("/")[3]
    assert await run_in_reader(tables_with, secret) == set()
