"""The feed over HTTP: what a stream sends, how it resumes after any cut, and what it refuses."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from chat.bus.bus import bus
from chat.bus.events import SessionEnded
from chat.live import connection
from chat.live.hub import current_hub
from chat.live.reader_pool import run_in_reader
from chat.models import Message
from chat.protocol.errors import CloseCode
from chat.queries import catch_up
from chat.services import memberships, messages, person_items, reactions
from chat.services.rooms import create_room
from chat.services.tokens import create_token, revoke_token
from chat.streams import application, poll, pulse
from tests.harness.feeds import EVENT_STREAM, JSON_LINES, Feed
from tests.harness.inprocess import end, sign_in, until

pytestmark = pytest.mark.django_db(transaction=True)

Request = Callable[..., Any]

OUTBOX_FRAMES = 10
PATIENCE_SECONDS = 60


@pytest.fixture
async def request_of(space: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Request]:
    """Makes the request of a person, or of nobody; all clients leave after the test."""
    monkeypatch.setattr(pulse, "CURSOR_SECONDS", 0.01)
    feeds: list[Feed] = []
    keys: dict[int, str] = {}

    async def make(user: Any = None, **more: Any) -> Feed:
        if user is not None and user.pk not in keys:
            keys[user.pk] = await run_in_reader(sign_in, user)
        feeds.append(Feed(keys[user.pk] if user is not None else None, **more))
        return feeds[-1]

    yield make
    for feed in feeds:
        feed.read_again()
        if feed.task is not None and not feed.task.done():
            await feed.leave()
    end(current_hub())


def say(author: Any, room: Any, *bodies: str) -> list[Message]:
    return [messages.send_message(author, room_id=room.pk, key=uuid4(), body=body) for body in bodies]


async def said(author: Any, room: Any, *bodies: str) -> list[Message]:
    return await run_in_reader(say, author, room, *bodies)


@pytest.mark.parametrize("accept", [EVENT_STREAM, JSON_LINES])
async def test_a_stream_begins_like_a_socket_and_sends_the_changes_of_all_rooms(
    request_of: Request, joon: Any, mina: Any, general: Any, founders: Any, accept: str
) -> None:
    feed = await (await request_of(joon, accept=accept)).open()
    assert feed.status == 200
    assert feed.headers["content-type"].partition(";")[0] == accept
    assert feed.headers["x-accel-buffering"] == "no"
    await until(lambda: feed.of("rooms"))
    assert [frame["type"] for frame in feed.frames[:2]] == ["hello", "rooms"]
    assert {room["id"] for room in feed.of("rooms")[0]["rooms"]} == {general.pk, founders.pk}
    await said(mina, general, "to all")
    await said(mina, founders, "to few")
    await until(lambda: feed.bodies(general.pk) == ["to all"] and feed.bodies(founders.pk) == ["to few"])
    assert feed.of("activity") == []
    await until(lambda: feed.cursor)


async def test_a_stream_with_rooms_sends_the_changes_of_these(
    request_of: Request, joon: Any, mina: Any, general: Any, founders: Any
) -> None:
    first, _second = await said(mina, general, "one", "two")
    feed = await (await request_of(joon, rooms=f"{general.pk}:{first.revision},{founders.pk},999")).open()
    await until(lambda: feed.bodies(general.pk) == ["two"] and len(feed.of("reply")) == 2)
    [opened] = feed.of("reply", ref=founders.pk)
    assert opened["reset"]
    assert {member["user"]["id"] for member in opened["members"]} == {mina.pk, joon.pk}
    [refused] = feed.of("reply", ref=999)
    assert refused["error"]["code"] == "not_found"


async def test_a_stream_of_a_stranger_gets_nothing_of_a_private_room(
    request_of: Request, stranger: Any, mina: Any, founders: Any
) -> None:
    await said(mina, founders, "secret")
    feed = await (await request_of(stranger, rooms=f"{founders.pk}:0")).open()
    await until(lambda: feed.of("reply"))
    assert [frame["error"]["code"] for frame in feed.of("reply")] == ["not_found"]
    assert "secret" not in json.dumps(feed.frames)


async def test_whoever_was_away_gets_every_message_and_every_latest_state_once(
    request_of: Request, joon: Any, mina: Any, general: Any, founders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "PAGE_CHANGES", 7)
    feed = await (await request_of(joon)).open()
    before = await said(mina, general, *(f"before {number}" for number in range(10)))
    await until(lambda: len(feed.bodies(general.pk)) == 10 and feed.cursor)
    cursors = feed.cursors
    await said(mina, founders, "marks the cursor")
    await until(lambda: feed.cursors > cursors)
    await feed.leave()
    away = await said(mina, general, *(f"away {number}" for number in range(40)))
    await run_in_reader(messages.edit_message, mina, message_id=before[0].pk, body="edited")
    await run_in_reader(messages.delete_message, mina, message_id=away[3].pk)
    await run_in_reader(reactions.react, mina, message_id=away[5].pk, emoji="👍", on=True)
    again = await (await request_of(joon, headers={"last-event-id": feed.cursor})).open()
    expected = {
        before[0].pk: "edited",
        **{message.pk: f"away {number}" for number, message in enumerate(away)},
        away[3].pk: "",
    }
    await until(lambda: len(again.bodies(general.pk)) >= len(expected), "all that was missed")
    found = [m for frame in again.of("changes", room=general.pk) for m in frame["messages"]]
    assert {message["id"]: message.get("body") for message in found} == expected
    assert len(found) == len(expected)
    assert len(again.of("changes", room=general.pk)) > 5
    assert again.of("hello") == again.of("rooms") == again.of("changes", room=founders.pk) == []


@pytest.mark.parametrize("page", [1, 2, 5])
async def test_nothing_is_missed_over_any_cuts(
    request_of: Request, joon: Any, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """Each answer ends after a few frames, while people go on writing, editing and joining."""
    monkeypatch.setattr(catch_up, "PAGE_CHANGES", page)
    monkeypatch.setattr(poll, "ANSWER_CHARS", 300)
    answer = await (await request_of(joon, accept="application/json", rooms=f"{general.pk}:0")).answer()
    held: dict[int, Any] = {}
    seen: list[tuple[int, int]] = []
    written: list[Message] = []

    def take(answer: dict[str, Any]) -> None:
        for frame in answer["frames"]:
            for message in frame.get("messages", []) if frame["type"] == "changes" else []:
                seen.append((message["id"], message["revision"]))
                if message["id"] not in held or held[message["id"]]["revision"] < message["revision"]:
                    held[message["id"]] = message

    for number in range(25):
        take(answer)
        if number < 15:
            written += await said(mina, general, f"{number}", f"{number} again")
            await run_in_reader(messages.edit_message, mina, message_id=written[number].pk, body=f"edited {number}")
        query = {"cursor": answer["cursor"], "rooms": f"{general.pk}:0"}
        answer = await (await request_of(joon, accept="application/json", **query)).answer()
    while answer["frames"]:
        take(answer)
        answer = await (
            await request_of(joon, accept="application/json", **query | {"cursor": answer["cursor"]})
        ).answer()
    stored = await run_in_reader(lambda: {m.pk: (m.body, m.revision) for m in Message.objects.filter(room=general)})
    assert {pk: (m["body"], m["revision"]) for pk, m in held.items()} == stored
    assert len(seen) == len(set(seen)), "a state came twice"


async def test_rooms_that_were_joined_and_left_in_the_meantime_are_in_the_stream(
    request_of: Request, joon: Any, mina: Any, general: Any, founders: Any
) -> None:
    await said(mina, general, "x")
    answer = await (await request_of(joon, accept="application/json")).answer()
    new = await run_in_reader(lambda: create_room(mina, name="New"))
    await said(mina, new, "before joon")
    await run_in_reader(memberships.join_room, joon, room_id=new.pk)
    await said(mina, new, "after joon")
    await run_in_reader(memberships.leave_room, joon, room_id=general.pk)
    await run_in_reader(person_items.set_item, joon, kind="favourite", key=str(new.pk), value=True)
    again = await (await request_of(joon, headers={"last-event-id": answer["cursor"]})).open()
    await until(lambda: again.bodies(new.pk)[-1:] == ["after joon"] and again.of("room_removed"))
    assert again.of("hello")[0]["rooms"] == [new.pk, founders.pk]
    assert [frame["room"] for frame in again.of("room_removed")] == [general.pk]
    assert ("favourite", str(new.pk)) in {(i["kind"], i["key"]) for f in again.of("me_changes") for i in f["items"]}
    await said(mina, new, "live")
    await until(lambda: again.bodies(new.pk)[-1:] == ["live"])


async def test_a_room_that_is_joined_meanwhile_is_opened_and_one_that_is_left_ends(
    request_of: Request, joon: Any, mina: Any, general: Any
) -> None:
    feed = await (await request_of(joon)).open()
    await until(lambda: feed.of("rooms"))
    new = await run_in_reader(lambda: create_room(mina, name="New"))
    await run_in_reader(memberships.join_room, joon, room_id=new.pk)
    await until(lambda: feed.of("room"))
    await said(mina, new, "welcome")
    await until(lambda: "welcome" in feed.bodies(new.pk))
    await run_in_reader(memberships.leave_room, joon, room_id=new.pk)
    await until(lambda: feed.of("room_removed", room=new.pk))
    await said(mina, new, "behind his back")
    await said(mina, general, "marker")
    await until(lambda: "marker" in feed.bodies(general.pk))
    assert "behind his back" not in feed.bodies(new.pk)


async def test_a_long_poll_is_answered_when_something_happens_and_the_next_one_continues(
    request_of: Request, joon: Any, mina: Any, general: Any
) -> None:
    answer = await (await request_of(joon, accept="application/json")).answer()
    assert [frame["type"] for frame in answer["frames"]] == ["hello", "rooms"]
    hub = current_hub()
    connections = hub.registry.connections
    for number in range(3):
        waiting = asyncio.create_task(
            (await request_of(joon, accept="application/json", cursor=answer["cursor"], wait=60)).answer()
        )
        await said(mina, general, f"{number}")
        answer = await waiting
        assert [m["body"] for f in answer["frames"] for m in f.get("messages", [])] == [f"{number}"]
    assert hub.registry.connections == connections  # the same one all the time


async def test_a_poll_repeats_what_got_lost_on_the_way(request_of: Request, joon: Any, mina: Any, general: Any) -> None:
    first = await (await request_of(joon, accept="application/json")).answer()
    await said(mina, general, "one")
    for _ in range(3):  # the answer is lost each time
        again = await (await request_of(joon, accept="application/json", cursor=first["cursor"])).answer()
        assert [m["body"] for f in again["frames"] for m in f.get("messages", [])] == ["one"]
    assert len(current_hub().registry.connections) <= poll.PARKED_PER_PERSON


async def test_a_poll_without_news_is_answered_with_the_same_cursor(
    request_of: Request, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PARKED_SECONDS", 0.01)
    first = await (await request_of(joon, accept="application/json")).answer()
    again = await (await request_of(joon, accept="application/json", cursor=first["cursor"])).answer()
    assert again == {"frames": [], "cursor": first["cursor"]}
    await until(lambda: current_hub().registry.connections == [], "the end of the connection")
    other = await (await request_of(joon, accept="application/json", cursor=first["cursor"])).answer()
    assert other == {"frames": [], "cursor": first["cursor"]}


async def test_a_cursor_of_one_person_gives_another_nothing(
    request_of: Request, joon: Any, mina: Any, stranger: Any, founders: Any
) -> None:
    answer = await (await request_of(joon, accept="application/json")).answer()
    await said(mina, founders, "secret")
    other = await (await request_of(stranger, accept="application/json", cursor=answer["cursor"])).answer()
    assert "secret" not in json.dumps(other)
    assert [frame["room"] for frame in other["frames"] if frame["type"] == "room_removed"] == [founders.pk]


async def test_signing_out_ends_streams_and_polls(request_of: Request, joon: Any, general: Any) -> None:
    feed = await (await request_of(joon)).open()
    waiting = await (await request_of(joon, accept="application/json", wait=60)).open_soon()
    await until(lambda: feed.of("rooms"))
    [key] = {c.credential.name for c in current_hub().registry.connections}
    bus.publish([SessionEnded(user=joon.pk, credential=key)])
    await until(lambda: feed.is_over and waiting.is_over)
    assert feed.frames[-1] == {"type": "closed", "code": 4401}
    assert feed.cursor


async def test_a_restart_ends_a_stream_with_its_cursor_and_a_pause(
    request_of: Request, joon: Any, general: Any
) -> None:
    feed = await (await request_of(joon)).open()
    await until(lambda: feed.of("rooms"))
    await current_hub().drain(5, 1)
    await until(lambda: feed.is_over)
    assert [frame["type"] for frame in feed.frames[-2:]] == ["restarting", "closed"]
    assert feed.cursor
    assert feed.retry is not None
    refused = await (await request_of(joon)).open()
    assert (refused.status, "retry-after" in refused.headers) == (503, True)


async def test_a_reader_that_stops_is_cut_off_and_continues_from_its_cursor(
    request_of: Request, joon: Any, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OUTBOX_FRAMES", OUTBOX_FRAMES)
    feed = await (await request_of(joon)).open()
    await said(mina, general, "seen")
    await until(lambda: feed.cursor)
    feed.stop_reading()
    missed: list[str] = []
    assert feed.task is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not feed.task.done():  # messages that follow fast share a frame
            missed.append(f"{len(missed)}")
            await said(mina, general, missed[-1])
    assert current_hub().registry.connections == []
    feed.read_again()
    again = await (await request_of(joon, headers={"last-event-id": feed.cursor})).open()
    await until(lambda: again.bodies(general.pk)[-1:] == missed[-1:])
    assert again.bodies(general.pk)[-len(missed) :] == missed


async def test_a_stream_that_was_cut_off_in_the_middle_of_a_flush_continues_with_all_texts(
    request_of: Request, joon: Any, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that it reaches need not have heard of the change that it lacks, and holds the text for known."""
    (first,) = await said(mina, general, "first")
    (second,) = await said(mina, general, "second")
    other = await (await request_of(joon)).open()
    await until(lambda: other.cursor)
    hub = current_hub()
    bus.detach()
    await run_in_reader(lambda: reactions.react(mina, message_id=first.pk, emoji="👍", on=True))
    bus.attach(hub.loop, hub.bus_events.handle)
    assert hub.registry.rooms[general.pk].is_caught_up(second.revision)
    rooms = f"{general.pk}:{second.revision}"
    feed = await (await request_of(joon, rooms=rooms)).open()
    await until(lambda: feed.of("changes"))
    assert feed.bodies(general.pk) == ["first"]


