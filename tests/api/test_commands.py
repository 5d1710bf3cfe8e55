"""Commands over HTTP: the replies of a socket, in order, with what tokens and pages of other sites may not."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from api import rates
from api.commands import BODY_BYTES, COMMANDS_AT_ONCE, keyed
from api.statuses import STATUS_OF
from chat import handlers
from chat.live import command_runner
from chat.live.connection_commands import ON_CONNECTION
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Message, Room, Token, User
from chat.models.space_settings import SEND_BURST
from chat.protocol.commands import COMMANDS
from chat.protocol.errors import ERRORS
from chat.protocol.scopes import IN_ROOM, SCOPE_OF
from chat.services.messages import send_message
from chat.services.people import deactivate_user
from chat.services.sanctions import mute_member, unmute_member
from chat.services.threads import reply_in_thread
from tests.harness.api_client import call, from_own_page, send_commands
from tests.harness.commands import example
from tests.harness.inprocess import sign_in, until
from tests.harness.tokens import token_of
from tests.harness.transports import FunctionTransport

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]


@pytest.fixture
async def token(mina: User) -> str:
    """A token of Mina's with all scopes."""
    return await run_in_reader(token_of, mina)


def send(room: Room, body: str = "hi", **more: Any) -> dict[str, Any]:
    return {"type": "send", "room": room.pk, "key": str(uuid.uuid4()), "body": body, **more}


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def bodies(room: Room) -> list[str]:
    return list(
        Message.objects.filter(room=room).exclude(kind="system").order_by("position").values_list("body", flat=True)
    )


async def readers_see(hub: Hub, reader: User, room: Room) -> list[tuple[int, bool]]:
    """Who types in a room, as a connection that has it open is sent it."""
    shown: list[tuple[int, bool]] = []
    frames: list[str] = []

    async def take(text: str) -> None:
        frames.append(text)
        frame = json.loads(text)
        if frame["type"] == "typing":
            shown.append((frame["user"], frame["on"]))

    signed_in = await hub.people_loader.load(await run_in_reader(sign_in, reader))
    assert signed_in is not None
    connection = hub.connect(FunctionTransport(take), signed_in, [], language="en")
    await command_runner.receive(hub, connection, json.dumps({"type": "open", "ref": 1, "room": room.pk}))
    await until(lambda: frames, "the room")
    return shown


# --- replies ----------------------------------------------------------------------------------------------------------


async def test_a_reply_is_byte_for_byte_that_of_a_socket(hub: Hub, mina: User, general: Room, token: str) -> None:
    message = await run_in_reader(say, mina, general)
    frames: list[str] = []

    async def keep(text: str) -> None:
        frames.append(text)

    signed_in = await hub.people_loader.load(await run_in_reader(sign_in, mina))
    assert signed_in is not None
    socket = hub.connect(FunctionTransport(keep), signed_in, [], language="en")
    await send_commands({"type": "react", "message": message.pk, "emoji": "👍", "on": True}, token=token)
    for command in (
        send(general, ref=1),
        {"type": "send", "room": general.pk, "key": "nonsense", "body": "x", "ref": "a"},
        {"type": "history", "room": general.pk, "before": 99, "ref": 2},
        {"type": "react", "message": message.pk, "emoji": "👍", "on": True, "ref": 3},
        {"type": "edit", "message": message.pk, "body": "bye", "ref": 4},
        {"type": "edit", "message": 999_999, "body": "bye", "ref": 5},
        {"type": "read", "room": general.pk, "position": 1, "ref": 6},
        {"type": "nonsense", "ref": 7},
        {"type": "pins", "room": general.pk, "ref": 8},
    ):
        got = await send_commands(command, token=token)
        await command_runner.receive(hub, socket, json.dumps(command))
        await until(lambda: [text for text in frames if '"reply"' in text])
        assert [text for text in frames if '"reply"' in text] == [got.text]
        frames.clear()


async def test_a_message_is_stored_when_the_answer_arrives(mina: User, general: Room, token: str) -> None:
    got = await send_commands(send(general, "from a script"), token=token)
    assert got.status == 200
    assert got.json["ref"] is None
    assert got.json["message"]["body"] == "from a script"
    assert await run_in_reader(bodies, general) == ["from a script"]


