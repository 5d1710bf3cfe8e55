"""The WebSocket: its handshake, its headers, its frames. The consumer, without a server.

What a socket has in common with other transports is in test_transports.py.
"""

import asyncio
from typing import Any

import pytest
from django.conf import settings as django_settings

from chat import consumers
from chat.live import connection_commands
from chat.live.hub import current_hub
from chat.live.reader_pool import run_in_reader
from chat.models import AuditEntry
from chat.services.rates import RateTable
from tests.harness.admin_actions import say
from tests.harness.inprocess import sign_in, until
from tests.harness.transports import HANDSHAKE_REFUSED, Open, WebSocketClient

pytestmark = pytest.mark.django_db(transaction=True)


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
    socket = WebSocketClient(key)
    await socket.open()
    assert socket.close_code == 4401
    await socket.leave()


async def test_when_the_database_is_unavailable_the_socket_closes_and_the_next_one_works(
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


async def test_an_error_is_a_sentence_in_the_language_of_the_browser_or_the_cookie(opened: Open, mina: Any) -> None:
    english = await opened(mina, accept_language="fr, en;q=0.8")
    korean = await opened(mina, accept_language="ko-KR,ko;q=0.9,en;q=0.5")
    chosen = await opened(mina, accept_language="en", cookie=f"{django_settings.LANGUAGE_COOKIE_NAME}=ko")
    messages = [(await s.ask("open", room=9999))["error"]["message"] for s in (english, korean, chosen)]
    assert messages[0] == "This does not exist, or you may not see it."
    assert messages[1] == messages[2] != messages[0]


async def test_sockets_that_are_opened_too_fast_with_one_session_are_refused_at_the_handshake(
    opened: Open, mina: Any, joon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(joon)
    monkeypatch.setattr(current_hub(), "handshakes", RateTable(per_second=0.001, burst=3))
    monkeypatch.setattr(consumers, "HANDSHAKE_REFUSAL_SECONDS", 0)
    key = await run_in_reader(sign_in, mina)
    sockets = [await WebSocketClient(key).open() for _ in range(4)]
    assert [socket.close_code for socket in sockets] == [None, None, None, HANDSHAKE_REFUSED]
    assert sockets[-1].accepted is None
    assert (await opened(joon)).close_code is None
    for socket in sockets[:3]:
        await socket.leave()


async def test_a_socket_whose_application_is_cancelled_leaves_nothing(
    opened: Open, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As servers do with one that hangs in the database long after its client is gone."""
    hanging = asyncio.Event()

    async def hang(*args: Any) -> None:
        hanging.set()
        await asyncio.Event().wait()

    socket = await opened(mina)
    monkeypatch.setitem(connection_commands.ON_CONNECTION, "ping", hang)
    socket.give("ping")
    await hanging.wait()
    assert socket.task is not None
    socket.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await socket.task
    hub = current_hub()
    assert (hub.registry.people, hub.registry.rooms) == ({}, {})


async def test_no_offer_is_accepted_without_a_subprotocol(opened: Open, mina: Any) -> None:
    assert (await opened(mina)).accepted == {"type": "websocket.accept", "subprotocol": None}


async def test_a_binary_frame_closes_with_4400(opened: Open, mina: Any) -> None:
    socket = await opened(mina)
    socket.put(b'{"type":"ping"}')
    await until(lambda: socket.close_code == 4400)


async def test_an_act_over_a_socket_is_recorded_with_the_network_of_its_client(
    opened: Open, mina: Any, joon: Any, general: Any
) -> None:
    message = await run_in_reader(say, joon, general)
    socket = await opened(mina)
    assert (await socket.ask("delete", message=message.pk))["ok"]
    entry = await run_in_reader(AuditEntry.objects.get, action="message.deleted")
    assert (entry.actor_id, entry.way, entry.network) == (mina.pk, "socket", "2001:db8::/64")
