"""Sockets of tokens: what a handshake may present, what a token may send and receive, and when its socket ends."""

from typing import Any
from uuid import uuid4

import pytest

from chat.live import failures
from chat.live.hub import current_hub
from chat.live.reader_pool import run_in_reader
from chat.models import AuditEntry, Token
from chat.models.token import new_token
from chat.services.rates import RateTable
from chat.services.threads import reply_in_thread
from chat.services.tokens import revoke_token
from tests.harness.admin_actions import say
from tests.harness.inprocess import sign_in, until
from tests.harness.tokens import made, token_of
from tests.harness.transports import HANDSHAKE_REFUSED, Open

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def few_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handshakes of other tests do not count here."""
    monkeypatch.setattr(failures, "FAILURES", RateTable(burst=60, per_second=1))


async def with_token(opened: Open, text: str, **more: Any) -> Any:
    return await opened(authorization=f"Bearer {text}", host="localhost", **more)


# --- the handshake ----------------------------------------------------------------------------------------------------


async def test_a_token_connects_its_person_without_cookie_or_origin(opened: Open, mina: Any, general: Any) -> None:
    text = await run_in_reader(token_of, mina)
    socket = await with_token(opened, text, subprotocols=["chat.v1"])
    assert socket.accepted["subprotocol"] == "chat.v1"
    assert socket.of("hello")[0]["user"]["id"] == mina.pk
    assert (await socket.ask("send", room=general.pk, key="8d9ed9e9-3f0b-4a77-9d3c-1a0d56a4ea9a", body="hi"))["ok"]


async def test_a_cookie_beside_a_token_is_ignored(opened: Open, mina: Any, joon: Any) -> None:
    text = await run_in_reader(token_of, joon, "read")
    both = await opened(mina, authorization=f"Bearer {text}", host="localhost")
    assert both.of("hello")[0]["user"]["id"] == joon.pk
    assert (await both.ask("set_status", emoji="", text="here"))["error"]["code"] == "forbidden"
    wrong = await opened(mina, authorization="Bearer x", host="localhost")
    assert (wrong.close_code, wrong.frames) == (4401, [])


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Basic bWluYTptaW5h", f"Bearer {new_token(is_bot=False)}"])
async def test_what_is_no_valid_token_is_closed_with_4401(opened: Open, space: Any, value: str) -> None:
    socket = await opened(authorization=value, host="localhost")
    assert (socket.accepted is not None, socket.close_code, socket.frames) == (True, 4401, [])


@pytest.mark.parametrize("scopes", [("write",), ("manage",), ("write", "manage")])
async def test_a_token_that_may_not_read_is_closed_with_4401(opened: Open, mina: Any, scopes: tuple[str, ...]) -> None:
    socket = await with_token(opened, await run_in_reader(token_of, mina, *scopes))
    assert (socket.close_code, socket.frames) == (4401, [])


@pytest.mark.parametrize("where", ["a value", "a name", "a subprotocol", "part of a subprotocol"])
async def test_a_token_that_is_not_in_the_header_is_refused_at_the_handshake(
    opened: Open, mina: Any, client_class: Any, where: str
) -> None:
    text = await run_in_reader(token_of, mina)
    offered = {"a subprotocol": ["chat.v1", text], "part of a subprotocol": ["chat.v1", f"bearer.{text}"]}
    query = {"a value": f"t={text}", "a name": "access_token=x"}
    socket = client_class(await run_in_reader(sign_in, mina), subprotocols=offered.get(where))
    socket.scope["query_string"] = query.get(where, "").encode()
    await socket.open()
    assert (socket.accepted, socket.close_code) == (None, HANDSHAKE_REFUSED)
    await socket.leave()


async def test_a_token_is_not_accepted_for_another_host_or_where_anybody_can_read_it(
    opened: Open, mina: Any, settings: Any
) -> None:
    text = await run_in_reader(token_of, mina)
    elsewhere = await opened(authorization=f"Bearer {text}", host="evil.example")
    assert elsewhere.close_code == HANDSHAKE_REFUSED
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    plain = await with_token(opened, text)
    assert plain.close_code == HANDSHAKE_REFUSED
    assert (await with_token(opened, text, x_forwarded_proto="https")).close_code is None


async def test_somebody_who_tries_tokens_is_refused_without_a_query(
    opened: Open, mina: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.consumers.HANDSHAKE_REFUSAL_SECONDS", 0)
    monkeypatch.setattr(failures, "FAILURES", RateTable(burst=3, per_second=0.001))
    tried = [await with_token(opened, new_token(is_bot=False)) for _ in range(4)]
    assert [socket.close_code for socket in tried] == [4401, 4401, 4401, HANDSHAKE_REFUSED]
    assert (await opened(mina)).close_code is None


async def test_sockets_that_are_opened_too_fast_with_one_token_are_refused(
    opened: Open, mina: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(mina)
    monkeypatch.setattr("chat.consumers.HANDSHAKE_REFUSAL_SECONDS", 0)
    monkeypatch.setattr(current_hub(), "handshakes", RateTable(per_second=0.001, burst=2))
    text, other = await run_in_reader(token_of, mina), await run_in_reader(token_of, mina)
    codes = [(await with_token(opened, one)).close_code for one in (text, text, text, other)]
    assert codes == [None, None, HANDSHAKE_REFUSED, None]


# --- what it may do ---------------------------------------------------------------------------------------------------


async def test_a_token_does_not_say_whether_its_person_is_here(opened: Open, mina: Any) -> None:
    socket = await with_token(opened, await run_in_reader(token_of, mina))
    assert (await socket.ask("presence", state="away"))["error"]["code"] == "forbidden"


async def test_a_token_with_write_types_in_a_room_that_it_has_open(opened: Open, mina: Any, general: Any) -> None:
    socket = await with_token(opened, await run_in_reader(token_of, mina, "read", "write"))
    reader = await with_token(opened, await run_in_reader(token_of, mina, "read"))
    for one in (socket, reader):
        assert (await one.ask("open", room=general.pk))["ok"]
    assert (await socket.ask("typing", room=general.pk, on=True))["ok"]
    assert (await reader.ask("typing", room=general.pk, on=True))["error"]["code"] == "forbidden"


async def test_a_token_for_some_rooms_neither_sends_to_others_nor_receives_of_them(
    opened: Open, mina: Any, joon: Any, general: Any, founders: Any
) -> None:
    outside = await run_in_reader(say, joon, founders)
    socket = await with_token(opened, await run_in_reader(lambda: token_of(mina, rooms=[general.pk])))
    whole = await opened(mina)
    assert socket.of("hello")[0]["rooms"] == [general.pk]
    assert [room["id"] for frame in socket.of("rooms") for room in frame["rooms"]] == [general.pk]
    for type_, fields in {
        "open": {"room": founders.pk},
        "close": {"room": founders.pk},
        "history": {"room": founders.pk, "before": 99},
        "react": {"message": outside.pk, "emoji": "👍", "on": True},
        "send": {"room": founders.pk, "key": "8d9ed9e9-3f0b-4a77-9d3c-1a0d56a4ea9a", "body": "hi"},
    }.items():
        assert (await socket.ask(type_, **fields))["error"]["code"] == "not_found", type_
    assert (await socket.ask("show_people", people=[joon.pk]))["error"]["code"] == "forbidden"
    assert (await socket.ask("open", room=general.pk))["ok"]
    for room in (founders, general):
        await run_in_reader(say, joon, room, "news")
    await until(lambda: whole.of("activity") and socket.of("changes"))
    seen = [frame for frame in socket.frames if frame["type"] not in ("hello", "rooms", "reply")]
    assert {frame.get("room") for frame in seen} <= {general.pk, None}


async def test_threads_belong_to_the_rooms_of_a_limited_token(
    opened: Open, mina: Any, joon: Any, general: Any, founders: Any
) -> None:
    def thread_of(room: Any) -> int:
        question = say(joon, room)
        return int(reply_in_thread(joon, room_id=room.pk, message_id=question.pk, key=uuid4(), body="hi").room_id)

    inside = await run_in_reader(thread_of, general)
    socket = await with_token(opened, await run_in_reader(lambda: token_of(mina, rooms=[general.pk])))
    assert (await socket.ask("open", room=inside))["ok"]
    assert (await socket.ask("send", room=inside, key="c0a6b1f6-9a60-4d1c-8f3e-4ac7b0a9a6d5", body="yes"))["ok"]
    await until(lambda: socket.of("changes"))
    assert socket.of("changes")[0]["room"] == inside


async def test_an_act_is_recorded_like_that_of_a_socket_of_a_session(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    message = await run_in_reader(say, joon, general)
    socket = await with_token(opened, await run_in_reader(token_of, mina, "read", "write"))
    assert (await socket.ask("delete", message=message.pk))["ok"]
    entry = await run_in_reader(AuditEntry.objects.get, action="message.deleted")
    assert (entry.actor_id, entry.way, entry.network) == (mina.pk, "socket", "2001:db8::/64")


# --- its end ----------------------------------------------------------------------------------------------------------


async def test_a_revoked_token_closes_its_sockets_and_no_others(opened: Open, mina: Any) -> None:
    token, text = await run_in_reader(made, mina)
    mine, other = await with_token(opened, text), await with_token(opened, await run_in_reader(token_of, mina))
    await run_in_reader(revoke_token, mina, token_id=token.pk)
    await until(lambda: mine.close_code)
    assert (mine.close_code, other.close_code) == (4401, None)
    assert (await with_token(opened, text)).close_code == 4401


async def test_a_revocation_whose_event_was_lost_is_found_in_the_database(opened: Open, mina: Any) -> None:
    socket = await with_token(opened, await run_in_reader(token_of, mina))
    await run_in_reader(Token.objects.all().delete)
    hub = current_hub()
    await hub.reconciler.access(list(hub.registry.people.values()))
    await until(lambda: socket.close_code == 4401)