async def test_a_forged_cursor_ahead_of_a_room_gets_the_whole_state(
    request_of: Request, joon: Any, mina: Any, general: Any
) -> None:
    await said(mina, general, "one")
    feed = await (await request_of(joon, rooms=f"{general.pk}:999999")).open()
    await until(lambda: feed.of("reply"))
    assert feed.of("reply")[0]["reset"]
    await said(mina, general, "two")
    await until(lambda: feed.bodies(general.pk) == ["two"])


async def test_silent_streams_get_heartbeats(
    request_of: Request, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "HEARTBEAT_SECONDS", 0.05)
    feed = await (await request_of(joon)).open()
    await until(lambda: feed.heartbeats >= 2)


# --- tokens ----------------------------------------------------------------------------------------------------------


def bearer(user: Any, *scopes: str, rooms: list[int] | None = None) -> dict[str, str]:
    _token, text = create_token(user, user_id=user.pk, name="feed", scopes=scopes, room_ids=rooms)
    return {"authorization": f"Bearer {text}"}


async def test_a_token_reads_the_rooms_of_its_person(
    request_of: Request, joon: Any, mina: Any, general: Any, founders: Any
) -> None:
    feed = await (await request_of(headers=await run_in_reader(bearer, joon, "read"))).open()
    await said(mina, founders, "to few")
    await until(lambda: feed.bodies(founders.pk) == ["to few"])
    await run_in_reader(lambda: revoke_token(joon, token_id=joon.tokens.get().pk))
    await until(lambda: feed.is_over)
    assert feed.frames[-1] == {"type": "closed", "code": 4401}