async def test_commands_are_run_in_order_and_each_sees_those_before_it(mina: User, general: Room, token: str) -> None:
    commands = [
        *(send(general, str(number)) for number in range(5)),
        {"type": "history", "room": general.pk, "after": 0},
    ]
    commands += [send(general, "6"), {"type": "nonsense"}, {"type": "read", "room": general.pk, "position": 99}]
    got = await send_commands(commands, token=token)
    replies = got.json
    assert got.status == 200
    assert [reply["ok"] for reply in replies] == [True] * 7 + [False, True]
    texts = [message["body"] for message in replies[5]["messages"] if message.get("kind") != "system"]
    assert texts == ["0", "1", "2", "3", "4"]
    assert replies[8]["unread"] == 0
    assert await run_in_reader(bodies, general) == ["0", "1", "2", "3", "4", "6"]


async def test_lines_are_answered_with_lines(general: Room, token: str) -> None:
    lines = "\n".join(json.dumps(send(general, text, ref=text)) for text in "ab") + "\n\n"
    got = await send_commands(lines, token=token, content_type="application/x-ndjson")
    assert got.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["ref"] for line in got.text.splitlines()] == ["a", "b"]


async def test_a_refusal_is_in_the_language_of_the_client(general: Room, token: str) -> None:
    english = await send_commands({"type": "leave", "room": 999}, token=token)
    korean = await send_commands({"type": "leave", "room": 999}, token=token, accept_language="ko-KR,ko;q=0.9")
    assert (english.status, english.code) == (korean.status, korean.code) == (404, "not_found")
    assert english.json["error"]["message"].isascii()
    assert not korean.json["error"]["message"].isascii()


def test_every_error_code_has_a_status() -> None:
    assert set(STATUS_OF) == set(ERRORS)


@pytest.mark.parametrize("name", sorted(set(ON_CONNECTION) - set(handlers.HANDLERS)))
async def test_a_command_that_needs_a_connection_says_so(mina: User, general: Room, token: str, name: str) -> None:
    got = await send_commands(example(name, room=general.pk, message=1, person=mina.pk), token=token)
    assert (got.status, got.code) == (400, "unknown_command")
    assert "connection" in got.json["error"]["message"]


async def test_typing_in_a_request_is_passed_on_at_most_every_few_seconds(
    hub: Hub, mina: User, joon: User, general: Room, token: str
) -> None:
    shown = await readers_see(hub, joon, general)
    for on in (True, True, False):
        assert (await send_commands({"type": "typing", "room": general.pk, "on": on}, token=token)).status == 200
    await until(lambda: len(shown) == 2, "typing")
    assert shown == [(mina.pk, True), (mina.pk, False)]


async def test_nobody_types_in_a_room_of_others_or_while_muted(
    hub: Hub, mina: User, joon: User, stranger: User, general: Room
) -> None:
    shown = await readers_see(hub, mina, general)
    typing = {"type": "typing", "room": general.pk, "on": True}
    outside = await send_commands(typing, token=await run_in_reader(token_of, stranger))
    assert (outside.status, outside.code) == (403, "forbidden")
    until_tomorrow = timezone.now() + timedelta(days=1)
    await run_in_reader(lambda: mute_member(mina, room_id=general.pk, user_id=joon.pk, until=until_tomorrow))
    token = await run_in_reader(token_of, joon)
    assert (await send_commands(typing, token=token)).status == 200
    await run_in_reader(lambda: unmute_member(mina, room_id=general.pk, user_id=joon.pk))
    assert (await send_commands(typing | {"on": False}, token=token)).status == 200
    await until(lambda: shown, "typing")
    assert shown == [(joon.pk, False)]


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [str(uuid.uuid4()), '"deploy-17"', "deploy-17", "배포".encode().decode("latin1")])
async def test_a_resend_with_the_same_header_stores_nothing_twice(general: Room, token: str, header: str) -> None:
    command = {"type": "send", "room": general.pk, "body": "deployed"}
    first = await send_commands(command, token=token, idempotency_key=header)
    again = await send_commands(command, token=token, idempotency_key=header)
    assert first.status == 200
    assert first.text == again.text
    assert await run_in_reader(bodies, general) == ["deployed"]


def test_the_same_words_are_another_key_for_somebody_else() -> None:
    frame = {"type": "send", "room": 1, "body": "x"}
    assert keyed(frame, "deploy", "1") != keyed(frame, "deploy", "2")
    assert keyed({"type": "history"}, "deploy", "1") == {"type": "history"}


@pytest.mark.parametrize("header", ['"', "x" * 300])
async def test_a_header_that_is_no_key_is_refused(general: Room, token: str, header: str) -> None:
    got = await send_commands(send(general), token=token, idempotency_key=header)
    assert (got.status, got.code) == (400, "invalid")


