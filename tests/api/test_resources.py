"""Resources: what a person may read, with the answers of a socket, in pages, with ETags."""

import uuid
from typing import Any

import pytest

from chat import handlers
from chat.live.reader_pool import run_in_reader
from chat.models import Message, Room, User
from chat.protocol.commands import History, Pins
from chat.services import bots
from chat.services.messages import send_message
from chat.services.pins import pin
from chat.services.reactions import react
from chat.services.threads import reply_in_thread
from tests.harness.api_client import Got, call, from_own_page
from tests.harness.inprocess import sign_in
from tests.harness.tokens import token_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

RESOURCES = [
    "/me",
    "/rooms",
    "/rooms/{room}",
    "/rooms/{room}/members",
    "/rooms/{room}/messages",
    "/rooms/{room}/threads",
    "/rooms/{room}/pins",
    "/messages/{message}",
    "/messages/{message}/reactions",
    "/people",
    "/people/{person}",
]


@pytest.fixture
async def token(mina: User) -> str:
    """A token of Mina's that can only read."""
    return await run_in_reader(token_of, mina, "read")


async def get(path: str, token: str | None, **headers: str) -> Got:
    return await call(
        "GET", f"/api/v1{path}", token=token, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


async def test_messages_are_those_of_the_command(mina: User, general: Room, token: str) -> None:
    for number in range(5):
        await run_in_reader(say, mina, general, str(number))
    for query, fields in (
        ("before=3", {"before": 3}),
        ("after=2&limit=2", {"after": 2, "limit": 2}),
        ("around=3", {"around": 3}),
        ("", {"before": 2**53 - 1}),
    ):
        got = await get(f"/rooms/{general.pk}/messages?{query}", token)
        command = History.model_validate({"type": "history", "room": general.pk, **fields})
        reply = await run_in_reader(handlers.handle, mina, command)
        assert (got.status, got.text) == (200, reply.encode())


async def test_a_message_has_its_author_its_reactions_and_what_the_reader_added(
    mina: User, joon: User, general: Room, token: str
) -> None:
    message = await run_in_reader(say, joon, general)
    for person, emoji in ((mina, "👍"), (joon, "🎉")):
        await run_in_reader(react, person, message_id=message.pk, emoji=emoji, on=True)
    got = (await get(f"/messages/{message.pk}", token)).json
    assert (got["room"], got["message"]["body"], got["users"][0]["username"]) == (general.pk, "hi", "joon")
    assert got["mine"]["reactions"] == ["👍"]
    first = (await get(f"/messages/{message.pk}/reactions?limit=1", token)).json
    assert [(one["user"], one["emoji"]) for one in first["reactions"]] == [(mina.pk, "👍")]
    assert first["more"]
    rest = (await get(f"/messages/{message.pk}/reactions?after={first['reactions'][0]['id']}", token)).json
    assert [(one["user"], one["emoji"]) for one in rest["reactions"]] == [(joon.pk, "🎉")]
    assert "more" not in rest


async def test_lists_are_read_in_pages(mina: User, joon: User, general: Room, founders: Room, token: str) -> None:
    for path, name, ids in (
        ("/rooms", "rooms", [general.pk, founders.pk]),
        (f"/rooms/{general.pk}/members", "members", [mina.pk, joon.pk]),
        ("/people", "people", [mina.pk, joon.pk]),
    ):
        first = (await get(f"{path}?limit=1", token)).json
        last = (await get(f"{path}?limit=1&after={ids[0]}", token)).json
        found = [(one.get("user") or one)["id"] for page in (first, last) for one in page[name]]
        assert found == ids
        assert first["more"] is True
        assert "more" not in last


async def test_threads_and_pins_of_a_room(mina: User, joon: User, general: Room, token: str) -> None:
    question = await run_in_reader(say, joon, general, "Tea?")
    reply = await run_in_reader(
        reply_in_thread, mina, room_id=general.pk, message_id=question.pk, key=uuid.uuid4(), body="Yes"
    )
    await run_in_reader(pin, mina, message_id=question.pk, on=True)
    (thread,) = (await get(f"/rooms/{general.pk}/threads", token)).json["threads"]
    assert (thread["id"], thread["parent"], thread["parent_message"]) == (reply.room_id, general.pk, question.pk)
    messages = (await get(f"/rooms/{thread['id']}/messages", token)).json["messages"]
    assert [message["body"] for message in messages] == ["Yes"]
    assert (await get(f"/rooms/{thread['id']}", token)).json["room"]["parent"] == general.pk
    pinned = await get(f"/rooms/{general.pk}/pins", token)
    command = Pins.model_validate({"type": "pins", "room": general.pk})
    assert pinned.text == (await run_in_reader(handlers.handle, mina, command)).encode()


async def test_people_are_found_by_name_and_a_bot_says_what_it_does(mina: User, joon: User, token: str) -> None:
    robot = await run_in_reader(bots.create_bot, joon, username="robot", display_name="Robot", description="Says beep")
    found = (await get("/people?q=robo", token)).json["people"]
    assert [person["username"] for person in found] == ["robot"]
    shown = (await get(f"/people/{robot.pk}", token)).json
    assert (shown["description"], shown["owner"], shown["user"]["bot"]) == ("Says beep", joon.pk, True)


async def test_whoever_asks_learns_what_the_token_allows(mina: User, general: Room, token: str) -> None:
    limited = await run_in_reader(token_of, mina, "read", rooms=[general.pk])
    assert (await get("/me", token)).json["scopes"] == ["read"]
    assert (await get("/me", limited)).json["rooms"] == [general.pk]


@pytest.mark.parametrize("path", RESOURCES)
async def test_an_unchanged_answer_is_not_sent_again(mina: User, general: Room, token: str, path: str) -> None:
    message = await run_in_reader(say, mina, general)
    address = path.format(room=general.pk, message=message.pk, person=mina.pk)
    first = await get(address, token)
    assert first.status == 200, first.text
    assert first.headers["cache-control"] == "private, no-cache"
    again = await get(address, token, if_none_match=first.headers["etag"])
    assert (again.status, again.text) == (304, "")
    other = await get(address, token, if_none_match='"other"')
    assert (other.status, other.text) == (200, first.text)


@pytest.mark.parametrize("path", RESOURCES)
async def test_every_resource_needs_a_token_with_its_scope(mina: User, general: Room, token: str, path: str) -> None:
    message = await run_in_reader(say, mina, general)
    address = path.format(room=general.pk, message=message.pk, person=mina.pk)
    writing = await run_in_reader(token_of, mina, "write", "manage")
    for given, expected in (
        (None, (401, "unauthenticated")),
        ("x", (401, "unauthenticated")),
        (writing, (403, "forbidden")),
    ):
        got = await get(address, given)
        assert (got.status, got.code) == expected
    assert (await get(f"{address}?token={token}", None)).status == 400


@pytest.mark.parametrize("path", RESOURCES)
async def test_a_stranger_sees_nothing_of_a_private_room(mina: User, stranger: User, founders: Room, path: str) -> None:
    message = await run_in_reader(say, mina, founders, "secret")
    token = await run_in_reader(token_of, stranger, "read")
    got = await get(path.format(room=founders.pk, message=message.pk, person=mina.pk), token)
    is_inside = "{room}" in path or "{message}" in path
    assert (got.status, got.code if is_inside else None) == ((404, "not_found") if is_inside else (200, None))
    assert "secret" not in got.text
    assert "Founders" not in got.text


async def test_somebody_who_has_not_joined_a_public_room_is_told_to_join(
    mina: User, stranger: User, general: Room
) -> None:
    token = await run_in_reader(token_of, stranger, "read")
    got = await get(f"/rooms/{general.pk}/messages", token)
    assert (got.status, got.code) == (403, "forbidden")


@pytest.mark.parametrize("path", RESOURCES)
async def test_a_token_that_is_limited_to_rooms_reads_nothing_else(
    mina: User, general: Room, founders: Room, path: str
) -> None:
    message = await run_in_reader(say, mina, founders)
    token = await run_in_reader(token_of, mina, "read", rooms=[general.pk])
    got = await get(path.format(room=founders.pk, message=message.pk, person=mina.pk), token)
    expected = {"/me": 200, "/rooms": 200, "/people": 403, "/people/{person}": 403}.get(path, 404)
    assert got.status == expected
    assert "Founders" not in got.text


@pytest.mark.parametrize(
    "path",
    [
        "/rooms/0",
        "/rooms/x",
        "/rooms/99999999999999999999",
        "/rooms/1/messages?limit=0",
        "/rooms/1/messages?limit=101",
        "/rooms/1/messages?before=-1",
        "/rooms/1/messages?before=1&after=1",
        "/messages/-1",
        "/people?q=" + "x" * 81,
        "/people?after=x",
        "/people?q=%00",
    ],
)
async def test_a_request_that_is_not_valid_is_refused(general: Room, token: str, path: str) -> None:
    assert (await get(path, token)).status == 400


@pytest.mark.parametrize("path", ["/rooms/999999", "/messages/999999", "/people/999999", "/no", "/rooms/1/no"])
async def test_what_does_not_exist_is_not_found(general: Room, token: str, path: str) -> None:
    got = await get(path, token)
    assert (got.status, got.code) == (404, "not_found")


async def test_a_page_of_this_site_reads_with_its_session(mina: User, general: Room, settings: Any) -> None:
    settings.API_ORIGINS = ["https://shop.example"]
    key = await run_in_reader(sign_in, mina)
    cookie = from_own_page(key)["cookie"]
    assert (await get("/me", None, cookie=cookie)).json["user"]["username"] == "mina"
    foreign = await get("/me", None, cookie=cookie, origin="https://shop.example")
    assert "access-control-allow-credentials" not in foreign.headers


async def test_answers_say_how_many_requests_are_left(token: str) -> None:
    got = await get("/me", token)
    assert got.headers["ratelimit-policy"] == '"requests";q=300;w=30'