async def test_a_token_for_some_rooms_is_sent_nothing_about_others(
    request_of: Request, joon: Any, mina: Any, general: Any, founders: Any
) -> None:
    limited = await run_in_reader(lambda: bearer(joon, "read", rooms=[general.pk]))
    whole = await (await request_of(joon)).open()
    feed = await (await request_of(headers=limited)).open()
    named = await (await request_of(headers=limited, rooms=f"{founders.pk}:0,{general.pk}:0")).open()
    await said(mina, founders, "secret")
    await run_in_reader(lambda: person_items.set_item(joon, kind="favourite", key=str(founders.pk), value=True))
    await run_in_reader(memberships.leave_room, joon, room_id=founders.pk)
    await said(mina, general, "to all")
    await until(lambda: whole.of("room_removed") and whole.of("me_changes"))
    for one in (feed, named, whole):
        await until(lambda one=one: one.bodies(general.pk) == ["to all"])  # type: ignore[misc]
    assert [frame["error"]["code"] for frame in named.of("reply")] == ["not_found"]
    for one in (feed, named):
        assert one.of("hello")[0]["rooms"] == [general.pk]
        seen = [frame for frame in one.frames if frame["type"] not in ("hello", "reply")]
        assert "secret" not in json.dumps(seen)
        assert {frame["type"] for frame in seen} <= {"rooms", "changes", "room", "read"}
        assert {frame["room"] for frame in seen if frame["type"] == "changes"} == {general.pk}