async def test_a_header_that_contradicts_the_command_is_refused(general: Room, token: str) -> None:
    for body in (send(general), [send(general)]):
        got = await send_commands(body, token=token, idempotency_key=str(uuid.uuid4()))
        assert (got.status, got.code) == (400, "invalid")


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    ["", "{", "NaN", "[]", "null", "1", '"send"', "{}", '{"type": 1}', "[" * 5_000, "\ufeff{}", '{"type":"\ud800"}'],
)
async def test_a_body_that_is_no_command_is_invalid(token: str, body: str) -> None:
    got = await call(
        "POST",
        "/api/v1/commands",
        token=token,
        body=body.encode("utf-8", "surrogatepass"),
        headers={"content-type": "application/json"},
    )
    assert got.status == 400
    assert got.code in ("invalid", "unknown_command")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_a_body_of_another_type_is_refused(token: str, kind: str) -> None:
    got = await send_commands("{}", token=token, content_type=kind)
    assert (got.status, got.code) == (400, "invalid")


async def test_the_size_of_a_body_and_the_number_of_commands_are_limited(general: Room, token: str) -> None:
    large = await send_commands(" " * (BODY_BYTES + 1), token=token)
    assert (large.status, large.code) == (413, "too_large")
    many = await send_commands([{"type": "nonsense"}] * (COMMANDS_AT_ONCE + 1), token=token)
    assert (many.status, many.code) == (400, "invalid")
    most = await send_commands([{"type": "nonsense"}] * COMMANDS_AT_ONCE, token=token)
    assert len(most.json) == COMMANDS_AT_ONCE


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
async def test_only_post_is_allowed(method: str) -> None:
    got = await call(method, "/api/v1/commands")
    assert (got.status, got.headers["allow"]) == (405, "POST")


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "srbp_x", "x" * 5_000])
async def test_a_request_without_a_valid_token_is_refused(general: Room, token: str | None) -> None:
    got = await send_commands(send(general), token=token)
    assert (got.status, got.code) == (401, "unauthenticated")
    assert got.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("field", ["access_token", "token", "api_key"])
async def test_a_token_in_the_address_is_refused_with_words(general: Room, token: str, field: str) -> None:
    got = await call(
        "POST",
        f"/api/v1/commands?{field}={token}",
        body=json.dumps(send(general)),
        headers={"content-type": "application/json"},
    )
    assert got.status == 400
    assert "Authorization" in got.json["error"]["message"]
    assert token not in got.text


async def test_a_revoked_token_and_one_of_a_deactivated_person_are_refused_at_once(
    mina: User, joon: User, keeper: User, general: Room, token: str
) -> None:
    other = await run_in_reader(token_of, joon)
    await run_in_reader(Token.objects.filter(user=mina).delete)
    await run_in_reader(deactivate_user, keeper, user_id=joon.pk)
    for text in (token, other):
        assert (await send_commands(send(general), token=text)).status == 401


async def test_a_page_of_this_site_may_use_the_session(mina: User, general: Room) -> None:
    key = await run_in_reader(sign_in, mina)
    got = await send_commands(send(general), **from_own_page(key))
    assert got.status == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"x_csrftoken": ""}, 403),
        ({"x_csrftoken": "d" * 32}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"cookie": "csrftoken=" + "c" * 32}, 401),
        ({"cookie": "csrftoken=" + "c" * 32 + "; sessionid=nonsense"}, 401),
        ({"authorization": "Bearer nonsense"}, 401),
        ({"authorization": "Basic bWluYQ=="}, 401),
    ],
)
async def test_any_other_page_may_not(mina: User, general: Room, change: dict[str, str], status: int) -> None:
    key = await run_in_reader(sign_in, mina)
    got = await send_commands(send(general), **{**from_own_page(key), **change})
    assert got.status == status
    assert await run_in_reader(bodies, general) == []


