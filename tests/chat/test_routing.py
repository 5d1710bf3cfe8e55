"""From which sites a browser may open a socket."""

from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client

from chat.origins import is_allowed_origin
from chat.routing import OriginCheck, websocket_application

pytestmark = pytest.mark.once


def scope_of(origin: str, host: str, **headers: str) -> dict[str, Any]:
    """The handshake for a socket of `host`, opened by a page of `origin`."""
    named = {"origin": origin, "host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "type": "websocket",
        "path": "/ws/",
        "scheme": "ws",
        "query_string": b"",
        "server": ("127.0.0.1", 8001),
        "headers": [(name.encode(), value.encode("latin1")) for name, value in named.items()],
    }


@pytest.mark.parametrize(
    ("hosts", "origin", "host", "allowed"),
    [
        (["chat.example.com"], "http://chat.example.com", "chat.example.com", True),
        (["chat.example.com"], "http://chat.example.com:8443", "chat.example.com:8443", True),
        (["chat.example.com"], "http://chat.example.com:8443", "chat.example.com", False),
        (["chat.example.com"], "http://chat.example.com", "chat.example.com:8443", False),
        (["chat.example.com"], "https://chat.example.com", "chat.example.com", False),
        (["chat.example.com"], "http://evil.example", "chat.example.com", False),
        (["chat.example.com"], "http://evil.example", "evil.example", False),
        (["chat.example.com"], "http://chat.example.com.evil.example", "chat.example.com", False),
        (["chat.example.com"], "http://evil.example@chat.example.com", "chat.example.com", False),
        (["chat.example.com"], "null", "chat.example.com", False),
        (["chat.example.com"], "file://", "chat.example.com", False),
        (["chat.example.com"], "", "chat.example.com", False),
        (["chat.example.com"], "http://[", "chat.example.com", False),
        (["chat.example.com"], "http://\xff", "chat.example.com", False),
        ([".example.com"], "http://chat.example.com", "chat.example.com", True),
        ([".example.com"], "http://evil.example.com", "chat.example.com", False),
        (["localhost", "127.0.0.1"], "http://localhost:8000", "127.0.0.1:8000", False),
        (["[::1]"], "http://[::1]:8000", "[::1]:8000", True),
        (["*"], "http://chat.example.com", "chat.example.com", True),
        (["*"], "http://evil.example", "chat.example.com", False),
        (["*"], "http://evil.example", "", False),
    ],
)
def test_scheme_host_and_port_of_an_origin_must_be_those_of_the_request(
    settings: Any, hosts: list[str], origin: str, host: str, allowed: bool
) -> None:
    settings.ALLOWED_HOSTS = hosts
    assert is_allowed_origin(scope_of(origin, host)) is allowed


@pytest.mark.parametrize(
    ("origin", "forwarded", "allowed"),
    [
        ("https://chat.example.com", "https", True),
        ("http://chat.example.com", "https", False),
        ("https://chat.example.com", "http", False),
        ("https://chat.example.com:8443", "https", False),
    ],
)
def test_behind_a_proxy_that_terminates_tls_the_scheme_is_the_one_it_reports(
    settings: Any, origin: str, forwarded: str, allowed: bool
) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.com"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert is_allowed_origin(scope_of(origin, "chat.example.com", x_forwarded_proto=forwarded)) is allowed


def test_a_scheme_that_a_client_claims_is_ignored_without_a_proxy(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.com"]
    assert not is_allowed_origin(scope_of("https://chat.example.com", "chat.example.com", x_forwarded_proto="https"))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://intranet.example.com", True),
        ("http://intranet.example.com", False),
        ("https://intranet.example.com:8443", False),
        ("https://any.example.net", True),
        ("https://any.deeper.example.net", True),
        ("http://any.example.net", False),
        ("https://notexample.net", False),
    ],
)
def test_a_trusted_origin_may_open_sockets_too(settings: Any, origin: str, allowed: bool) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.com"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://intranet.example.com", "https://*.example.net"]
    assert is_allowed_origin(scope_of(origin, "chat.example.com")) is allowed


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        *(("http://testserver", "testserver"), ("http://testserver:81", "testserver"), ("null", "testserver")),
        *(("https://testserver", "testserver"), ("http://evil.example", "testserver"), ("http://[", "testserver")),
    ],
)
def test_exactly_the_pages_that_may_post_forms_may_open_sockets(
    settings: Any, db: None, origin: str, host: str
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(enforce_csrf_checks=True)
    client.get("/welcome/")
    token = client.cookies["csrftoken"].value
    form = {"csrfmiddlewaretoken": token, "language": "en"}
    posted = client.post("/i18n/setlang/", form, headers={"origin": origin, "host": host})
    assert is_allowed_origin(scope_of(origin, host)) is (posted.status_code != 403)


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
        ([(b"origin", b"http://localhost"), (b"host", b"localhost")], True),
        ([(b"Origin", b"http://localhost:81"), (b"host", b"localhost")], False),
        ([(b"origin", b"http://localhost"), (b"origin", b"http://evil.example"), (b"host", b"localhost")], False),
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
