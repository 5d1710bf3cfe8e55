"""The WebSocket, in and out: who is let in, what closes it, how fast it may ask. The consumer, without a server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings

from chat import consumers, dispatch
from chat.consumers import ChatConsumer
from chat.live.hub import Hub, current_hub
from chat.live.person import PERSON_COMMANDS_BURST
from chat.live.reader_pool import run_in_reader
from chat.models import Message, User
from chat.protocol.limits import FRAME_BYTES
from chat.queries import rooms
from chat.services.rates import RateTable
from client.requests import Requests
from tests.harness.inprocess import end, sign_in, until

pytestmark = pytest.mark.django_db(transaction=True)


HANDSHAKE_REFUSED = 1006
"""What a browser reports if the handshake was answered with 403."""


class Socket:
    """A client's end of a socket that is served by a consumer."""

    def __init__(self, session_key: str | None, *, subprotocols: list[str] | None = None, **headers: str) -> None:
        cookie = f"{django_settings.SESSION_COOKIE_NAME}={session_key}" if session_key else ""
        given = {"cookie": "; ".join(filter(None, [cookie, headers.pop("cookie", "")])), **headers}
        self.scope = {
            "type": "websocket",
            "path": "/ws/",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
            "subprotocols": subprotocols or [],
        }
        self.accepted: dict[str, Any] | None = None
        self.close_code: int | None = None
        self.frames: list[dict[str, Any]] = []
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._requests = Requests(lambda: 0.0)
        self.task: asyncio.Task[None] | None = None

    async def open(self) -> "Socket":
        """Connect, and wait for the server's first word."""
        self._inbox.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(ChatConsumer.as_asgi()(self.scope, self._inbox.get, self._send))  # type: ignore[arg-type]
        await until(lambda: self.frames or self.close_code)
        return self

    async def leave(self) -> None:
        """The socket breaks."""
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})
        assert self.task is not None
        await self.task

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.accept":
            self.accepted = message
        elif message["type"] == "websocket.close":
            self.close_code = message.get("code", HANDSHAKE_REFUSED)
        else:
            self.frames.append(json.loads(message["text"]))

    def put(self, text: str | bytes) -> None:
        """Send a frame."""
        kind = "bytes" if isinstance(text, bytes) else "text"
        self._inbox.put_nowait({"type": "websocket.receive", kind: text})

    def give(self, type_: str, **fields: Any) -> int:
        """Send a command, and return its ref."""
        ref, text = self._requests.ask({"type": type_, **fields})
        self.put(text)
        return ref

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its reply."""
        return await self.reply(self.give(type_, **fields))

    async def reply(self, ref: int) -> dict[str, Any]:
        def replies() -> list[dict[str, Any]]:
            return [f for f in self.frames if f["type"] == "reply" and f["ref"] == ref]

        await until(replies, f"reply {ref}")
        assert len(replies()) == 1
        return replies()[0]

    @property
    def errors(self) -> list[str]:
        """The codes of all refusals so far."""
        return [frame["error"]["code"] for frame in self.frames if "error" in frame]


class Clock:
    """The clock by which paces are measured; a test moves it."""

    def __init__(self) -> None:
        self.now = time.monotonic() + 60  # whoever comes has done nothing for a while

    def monotonic(self) -> float:
        return self.now


Open = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def opened(space: Any) -> AsyncIterator[Open]:
    """Opens a socket of a person; all are closed after the test."""
    sockets: list[Socket] = []

    async def open_socket(user: Any = None, **more: Any) -> Socket:
        key = await run_in_reader(sign_in, user) if user is not None else None
        socket = Socket(key, **more)
        sockets.append(socket)
        return await socket.open()

    yield open_socket
    for socket in sockets:
        if socket.task is not None and not socket.task.done():
            await socket.leave()
    end(current_hub())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    started = Clock()
    for module in (consumers, dispatch):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=started.monotonic))
    return started


# --- coming in --------------------------------------------------------------------------------------------------------


async def test_the_first_frame_says_who_i_am_and_what_my_rooms_are(
    opened: Open, space: Any, mina: Any, general: Any, founders: Any
) -> None:
    socket = await opened(mina)
    hello = socket.frames[0]
    assert socket.accepted == {"type": "websocket.accept", "subprotocol": None}
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


async def test_the_offered_protocol_is_selected(opened: Open, mina: Any) -> None:
    socket = await opened(mina, subprotocols=["chat.v9", "chat.v1"])
    assert socket.accepted is not None
    assert socket.accepted["subprotocol"] == "chat.v1"


async def test_an_offer_without_our_protocol_is_closed_with_4406(opened: Open, mina: Any) -> None:
    socket = await opened(mina, subprotocols=["chat.v9"])
    assert (socket.accepted is not None, socket.close_code, socket.frames) == (True, 4406, [])


async def test_nobody_is_accepted_and_closed_with_4401(opened: Open) -> None:
    socket = await opened()
    assert (socket.accepted is not None, socket.close_code, socket.frames) == (True, 4401, [])


@pytest.mark.parametrize("key", ["nonsense", "x" * 32, "'; drop table", "한글"])
async def test_a_session_that_is_none_is_closed_with_4401(opened: Open, space: Any, key: str) -> None:
    socket = Socket(key)
    await socket.open()
    assert socket.close_code == 4401
    await socket.leave()


async def test_a_deactivated_person_is_closed_with_4403(opened: Open, mina: Any) -> None:
    await run_in_reader(lambda: User.objects.filter(pk=mina.pk).update(is_active=False))
    socket = await opened(mina)
    assert (socket.close_code, socket.frames) == (4403, [])


async def test_a_session_of_an_old_password_is_closed_with_4401(opened: Open, mina: Any) -> None:
    key = await run_in_reader(sign_in, mina)

    def change() -> None:
        mina.set_password("another")
        mina.save()

    await run_in_reader(change)
    socket = await Socket(key).open()
    assert socket.close_code == 4401
    await socket.leave()


async def test_nobody_comes_in_while_the_server_drains(opened: Open, mina: Any) -> None:
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


async def test_when_the_database_is_away_the_socket_closes_and_the_next_one_works(
    opened: Open, mina: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await opened(mina)
    hub, works = current_hub(), False

    def away(keys: Any) -> Any:
        raise ConnectionError("away")

    read = hub.sessions_loader.read
    hub.sessions_loader.read = away
    failed = await opened(mina)
    assert (failed.close_code, failed.frames) == (4408, [])
    hub.sessions_loader.read = read
    works = (await opened(mina)).close_code is None
    assert works
    assert "A socket failed" in caplog.text


# --- frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "hello", "[]", "1", "null", "{}", '{"type":7}', '{"type":"ping"', b'{"type":"ping"}']
)
async def test_what_is_no_command_closes_with_4400(opened: Open, mina: Any, text: str | bytes) -> None:
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


async def test_an_error_is_a_sentence_in_the_language_of_the_browser_or_the_cookie(opened: Open, mina: Any) -> None:
    english = await opened(mina, accept_language="fr, en;q=0.8")
    korean = await opened(mina, accept_language="ko-KR,ko;q=0.9,en;q=0.5")
    chosen = await opened(mina, accept_language="en", cookie=f"{django_settings.LANGUAGE_COOKIE_NAME}=ko")
    messages = [(await s.ask("open", room=9999))["error"]["message"] for s in (english, korean, chosen)]
    assert messages[0] == "This does not exist, or is not yours to see."
    assert messages[1] == messages[2] != messages[0]


async def test_three_hundred_malformed_frames_hurt_nobody_else(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    peer = await opened(joon)
    await peer.ask("open", room=general.pk)
    pieces = ["{", "}", "[", '"', "type", ":", "open", "\\u0000", "send", "room", "-1", "1e999", ",", "null", "한"]
    for number in range(300):
        socket = await Socket(await run_in_reader(sign_in, mina)).open() if number % 50 == 0 else socket  # noqa: F821
        text = "".join(pieces[(number * step) % len(pieces)] for step in range(1, number % 17 + 2))
        socket.put(text if number % 3 else json.dumps({"type": "send", "room": pieces, "ref": number}))
        if socket.close_code is not None or number % 50 == 49:
            await socket.leave()
    heard = len(peer.frames)
    assert (await peer.ask("send", room=general.pk, key=uuid4(), body="still here"))["ok"]
    await until(lambda: len(peer.frames) == heard + 2)
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
    written = {"send", "edit", "delete"}
    assert {type_: code for type_, code in codes.items() if code} == dict.fromkeys(written, "archived")


async def test_closing_a_room_of_others_says_nothing_of_it(opened: Open, stranger: Any, founders: Any) -> None:
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

    def seen(socket: Socket) -> list[int]:
        frames = [frame for frame in socket.frames if frame["type"] == "changes"]
        return [message["position"] for frame in frames for message in frame["messages"]]

    await until(lambda: all(len(seen(socket)) == 36 for socket in sockets))
    assert [seen(socket) for socket in sockets] == [list(range(1, 37))] * 4


# --- pace -------------------------------------------------------------------------------------------------------------


async def test_a_burst_of_sends_passes_then_one_is_told_to_wait_and_nothing_is_lost(
    opened: Open, mina: Any, general: Any, clock: Clock
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


async def test_edits_take_from_the_same_burst(opened: Open, mina: Any, general: Any, clock: Clock) -> None:
    socket = await opened(mina)
    said = (await socket.ask("send", room=general.pk, key=uuid4(), body="said"))["message"]["id"]
    for number in range(19):
        assert (await socket.ask("edit", message=said, body=str(number)))["ok"]
    refused = await socket.ask("edit", message=said, body="once more")
    assert refused["error"]["code"] == "rate_limited"
    clock.now += refused["error"]["retry_after"]
    assert (await socket.ask("edit", message=said, body="once more"))["message"]["body"] == "once more"


async def test_a_second_tab_or_a_new_socket_is_no_way_to_a_new_burst(
    opened: Open, mina: Any, general: Any, clock: Clock
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


async def test_whoever_ignores_the_limit_for_ten_seconds_is_closed_with_4429(
    opened: Open, mina: Any, general: Any, clock: Clock
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


async def test_whoever_waits_as_told_is_never_closed_however_much_there_is_to_send(
    opened: Open, mina: Any, general: Any, clock: Clock
) -> None:
    """As our own browser does after a long time offline: one after the other, each again when it may."""
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


async def test_asking_anything_at_all_has_a_pace(opened: Open, mina: Any, clock: Clock) -> None:
    socket = await opened(mina)
    refs = [socket.give("ping") for _ in range(consumers.COMMANDS_BURST)]
    assert (await socket.reply(refs[-1]))["ok"]
    assert (await socket.ask("ping"))["error"]["code"] == "rate_limited"
    assert (await socket.ask("dance"))["error"]["code"] == "rate_limited"
    clock.now += 1
    assert (await socket.ask("ping"))["ok"]


async def test_more_tabs_do_not_raise_the_rate_limit(opened: Open, mina: Any, joon: Any, clock: Clock) -> None:
    allowed = 0
    for _ in range(4):
        tab = await opened(mina)
        for _ in range(consumers.COMMANDS_BURST):
            reply = await tab.ask("ping")
            if not reply["ok"]:
                break
            allowed += 1
    assert allowed == PERSON_COMMANDS_BURST
    assert reply["error"]["code"] == "rate_limited"
    assert (await (await opened(joon)).ask("ping"))["ok"]


async def test_a_command_over_the_rate_delays_the_commands_behind_it(opened: Open, mina: Any, clock: Clock) -> None:
    tab = await opened(mina)
    for _ in range(consumers.COMMANDS_BURST):
        tab.give("ping")
    over, behind = tab.give("ping"), tab.give("ping")
    refusal = await tab.reply(over)
    refused_at = asyncio.get_running_loop().time()
    clock.now += consumers.RATE_LIMITED_WAIT_SECONDS
    assert (await tab.reply(behind))["ok"]
    assert refusal["error"]["retry_after"] == consumers.RATE_LIMITED_WAIT_SECONDS
    assert asyncio.get_running_loop().time() - refused_at >= consumers.RATE_LIMITED_PAUSE_SECONDS / 2


async def test_the_sockets_of_one_person_are_limited(opened: Open, mina: Any, joon: Any, settings: Any) -> None:
    settings.SOCKETS_PER_PERSON = 3
    tabs = [await opened(mina) for _ in range(3)]
    refused = await opened(mina)
    assert (refused.close_code, refused.frames) == (4430, [])
    assert (await opened(joon)).close_code is None
    await tabs[0].leave()
    assert (await opened(mina)).close_code is None
    assert [tab.close_code for tab in tabs] == [None, None, None]


async def test_sockets_that_are_opened_too_fast_with_one_session_are_refused_at_the_handshake(
    opened: Open, mina: Any, joon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(joon)
    monkeypatch.setattr(current_hub(), "handshakes", RateTable(per_second=0.001, burst=3))
    key = await run_in_reader(sign_in, mina)
    sockets = [await Socket(key).open() for _ in range(4)]
    assert [socket.close_code for socket in sockets] == [None, None, None, HANDSHAKE_REFUSED]
    assert sockets[-1].accepted is None
    assert (await opened(joon)).close_code is None
    for socket in sockets[:3]:
        await socket.leave()


async def test_typing_is_passed_on_at_most_once_in_three_seconds(
    opened: Open, mina: Any, joon: Any, general: Any, clock: Clock
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
    assert (shown["room"], shown["user"]["username"]) == (general.pk, "mina")
    assert [frame for frame in typist.frames if frame["type"] == "typing"] == []


# --- the end ----------------------------------------------------------------------------------------------------------


def is_empty(hub: Hub) -> bool:
    return (hub.registry.people, hub.registry.rooms) == ({}, {})


async def test_a_socket_that_breaks_leaves_nothing(opened: Open, mina: Any, general: Any) -> None:
    socket = await opened(mina)
    await socket.ask("open", room=general.pk)
    await socket.leave()
    assert is_empty(current_hub())


async def test_a_socket_whose_application_is_cancelled_leaves_nothing(
    opened: Open, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As servers do with one that hangs in the database long after its client is gone."""
    hanging = asyncio.Event()

    async def hang(*args: Any) -> None:
        hanging.set()
        await asyncio.Event().wait()

    socket = await opened(mina)
    monkeypatch.setitem(dispatch.HANDLERS, "history", hang)
    socket.give("history", room=general.pk, before=5)
    await hanging.wait()
    assert socket.task is not None
    socket.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await socket.task
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