async def test_a_token_is_not_sent_over_plain_http(general: Room, token: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert (await send_commands(send(general), token=token)).status == 403


async def test_another_host_is_refused(general: Room, token: str) -> None:
    assert (await send_commands(send(general), token=token, host="evil.example")).status == 400


# --- scopes -----------------------------------------------------------------------------------------------------------


def test_every_command_has_a_scope() -> None:
    assert set(SCOPE_OF) == set(COMMANDS)


async def test_a_token_that_is_limited_to_rooms_is_good_for_nothing_else(
    mina: User, joon: User, general: Room, founders: Room
) -> None:
    inside = await run_in_reader(say, joon, general)
    outside = await run_in_reader(say, joon, founders)
    text = await run_in_reader(token_of, mina, rooms=[general.pk])
    for name in sorted(handlers.HANDLERS):
        elsewhere = example(name, room=founders.pk, message=outside.pk, person=joon.pk)
        got = await send_commands(elsewhere, token=text)
        expected = (404, "not_found") if name in IN_ROOM else (403, "forbidden")
        assert (got.status, got.code) == expected, (name, got.text)
    for name in ("history", "send", "react", "edit"):
        got = await send_commands(example(name, room=general.pk, message=inside.pk, person=joon.pk), token=text)
        assert got.status == (403 if name == "edit" else 200), got.text
    assert (await send_commands({"type": "mentions_read"}, token=text)).status == 403
    assert (await send_commands({"type": "history", "room": 999_999, "before": 1}, token=text)).status == 404


async def test_threads_belong_to_the_rooms_of_a_limited_token(
    mina: User, joon: User, general: Room, founders: Room
) -> None:
    def thread_of(room: Room) -> int:
        question = say(joon, room)
        reply = reply_in_thread(joon, room_id=room.pk, message_id=question.pk, key=uuid.uuid4(), body="hi")
        return int(reply.room_id)

    text = await run_in_reader(token_of, mina, rooms=[general.pk])
    for room, status in ((general, 200), (founders, 404)):
        thread = await run_in_reader(thread_of, room)
        got = await send_commands({"type": "history", "room": thread, "before": 99}, token=text)
        assert got.status == status


# --- rates ------------------------------------------------------------------------------------------------------------


async def test_answers_say_how_many_requests_are_left(token: str) -> None:
    first = await send_commands({"type": "nonsense"}, token=token)
    second = await send_commands({"type": "nonsense"}, token=token)
    assert first.headers["ratelimit-policy"] == '"requests";q=300;w=30'
    left = [int(got.headers["ratelimit"].split(";")[1].removeprefix("r=")) for got in (first, second)]
    assert left == [299, 298]


async def test_a_token_over_its_limit_is_asked_to_wait(mina: User, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = await run_in_reader(token_of, mina)
    name = f"token:{await run_in_reader(lambda: Token.objects.order_by('pk')[0].pk)}"
    for _time in range(rates.REQUESTS):
        rates.take(name)
    got = await send_commands({"type": "nonsense"}, token=token)
    assert (got.status, got.code) == (429, "rate_limited")
    assert int(got.headers["retry-after"]) >= 1
    assert (await send_commands({"type": "nonsense"}, token=other)).status == 400


async def test_messages_count_against_the_rate_of_the_person(general: Room, token: str) -> None:
    got = await send_commands([send(general) for _number in range(SEND_BURST.default + 5)], token=token)
    codes = [reply.get("error", {}).get("code") for reply in got.json]
    assert codes[: SEND_BURST.default] == [None] * SEND_BURST.default
    assert codes[-1] == "rate_limited"
    single = await send_commands(send(general), token=token)
    assert single.status == 429
    assert "retry-after" in single.headers


async def test_somebody_who_tries_tokens_is_asked_to_wait(space: Any) -> None:
    got = [await send_commands({"type": "x"}, token="nonsense") for _time in range(65)]
    assert {answer.status for answer in got} == {401, 429}
    assert got[-1].status == 429


# --- other sites ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(settings: Any) -> str:
    """The only other origin that may call the API."""
    settings.API_ORIGINS = ["https://shop.example"]
    return "https://shop.example"


PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}


async def test_a_page_of_an_allowed_origin_may_send_a_token_and_read_the_answer(
    general: Room, token: str, shop: str
) -> None:
    asked = await call("OPTIONS", "/api/v1/commands", headers={"origin": shop, **PREFLIGHT})
    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == shop
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    got = await send_commands(send(general), token=token, origin=shop)
    assert got.status == 200
    assert got.headers["access-control-allow-origin"] == shop
    assert "RateLimit" in got.headers["access-control-expose-headers"]
    for answer in (asked, got):
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://shop.example", "https://shop.example:8443", "null", ""]
)
async def test_a_page_of_any_other_origin_may_not(general: Room, token: str, shop: str, origin: str) -> None:
    asked = await call("OPTIONS", "/api/v1/commands", headers={"origin": origin, **PREFLIGHT})
    got = await send_commands(send(general), token=token, origin=origin)
    for answer in (asked, got):
        assert "access-control-allow-origin" not in answer.headers


async def test_without_the_setting_no_other_site_reads_anything(general: Room, token: str) -> None:
    got = await send_commands(send(general), token=token, origin="https://shop.example")
    assert not [name for name in got.headers if name.startswith("access-control")]
