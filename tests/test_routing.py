"""From which sites a browser may open a socket."""

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from chat.routing import OriginCheck, is_allowed_origin, websocket_application

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("hosts", "origin", "host", "allowed"),
    [
        (["chat.example.com"], "https://chat.example.com", "chat.example.com", True),
        (["chat.example.com"], "https://chat.example.com:8443", "chat.example.com:8443", True),
        (["chat.example.com"], "https://CHAT.example.com", "chat.example.com", True),
        (["chat.example.com"], "https://evil.example", "chat.example.com", False),
        (["chat.example.com"], "https://evil.example", "evil.example", False),
        (["chat.example.com"], "https://chat.example.com.evil.example", "chat.example.com", False),
        (["chat.example.com"], "null", "chat.example.com", False),
        (["chat.example.com"], "", "chat.example.com", False),
        (["chat.example.com"], "http://[", "chat.example.com", False),
        ([".example.com"], "https://any.example.com", "chat.example.com", True),
        ([".example.com"], "https://notexample.com", "chat.example.com", False),
        (["[::1]"], "http://[::1]:8000", "[::1]:8000", True),
        (["*"], "https://chat.example.com", "chat.example.com:443", True),
        (["*"], "https://evil.example", "chat.example.com", False),
        (["*"], "https://evil.example", "", False),
    ],
)
def test_an_origin_must_be_an_allowed_host(
    settings: Any, hosts: list[str], origin: str, host: str, allowed: bool
) -> None:
    settings.ALLOWED_HOSTS = hosts
    assert is_allowed_origin(origin, host) is allowed


def test_a_trusted_origin_may_open_sockets_too(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.com"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://intranet.example.com"]
    assert is_allowed_origin("https://intranet.example.com", "chat.example.com")
    assert not is_allowed_origin("http://intranet.example.com", "chat.example.com")


@pytest.mark.parametrize("address", ["/ws", "/ws/x", "/", "", "/ws//", "/rooms/general/", "/ws/\udcff"])
async def test_a_handshake_for_another_address_is_refused_without_an_exception(address: str) -> None:
    communicator = WebsocketCommunicator(websocket_application, address)
    connected, code = await communicator.connect()
    assert (connected, code) == (False, 1000)
    await communicator.wait()


async def welcoming(scope: Any, receive: Any, send: Any) -> None:
    """An application that accepts every socket."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    await receive()


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ([], True),
        ([(b"origin", b"http://localhost")], True),
        ([(b"origin", b"http://evil.example")], False),
        ([(b"origin", b"http://evil.example"), (b"host", b"localhost")], False),
        ([(b"origin", b"null")], False),
    ],
)
async def test_a_missing_origin_passes_and_a_foreign_one_does_not(
    settings: Any, headers: list[tuple[bytes, bytes]], accepted: bool
) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    communicator = WebsocketCommunicator(OriginCheck(welcoming), "/ws/", headers=headers)
    connected, _ = await communicator.connect()
    assert connected is accepted
    await communicator.disconnect()
