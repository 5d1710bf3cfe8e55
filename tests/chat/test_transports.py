"""What a client can rely on by whatever transport: the same tests on each of them, without a server."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat import handlers
from chat.live import connection, pace
from chat.live import room as live_room
from chat.live.hub import Hub, current_hub
from chat.live.reader_pool import run_in_reader
from chat.models import Message, User
from chat.protocol.commands import parse
from chat.protocol.limits import FRAME_BYTES, PERSON_COMMANDS_BURST
from chat.queries import rooms
from chat.services import memberships, messages, people, sanctions, threads
from tests.harness.inprocess import sign_in, until
from tests.harness.transports import (
    DirectWebSocketClient,
    InProcessClient,
    Open,
    PaceClock,
    TransportClient,
    WebSocketClient,
)
from tests.harness.wire import read_frame

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[WebSocketClient, DirectWebSocketClient, InProcessClient])
def client_class(request: pytest.FixtureRequest) -> type[TransportClient]:
    """The transport of this run of a test."""
    found: type[TransportClient] = request.param
    return found


# --- coming in --------------------------------------------------------------------------------------------------------


async def test_the_first_frame_says_who_i_am_and_what_my_rooms_are(
    opened: Open, space: Any, mina: Any, general: Any, founders: Any
) -> None:
    socket = await opened(mina)
    hello = socket.frames[0]
    assert (hello["type"], hello["protocol"], hello["epoch"]) == ("hello", "chat.v1", str(space.epoch))
    assert hello["user"]["username"] == "mina"
    assert sorted(hello["rooms"]) == [general.pk, founders.pk]
    described = socket.frames[1]
    assert (described["type"], described["more"]) == ("rooms", False)
    assert {room["slug"]: room["role"] for room in described["rooms"]} == {"general": "owner", "founders": "owner"}
    assert hello["limits"]["frame_bytes"] == FRAME_BYTES
    assert hello["connection"]


async def test_every_connection_has_a_name_of_its_own(opened: Open, mina: Any) -> None:
    sockets = [await opened(mina), await opened(mina)]
    assert len({socket.frames[0]["connection"] for socket in sockets}) == 2


async def test_a_deactivated_person_is_closed_with_4403(opened: Open, mina: Any) -> None:
    await run_in_reader(lambda: User.objects.filter(pk=mina.pk).update(is_active=False))
    socket = await opened(mina)
    assert (socket.close_code, socket.frames) == (4403, [])


async def test_a_session_of_an_old_password_is_closed_with_4401(
    client_class: type[TransportClient], opened: Open, mina: Any
) -> None:
    key = await run_in_reader(sign_in, mina)

    def change() -> None:
        mina.set_password("another")
        mina.save()

    await run_in_reader(change)
    socket = await client_class(key).open()
    assert socket.close_code == 4401
    await socket.leave()


async def test_nobody_connects_while_the_server_drains(opened: Open, mina: Any) -> None:
    first = await opened(mina)
    await current_hub().drain(delay=1, seconds=1)
    await until(lambda: first.close_code == 4012)
    assert (await opened(mina)).close_code == 4012


async def test_commands_to_a_closed_socket_are_ignored(opened: Open, mina: Any, general: Any) -> None:
    socket = await opened(mina)
    await current_hub().drain(delay=1, seconds=1)
    socket.give("send", room=general.pk, key=uuid4(), body="too late")
    await socket.leave()
    assert await run_in_reader(Message.objects.count) == 0


# --- frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "hello", "[]", "1", "null", "{}", '{"type":7}', '{"type":"ping"'])
async def test_what_is_no_command_closes_with_4400(opened: Open, mina: Any, text: str) -> None:
    socket = await opened(mina)
    socket.put(text)
    await until(lambda: socket.close_code == 4400)


@pytest.mark.parametrize("letter", ["x", "한"])
async def test_a_frame_over_the_limit_closes_with_4413(opened: Open, mina: Any, letter: str) -> None:
    socket = await opened(mina)
    frame = '{"type":"ping","ref":1,"x":"%s"}'
    room = FRAME_BYTES - len(frame % "")
    size = len(letter.encode())
    socket.put(frame % (letter * (room // size)))
    assert (await socket.reply(1))["ok"]
    socket.put(frame % (letter * (room // size + 1)))
    await until(lambda: socket.close_code == 4413)


async def test_an_unknown_type_is_answered_and_nothing_else_happens(opened: Open, mina: Any) -> None:
    socket = await opened(mina)
    assert (await socket.ask("dance"))["error"]["code"] == "unknown_command"
    assert (await socket.ask("ping"))["ok"]


async def test_without_a_ref_there_is_no_reply_and_an_error_comes_as_an_event(
    opened: Open, mina: Any, general: Any
) -> None:
    socket = await opened(mina)
    socket.put('{"type":"ping"}')
    socket.put(json.dumps({"type": "read", "room": general.pk, "position": 0}))
    socket.put('{"type":"open","room":99999}')
    socket.put('{"type":"dance"}')
    await socket.ask("ping")
    kinds = [(frame["type"], frame.get("error", {}).get("code")) for frame in socket.frames[2:]]
    assert kinds == [("error", "not_found"), ("error", "unknown_command"), ("reply", None)]


async def test_three_hundred_malformed_frames_do_not_affect_other_connections(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    peer, socket = await opened(joon), await opened(mina)
    await peer.ask("open", room=general.pk)
    pieces = ["{", "}", "[", '"', "type", ":", "open", "\\u0000", "send", "room", "-1", "1e999", ",", "null", "한"]
    for number in range(300):
        text = "".join(pieces[(number * step) % len(pieces)] for step in range(1, number % 17 + 2))
        socket.put(text if number % 3 else json.dumps({"type": "send", "room": pieces, "ref": number}))
        if number % 50 == 49:
            await socket.leave()
            socket = await opened(mina)
    before = len(peer.frames)
    assert (await peer.ask("send", room=general.pk, key=uuid4(), body="still here"))["ok"]
    await until(lambda: len(peer.frames) == before + 2)
    assert set(peer.errors) == set()


# --- who may do what --------------------------------------------------------------------------------------------------


def commands_on(room: int, message: int) -> dict[str, dict[str, Any]]:
    """Each command that names a room or a message."""
    return {
        "open": {"room": room},
        "history": {"room": room, "before": 10},
        "send": {"room": room, "key": uuid4(), "body": "hi"},
        "edit": {"message": message, "body": "mine now"},
        "delete": {"message": message},
        "versions": {"message": message},
        "react": {"message": message, "emoji": "👍", "on": True},
        "vote": {"message": message, "choices": [1]},
        "close_poll": {"message": message},
        "read": {"room": room, "position": 1},
        "join": {"room": room},
        "leave": {"room": room},
        "typing": {"room": room, "on": True},
    }


async def said(user: Any, room: Any) -> int:
    from chat.services.messages import send_message

    message = await run_in_reader(send_message, user, room_id=room.pk, key=uuid4(), body="secret")
    return int(message.pk)


async def test_a_stranger_gets_not_found_for_every_command_on_a_private_room(
    opened: Open, mina: Any, stranger: Any, founders: Any
) -> None:
    message = await said(mina, founders)
    socket = await opened(stranger)
    answers = {type_: await socket.ask(type_, **fields) for type_, fields in commands_on(founders.pk, message).items()}
    assert {type_: answer["error"]["code"] for type_, answer in answers.items()} == dict.fromkeys(answers, "not_found")
    nowhere = {type_: await socket.ask(type_, **fields) for type_, fields in commands_on(10**6, 10**6).items()}
    for type_, answer in answers.items():
        assert answer["error"] == nowhere[type_]["error"], "a private room looks different from none at all"
    assert "secret" not in json.dumps(socket.frames)


async def test_a_non_member_of_a_public_room_may_only_join_it(
    opened: Open, mina: Any, stranger: Any, general: Any
) -> None:
    message = await said(mina, general)
    socket = await opened(stranger)
    wanted = commands_on(general.pk, message)
    wanted["join"] = wanted.pop("join")  # at last
    answers = {type_: await socket.ask(type_, **fields) for type_, fields in wanted.items()}
    assert answers.pop("join")["ok"]
    assert {type_: answer["error"]["code"] for type_, answer in answers.items()} == dict.fromkeys(answers, "forbidden")


async def test_an_archived_room_can_be_read_but_not_written(opened: Open, mina: Any, joon: Any, general: Any) -> None:
    from chat.services.rooms import archive_room

    message = await said(joon, general)
    await run_in_reader(archive_room, mina, room_id=general.pk)
    socket = await opened(joon)
    wanted = commands_on(general.pk, message)
    wanted["leave"] = wanted.pop("leave")
    codes = {
        type_: (await socket.ask(type_, **fields)).get("error", {}).get("code") for type_, fields in wanted.items()
    }
    written = {"send", "edit", "delete", "react", "vote", "close_poll"}
    assert {type_: code for type_, code in codes.items() if code} == dict.fromkeys(written, "archived")


async def test_closing_a_room_of_others_discloses_nothing_about_it(opened: Open, stranger: Any, founders: Any) -> None:
    socket = await opened(stranger)
    assert await socket.ask("close", room=founders.pk) == {"type": "reply", "ref": 1, "ok": True}
    assert await socket.ask("close", room=10**6) == {"type": "reply", "ref": 2, "ok": True}


async def test_typing_needs_an_open_room(opened: Open, mina: Any, general: Any) -> None:
    socket = await opened(mina)
    assert (await socket.ask("typing", room=general.pk, on=True))["error"]["code"] == "forbidden"
    await socket.ask("open", room=general.pk)
    assert (await socket.ask("typing", room=general.pk, on=True))["ok"]


# --- resending --------------------------------------------------------------------------------------------------------


async def test_a_key_resent_on_another_socket_returns_the_first_message(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    peer, key = await opened(joon), uuid4()
    await peer.ask("open", room=general.pk)
    first = await opened(mina)
    said_first = await first.ask("send", room=general.pk, key=key, body="once")
    await first.leave()
    again = await (await opened(mina)).ask("send", room=general.pk, key=key, body="once more")
    assert again["message"] == said_first["message"]
    assert (await peer.ask("send", room=general.pk, key=key, body="mine"))["message"]["position"] == 2
    await until(lambda: sum(len(f["messages"]) for f in peer.frames if f["type"] == "changes") == 2)


async def test_a_key_in_a_race_with_itself_on_many_sockets_gives_one_message(
    opened: Open, mina: Any, general: Any
) -> None:
    sockets, key = [await opened(mina) for _ in range(6)], uuid4()
    refs = [socket.give("send", room=general.pk, key=key, body=str(n)) for n, socket in enumerate(sockets)]
    replies = [await socket.reply(ref) for socket, ref in zip(sockets, refs, strict=True)]
    assert len({reply["message"]["id"] for reply in replies}) == 1
    assert await run_in_reader(Message.objects.count) == 1


async def test_a_key_that_was_used_in_another_room_is_a_conflict(
    opened: Open, mina: Any, general: Any, founders: Any
) -> None:
    socket, key = await opened(mina), uuid4()
    assert (await socket.ask("send", room=general.pk, key=key, body="here"))["ok"]
    refused = await socket.ask("send", room=founders.pk, key=key, body="there")
    assert (refused["error"]["code"], refused["error"]["field"]) == ("conflict", "key")


async def test_what_many_people_send_at_once_arrives_at_each_of_them_in_one_order(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    sockets = [await opened(user) for user in (mina, joon, mina, joon)]
    for socket in sockets:
        await socket.ask("open", room=general.pk)
    for number in range(9):
        for socket in sockets:
            socket.give("send", room=general.pk, key=uuid4(), body=str(number))

    def seen(socket: TransportClient) -> list[int]:
        frames = [frame for frame in socket.frames if frame["type"] == "changes"]
        return [message["position"] for frame in frames for message in frame["messages"]]

    await until(lambda: all(len(seen(socket)) == 36 for socket in sockets))
    assert [seen(socket) for socket in sockets] == [list(range(1, 37))] * 4


# --- pace -------------------------------------------------------------------------------------------------------------


async def test_a_burst_of_sends_passes_then_one_is_asked_to_wait_and_nothing_is_lost(
    opened: Open, mina: Any, general: Any, clock: PaceClock
) -> None:
    socket = await opened(mina)
    refs = [socket.give("send", room=general.pk, key=uuid4(), body=str(n)) for n in range(20)]
    assert all([(await socket.reply(ref))["ok"] for ref in refs])
    key = uuid4()
    refused = await socket.ask("send", room=general.pk, key=key, body="20")
    assert refused["error"]["code"] == "rate_limited"
    assert 0 < refused["error"]["retry_after"] <= 0.5
    clock.now += refused["error"]["retry_after"]
    assert (await socket.ask("send", room=general.pk, key=key, body="20"))["message"]["position"] == 21
    assert socket.close_code is None


async def test_edits_take_from_the_same_burst(opened: Open, mina: Any, general: Any, clock: PaceClock) -> None:
    socket = await opened(mina)
    said = (await socket.ask("send", room=general.pk, key=uuid4(), body="said"))["message"]["id"]
    for number in range(19):
        assert (await socket.ask("edit", message=said, body=str(number)))["ok"]
    refused = await socket.ask("edit", message=said, body="once more")
    assert refused["error"]["code"] == "rate_limited"
    clock.now += refused["error"]["retry_after"]
    assert (await socket.ask("edit", message=said, body="once more"))["message"]["body"] == "once more"


async def test_a_second_tab_or_a_new_socket_gives_no_new_burst(
    opened: Open, mina: Any, general: Any, clock: PaceClock
) -> None:
    first = await opened(mina)
    for number in range(20):
        assert (await first.ask("send", room=general.pk, key=uuid4(), body=str(number)))["ok"]
    other = await opened(mina)
    await first.leave()
    assert (await other.ask("send", room=general.pk, key=uuid4(), body="x"))["error"]["code"] == "rate_limited"
    await other.leave()
    back = await opened(mina)
    assert (await back.ask("send", room=general.pk, key=uuid4(), body="x"))["error"]["code"] == "rate_limited"


async def test_a_client_that_ignores_the_limit_for_ten_seconds_is_closed_with_4429(
    opened: Open, mina: Any, general: Any, clock: PaceClock
) -> None:
    socket, peer = await opened(mina), await opened(mina)
    tenths = 0
    while socket.close_code is None and tenths < 200:
        answered = len(socket.frames)
        socket.give("send", room=general.pk, key=uuid4(), body="x")
        await until(lambda: len(socket.frames) > answered or socket.close_code)  # noqa: B023
        clock.now += 0.1
        tenths += 1
    assert socket.close_code == 4429
    assert 100 <= tenths <= 150
    assert peer.close_code is None


async def test_a_client_that_waits_as_asked_is_never_closed(
    opened: Open, mina: Any, general: Any, clock: PaceClock
) -> None:
    """As our own browser does after a long time offline: one after the other, each again after its wait."""
    socket = await opened(mina)
    refused = 0
    for number in range(60):
        key = uuid4()
        while not (reply := await socket.ask("send", room=general.pk, key=key, body=str(number)))["ok"]:
            refused += 1
            clock.now += reply["error"]["retry_after"]
    assert refused >= 40
    assert socket.close_code is None
    assert await run_in_reader(Message.objects.count) == 60


async def test_commands_of_any_kind_have_a_rate(opened: Open, mina: Any, clock: PaceClock) -> None:
    socket = await opened(mina)
    refs = [socket.give("ping") for _ in range(pace.COMMANDS_BURST)]
    assert (await socket.reply(refs[-1]))["ok"]
    assert (await socket.ask("ping"))["error"]["code"] == "rate_limited"
    assert (await socket.ask("dance"))["error"]["code"] == "rate_limited"
    clock.now += 1
    assert (await socket.ask("ping"))["ok"]


async def test_more_tabs_do_not_raise_the_rate_limit(opened: Open, mina: Any, joon: Any, clock: PaceClock) -> None:
    allowed = 0
    for _ in range(4):
        tab = await opened(mina)
        for _ in range(pace.COMMANDS_BURST):
            reply = await tab.ask("ping")
            if not reply["ok"]:
                break
            allowed += 1
    assert allowed == PERSON_COMMANDS_BURST
    assert reply["error"]["code"] == "rate_limited"
    assert (await (await opened(joon)).ask("ping"))["ok"]


async def test_a_command_over_the_rate_delays_the_commands_behind_it(opened: Open, mina: Any, clock: PaceClock) -> None:
    tab = await opened(mina)
    for _ in range(pace.COMMANDS_BURST):
        tab.give("ping")
    over, behind = tab.give("ping"), tab.give("ping")
    refusal = await tab.reply(over)
    refused_at = asyncio.get_running_loop().time()
    clock.now += pace.RATE_LIMITED_WAIT_SECONDS
    assert (await tab.reply(behind))["ok"]
    assert refusal["error"]["retry_after"] == pace.RATE_LIMITED_WAIT_SECONDS
    assert asyncio.get_running_loop().time() - refused_at >= pace.RATE_LIMITED_PAUSE_SECONDS / 2


async def test_the_sockets_of_one_person_are_limited(opened: Open, mina: Any, joon: Any, settings: Any) -> None:
    settings.SOCKETS_PER_PERSON = 3
    tabs = [await opened(mina) for _ in range(3)]
    refused = await opened(mina)
    assert (refused.close_code, refused.frames) == (4430, [])
    assert (await opened(joon)).close_code is None
    await tabs[0].leave()
    assert (await opened(mina)).close_code is None
    assert [tab.close_code for tab in tabs] == [None, None, None]


async def test_typing_is_passed_on_at_most_once_in_three_seconds(
    opened: Open, mina: Any, joon: Any, general: Any, clock: PaceClock
) -> None:
    typist, reader = await opened(mina), await opened(joon)
    for socket in (typist, reader):
        await socket.ask("open", room=general.pk)

    def seen() -> list[bool]:
        return [frame["on"] for frame in reader.frames if frame["type"] == "typing"]

    for on in (True, True, False, True, False, True):
        await typist.ask("typing", room=general.pk, on=on)
    assert seen() == [True, False]
    clock.now += 3
    await typist.ask("typing", room=general.pk, on=True)
    await until(lambda: seen() == [True, False, True])
    shown = next(frame for frame in reader.frames if frame["type"] == "typing")
    assert (shown["room"], shown["user"]) == (general.pk, mina.pk)
    assert [frame for frame in typist.frames if frame["type"] == "typing"] == []


async def test_nobody_sees_a_muted_person_type_in_the_room_or_in_its_threads(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    def begin() -> int:
        asked = messages.send_message(mina, room_id=general.pk, key=uuid4(), body="?")
        reply = threads.reply_in_thread(mina, room_id=general.pk, message_id=asked.pk, key=uuid4(), body="!")
        sanctions.mute_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))
        return reply.room_id

    thread = await run_in_reader(begin)
    typist, reader = await opened(joon), await opened(mina)
    for room in (general.pk, thread):
        for socket in (typist, reader):
            await socket.ask("open", room=room)
        assert (await typist.ask("typing", room=room, on=True))["ok"]
    await run_in_reader(sanctions.unmute_member, mina, room_id=general.pk, user_id=joon.pk)

    def may_write() -> bool:
        told = [frame["room"] for frame in typist.frames if frame["type"] == "room"]
        return bool(told) and told[-1].get("muted_until") is None

    await until(may_write)
    await typist.ask("typing", room=thread, on=True)
    await until(lambda: any(frame["type"] == "typing" for frame in reader.frames))
    assert [frame["room"] for frame in reader.frames if frame["type"] == "typing"] == [thread]


# --- the commands, one after the other --------------------------------------------------------------------------------


async def test_each_command_is_answered_by_what_it_did(
    opened: Open, mina: Any, joon: Any, stranger: Any, general: Any
) -> None:
    reader, writer = await opened(joon), await opened(mina)
    state = await reader.ask("open", room=general.pk)
    assert (state["room"]["slug"], state["reset"], state["messages"]) == ("general", True, [])
    message = (await writer.ask("send", room=general.pk, key=uuid4(), body="one"))["message"]
    assert (await writer.ask("edit", message=message["id"], body="two"))["message"]["body"] == "two"
    page = await reader.ask("history", room=general.pk, before=2)
    assert [found["body"] for found in page["messages"]] == ["two"]
    assert (await reader.ask("read", room=general.pk, position=1))["last_read"] == 1
    assert (await writer.ask("delete", message=message["id"]))["message"]["body"] == ""
    await until(lambda: any(frame["revision"] == state["revision"] + 3 for frame in reader.of("changes")))
    assert (await reader.ask("ping"))["rooms"] == {str(general.pk): state["revision"] + 3}
    assert (await reader.ask("close", room=general.pk))["ok"]
    assert (await reader.ask("ping"))["rooms"] == {}
    newcomer = await opened(stranger)
    assert (await newcomer.ask("join", room=general.pk))["room"]["role"] == "member"
    assert (await newcomer.ask("leave", room=general.pk))["ok"]
    assert newcomer.of("room_removed", room=general.pk)


async def test_a_message_sent_without_a_connection_is_the_one_that_a_connection_gets(
    opened: Open, mina: Any, general: Any
) -> None:
    """`handle` posts one alone, a connection together with others: the same message, and the same key."""
    command = parse(json.dumps({"type": "send", "room": general.pk, "key": str(uuid4()), "body": "Hi <all>"}))
    alone = await run_in_reader(handlers.handle, mina, command)
    client = await opened(mina)
    resent = await client.ask("send", room=general.pk, key=command.key, body=command.body)  # type: ignore[attr-defined]
    sent = read_frame('{"type":"reply",' + alone.encode()[1:])
    assert (resent["room"], resent["message"]) == (sent["room"], sent["message"])
    assert await run_in_reader(Message.objects.count) == 1


async def test_commands_are_carried_out_in_their_order(opened: Open, mina: Any, general: Any) -> None:
    client = await opened(mina)
    refs = [client.give("open" if number % 2 else "close", room=general.pk) for number in range(10)]
    await client.reply(refs[-1])
    assert [frame["ref"] for frame in client.of("reply")] == refs
    assert (await client.ask("ping"))["rooms"].keys() == {str(general.pk)}


# --- the end of access ------------------------------------------------------------------------------------------------


async def test_a_removed_member_gets_nothing_more_of_the_room(
    opened: Open, mina: Any, joon: Any, founders: Any
) -> None:
    removed, owner = await opened(joon), await opened(mina)
    for client in (removed, owner):
        await client.ask("open", room=founders.pk)
    await run_in_reader(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    await until(lambda: removed.of("room_removed", room=founders.pk, reason="removed"))
    seen = len(removed.frames)
    assert (await owner.ask("send", room=founders.pk, key=uuid4(), body="between us"))["ok"]
    assert (await removed.ask("history", room=founders.pk, before=9))["error"]["code"] == "not_found"
    assert [frame["type"] for frame in removed.frames[seen:]] == ["reply"]
    assert removed.close_code is None


async def test_signing_out_closes_the_connections_of_that_session_alone(opened: Open, mina: Any) -> None:
    here, elsewhere = await opened(mina), await opened(mina)
    await run_in_reader(people.end_session, mina.pk, here.session_key)
    await until(lambda: here.close_code == 4401)
    assert (await elsewhere.ask("ping"))["ok"]


async def test_a_deactivated_person_is_disconnected_with_4403(opened: Open, mina: Any, joon: Any) -> None:
    admin = await run_in_reader(User.objects.create_superuser, "admin", password="admin")
    gone, here = await opened(mina), await opened(joon)
    await run_in_reader(people.deactivate_user, admin, user_id=mina.pk)
    await until(lambda: gone.close_code == 4403)
    assert here.close_code is None


async def test_a_sign_out_whose_event_was_lost_is_found_in_the_database(opened: Open, mina: Any) -> None:
    here, elsewhere = await opened(mina), await opened(mina)
    await run_in_reader(lambda: Session.objects.filter(session_key=here.session_key).delete())
    await current_hub().reconciler.access(list(current_hub().registry.people.values()))
    await until(lambda: here.close_code == 4401)
    assert elsewhere.close_code is None


# --- slow readers, and the end of the server --------------------------------------------------------------------------


async def test_a_client_that_does_not_read_is_closed_with_4408_and_delays_nobody(
    opened: Open, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OUTBOX_FRAMES", 3)
    monkeypatch.setattr(live_room, "FLUSH_INTERVAL_SECONDS", 0.0)
    slow, fine = await opened(mina), await opened(joon)
    for client in (slow, fine):
        await client.ask("open", room=general.pk)
    slow.stop_reading()
    for number in range(12):
        assert (await fine.ask("send", room=general.pk, key=uuid4(), body=str(number)))["ok"]
    slow.read_again()
    await until(lambda: slow.close_code == 4408)
    assert fine.close_code is None


async def test_a_client_that_pauses_gets_all_it_missed_in_order(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    slow, fine = await opened(mina), await opened(joon)
    for client in (slow, fine):
        await client.ask("open", room=general.pk)
    slow.stop_reading()
    for number in range(5):
        assert (await fine.ask("send", room=general.pk, key=uuid4(), body=str(number)))["ok"]
    assert slow.of("changes") == []
    slow.read_again()

    def bodies() -> list[str]:
        return [message["body"] for frame in slow.of("changes") for message in frame["messages"]]

    await until(lambda: bodies() == [str(number) for number in range(5)])


async def test_a_draining_server_acks_what_is_in_flight_and_closes_with_4012(
    opened: Open, mina: Any, general: Any
) -> None:
    client = await opened(mina)
    refs = [client.give("send", room=general.pk, key=uuid4(), body=str(number)) for number in range(10)]
    await until(lambda: client.of("reply"))
    await current_hub().drain(delay=3, seconds=5)
    await until(lambda: client.close_code == 4012)
    assert client.of("restarting") == [{"type": "restarting", "delay": 3}]
    acked = [frame["ref"] for frame in client.of("reply")]
    assert acked == refs[: len(acked)]
    assert await run_in_reader(Message.objects.count) == len(acked)


# --- the end ----------------------------------------------------------------------------------------------------------


def is_empty(hub: Hub) -> bool:
    return (hub.registry.people, hub.registry.rooms) == ({}, {})


async def test_a_client_that_leaves_is_forgotten(opened: Open, mina: Any, general: Any) -> None:
    socket = await opened(mina)
    await socket.ask("open", room=general.pk)
    await socket.leave()
    assert is_empty(current_hub())


async def test_a_command_that_fails_is_unavailable_and_the_next_one_works(
    opened: Open, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    socket = await opened(mina)

    def fails(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(rooms, "history", fails)
        reply = await socket.ask("history", room=general.pk, before=5)
    assert reply["error"]["code"] == "unavailable"
    assert "a bug" not in json.dumps(reply)
    assert "a bug" in caplog.text
    assert (await socket.ask("history", room=general.pk, before=5))["ok"]