async def test_a_token_for_some_rooms_opens_no_other_by_a_command(
    request_of: Request, joon: Any, mina: Any, general: Any, founders: Any
) -> None:
    await said(mina, founders, "secret")
    limited = await run_in_reader(lambda: bearer(joon, "read", rooms=[general.pk]))
    commands = [{"type": "open", "ref": room.pk, "room": room.pk} for room in (founders, general)]
    body = json.dumps({"commands": commands}).encode()
    answer = await (await request_of(accept="application/json", body=body, headers=limited)).answer()
    replies = {frame["ref"]: frame["ok"] for frame in answer["frames"] if frame["type"] == "reply"}
    assert replies == {founders.pk: False, general.pk: True}
    assert "secret" not in json.dumps(answer)


async def test_a_token_says_nothing_about_where_its_person_is(request_of: Request, joon: Any, general: Any) -> None:
    token = await run_in_reader(bearer, joon, "read")
    body = json.dumps({"commands": [{"type": "presence", "ref": 1, "state": "away"}]}).encode()
    answer = await (await request_of(accept="application/json", body=body, headers=token)).answer()
    (reply,) = [frame for frame in answer["frames"] if frame["type"] == "reply"]
    assert reply["error"]["code"] == "forbidden"


@pytest.mark.parametrize("headers", [{"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}])
async def test_a_session_does_not_help_a_wrong_token(
    request_of: Request, joon: Any, general: Any, headers: dict[str, str]
) -> None:
    assert (await (await request_of(joon, headers=headers)).open()).status == 401


async def test_a_token_that_may_not_read_is_forbidden(request_of: Request, joon: Any, general: Any) -> None:
    headers = await run_in_reader(bearer, joon, "write")
    assert (await (await request_of(headers=headers)).open()).status == 403


# --- refusals --------------------------------------------------------------------------------------------------------


async def test_nobody_gets_nothing(request_of: Request) -> None:
    refused = await (await request_of()).open()
    assert refused.status == 401
    assert "www-authenticate" in refused.headers


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
async def test_a_page_of_another_site_gets_nothing(
    request_of: Request, joon: Any, general: Any, headers: dict[str, str]
) -> None:
    refused = await (await request_of(joon, headers=headers)).open()
    assert refused.status == 403


async def test_a_page_of_this_site_may_post(request_of: Request, joon: Any, general: Any) -> None:
    body = json.dumps({"rooms": f"{general.pk}:0"}).encode()
    origin = {"origin": "http://testserver"}
    answer = await (await request_of(joon, accept="application/json", body=body, headers=origin)).answer()
    assert answer["cursor"]


@pytest.mark.parametrize(
    ("query", "status"), [({"rooms": "x"}, 400), ({"cursor": "!"}, 400), ({"rooms": "1," * 9_000}, 413)]
)
async def test_a_malformed_request_is_refused(
    request_of: Request, joon: Any, general: Any, query: dict[str, str], status: int
) -> None:
    refused = await (await request_of(joon, **query)).open()
    assert refused.status == status
    assert json.loads(refused.body)["error"]["code"] in ("invalid", "too_large")


async def test_other_media_types_and_methods_are_refused(request_of: Request, joon: Any, general: Any) -> None:
    assert (await (await request_of(joon, accept="text/html")).open()).status == 406
    feed = await request_of(joon)
    feed.scope["method"] = "PUT"
    assert (await feed.open()).status == 405


async def test_another_host_and_plain_http_where_https_is_required_are_refused(
    request_of: Request, joon: Any, general: Any, settings: Any
) -> None:
    assert (await (await request_of(joon, headers={"host": "evil.example"})).open()).status == 400
    settings.SECURE_SSL_REDIRECT = True
    assert (await (await request_of(joon)).open()).status == 403


async def test_a_request_for_the_events_of_somebody_else_is_not_authenticated(
    request_of: Request, joon: Any, mina: Any, general: Any
) -> None:
    for accept in ("application/json", JSON_LINES):
        for person, status in ((joon, 200), (mina, 401)):
            body = json.dumps({"user": joon.pk}).encode()
            assert (await (await request_of(person, accept=accept, body=body)).open()).status == status


async def test_a_single_poll_keeps_no_connection(request_of: Request, joon: Any, general: Any) -> None:
    opening = {"type": "open", "ref": 1, "room": general.pk}
    body = json.dumps({"single": True, "commands": [opening]}).encode()
    answer = await (await request_of(joon, accept="application/json", body=body)).answer()
    assert [frame["ok"] for frame in answer["frames"] if frame["type"] == "reply"] == [True]
    assert current_hub().registry.connections == []


async def test_a_poll_that_repeats_its_commands_has_them_handled_once_while_its_connection_is_kept(
    request_of: Request, joon: Any, mina: Any, general: Any
) -> None:
    asked: dict[str, Any] = {"rooms": "", "commands": [{"type": "show_people", "ref": 1, "people": [mina.pk]}]}

    async def asks(cursor: str) -> dict[str, Any]:
        body = json.dumps(asked | {"cursor": cursor}).encode()
        answered: dict[str, Any] = await (await request_of(joon, accept="application/json", body=body)).answer()
        return answered

    def replies(answer: dict[str, Any]) -> list[int]:
        return [frame["ref"] for frame in answer["frames"] if frame["type"] == "reply"]

    first = await asks("")
    kept = await asks(first["cursor"])
    for connection_ in current_hub().registry.connections:
        connection_.close(CloseCode.RESTARTING)
    again = await asks(kept["cursor"])
    assert [replies(answer) for answer in (first, kept, again)] == [[1], [], [1]]


async def test_a_shared_stream_gets_the_activity_of_open_rooms_too(
    request_of: Request, joon: Any, mina: Any, general: Any
) -> None:
    bodies = [json.dumps({"rooms": f"{general.pk}:0", "shared": shared}).encode() for shared in (False, True)]
    alone, shared = [await (await request_of(joon, accept=JSON_LINES, body=body)).open() for body in bodies]
    await until(lambda: all(feed.of("rooms") for feed in (alone, shared)), "the rooms")
    await said(mina, general, "news")
    await until(lambda: shared.of("activity") and alone.of("changes"), "activity")
    assert not alone.of("activity")


async def test_a_stream_that_continues_begins_with_its_cursor(request_of: Request, joon: Any, general: Any) -> None:
    first = await (await request_of(joon, accept="application/json")).answer()
    feed = await (await request_of(joon, accept=JSON_LINES, cursor=first["cursor"])).open()
    await until(lambda: feed.cursor, "a cursor")
    assert (feed.cursor, feed.frames) == (first["cursor"], [])


async def test_somebody_who_has_read_something_is_not_greeted_again(
    request_of: Request, joon: Any, mina: Any, general: Any
) -> None:
    await said(mina, general, "news")
    feed = await (await request_of(joon, accept=JSON_LINES)).open()
    await until(lambda: feed.cursors, "a cursor")
    cursors = feed.cursors
    await run_in_reader(lambda: memberships.mark_read(joon, room_id=general.pk, position=general.message_count + 1))
    await until(lambda: feed.of("read") and feed.cursors > cursors, "another cursor")
    answer = await (await request_of(joon, accept="application/json", cursor=feed.cursor)).answer()
    assert answer["frames"] == []


async def test_streams_count_like_sockets(request_of: Request, joon: Any, general: Any, settings: Any) -> None:
    settings.SOCKETS_PER_PERSON = 2
    for _ in range(2):
        assert (await (await request_of(joon)).open()).status == 200
    refused = await (await request_of(joon)).open()
    assert (refused.status, "retry-after" in refused.headers) == (429, True)


async def test_polls_beyond_the_rate_are_refused(
    request_of: Request, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "POLLS_PER_SECOND", 0.001)
    monkeypatch.setattr(application, "POLLS_BURST", 5)
    statuses = [(await (await request_of(joon, accept="application/json")).open()).status for _ in range(30)]
    assert statuses == [200] * 5 + [429] * 25
