"""What pages of other sites, and pages without a form's token, may do: tables over all ways into the site."""

import json
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from channels.testing import WebsocketCommunicator

from chat.live.reader_pool import run_in_reader
from chat.models import Room, User
from files.models import Attachment
from tests.harness.api_client import call, head, send_commands
from tests.harness.files import metadata
from tests.harness.inprocess import sign_in
from tests.harness.team import CSRF
from tests.harness.tokens import token_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hub")]

SHOP = "https://shop.example"
OWN = "http://localhost"
FOREIGN = "https://evil.example"

UNKNOWN = uuid.UUID(int=0)


# --- CORS -------------------------------------------------------------------------------------------------------------


class Address(NamedTuple):
    """An address of the site, and how it is asked for."""

    method: str
    path: str
    accept: str = "application/json"
    is_api: bool = True


ADDRESSES = [
    Address("POST", "/api/v1/commands"),
    Address("GET", "/api/v1/rooms"),
    Address("GET", "/api/v1/me"),
    Address("GET", "/api/v1/nothing"),
    Address("GET", "/api/v1/openapi.json"),
    Address("GET", "/api/v1/asyncapi.json"),
    Address("GET", "/api/v1/events"),
    Address("POST", "/api/v1/events"),
    Address("GET", "/api/v1/events", accept="text/event-stream"),
    Address("GET", "/api/v1/events", accept="application/x-ndjson"),
    Address("DELETE", "/api/v1/commands"),
    Address("GET", "/healthz", is_api=False),
    Address("GET", "/", is_api=False),
    Address("POST", "/files/", is_api=False),
    Address("PATCH", f"/files/uploads/{UNKNOWN}/", is_api=False),
    Address("GET", f"/files/{UNKNOWN}/name", is_api=False),
    Address("GET", f"/previews/{UNKNOWN}/", is_api=False),
    Address("GET", "/rooms/general/files/", is_api=False),
]
ORIGINS = {
    SHOP: True,
    f"{SHOP}:443": False,
    f"{SHOP}/": False,
    "http://shop.example": False,
    "HTTPS://SHOP.EXAMPLE": False,
    "https://www.shop.example": False,
    f"{SHOP}.evil.example": False,
    FOREIGN: False,
    OWN: False,
    "null": False,
    "*": False,
    "": False,
}
"""Whether API_ORIGINS allows each: exactly the one that is in it."""


@pytest.fixture(autouse=True)
def shop(settings: Any, tmp_path: Path) -> None:
    """The origin of one other site is allowed. Uploads are in a folder of this test."""
    settings.API_ORIGINS = [SHOP]
    settings.UPLOADS_ROOT = tmp_path


@pytest.fixture
async def token(mina: User) -> str:
    """A token of Mina's with all scopes."""
    return await run_in_reader(token_of, mina)


def allowed(answer: Any) -> str | None:
    """The origin whose pages may read an answer. None may ever read one that a cookie was sent for."""
    assert "access-control-allow-credentials" not in answer.headers
    found: str | None = answer.headers.get("access-control-allow-origin")
    return found


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method} {one.path} {one.accept}")
async def test_only_pages_of_exactly_that_origin_may_read_answers(address: Address, token: str) -> None:
    for origin, is_allowed in ORIGINS.items():
        given = {"origin": origin, "accept": address.accept, "content-type": "application/json"}
        answer = await head(address.method, address.path, token=token, headers=given)
        expected = origin if is_allowed and address.is_api else None
        assert allowed(answer) == expected, origin
        assert "access-control-allow-methods" not in answer.headers
        if address.is_api:
            assert "origin" in answer.headers["vary"].lower(), "a cache would show it to other origins"


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method} {one.path} {one.accept}")
async def test_only_pages_of_exactly_that_origin_may_send_a_token(address: Address) -> None:
    asked = {"access-control-request-method": address.method, "access-control-request-headers": "authorization"}
    for origin, is_allowed in ORIGINS.items():
        answer = await head("OPTIONS", address.path, headers={"origin": origin, **asked})
        expected = origin if is_allowed and address.is_api else None
        assert allowed(answer) == expected, origin
        if expected:
            assert answer.status == 204
            assert "Authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda one: f"{one.method} {one.path} {one.accept}")
async def test_two_origins_are_none(address: Address, token: str) -> None:
    for both in ({"origin": SHOP, "Origin": FOREIGN}, {"origin": FOREIGN, "Origin": SHOP}):
        given = {**both, "accept": address.accept}
        assert allowed(await head(address.method, address.path, token=token, headers=given)) is None


# --- CSRF -------------------------------------------------------------------------------------------------------------

REFUSED = 403
"""The status of a refused handshake."""

Way = Callable[[dict[str, str], Room], Awaitable[tuple[int, int | None]]]
"""Asks with these headers; returns the status, or close code of a socket, and the id of the person it was done for."""


async def by_command(headers: dict[str, str], room: Room) -> tuple[int, int | None]:
    command = {"type": "send", "room": room.pk, "key": str(uuid.uuid4()), "body": "hi"}
    got = await send_commands(command, **{name.replace("-", "_"): value for name, value in headers.items()})
    return got.status, got.json["message"]["author"] if got.status == 200 else None


async def by_upload(headers: dict[str, str], room: Room) -> tuple[int, int | None]:
    about = {"upload-length": "1", "upload-metadata": metadata(filename="a", room=room.pk)}
    got = await call("POST", "/files/", headers={**headers, **about})
    if got.status != 201:
        return got.status, None
    return 200, await run_in_reader(lambda: Attachment.objects.get(pk=got.json["id"]).author_id)


async def by_resource(headers: dict[str, str], _room: Room) -> tuple[int, int | None]:
    got = await call("GET", "/api/v1/me", headers=headers)
    return got.status, got.json["user"]["id"] if got.status == 200 else None


async def by_events(headers: dict[str, str], _room: Room, *, method: str = "GET") -> tuple[int, int | None]:
    got = await call(method, "/api/v1/events", headers={"accept": "application/json", **headers})
    return got.status, got.json["frames"][0]["user"]["id"] if got.status == 200 else None


async def by_posted_events(headers: dict[str, str], room: Room) -> tuple[int, int | None]:
    return await by_events(headers, room, method="POST")


async def by_socket(headers: dict[str, str], _room: Room) -> tuple[int, int | None]:
    from chatproject.asgi import application

    given = [(name.encode(), value.encode("latin1")) for name, value in {"host": "localhost", **headers}.items()]
    socket = WebsocketCommunicator(application, "/ws/", headers=given)
    is_open, _protocol = await socket.connect(timeout=20)
    if not is_open:
        return REFUSED, None
    first = await socket.receive_output(timeout=20)
    await socket.disconnect()
    if first["type"] == "websocket.close":
        return first["code"], None
    return 200, json.loads(first["text"])["user"]["id"]


WAYS: list[Way] = [by_command, by_upload, by_resource, by_events, by_posted_events, by_socket]
TABLE: dict[str, tuple[str, list[int]]] = {
    # What is sent: for whom, and the answers to a command or an upload, a resource, events, events asked for by POST,
    # and a socket.
    "cookie header own": ("mina", [200, 200, 200, 200, 200]),
    "cookie header": ("mina", [200, 200, 200, 200, 200]),
    "cookie own": ("mina", [403, 200, 200, 200, 200]),
    "cookie": ("mina", [403, 200, 200, 200, 200]),
    "cookie wrong-header own": ("mina", [403, 200, 200, 200, 200]),
    "cookie header foreign": ("mina", [403, 200, 403, 403, 403]),
    "cookie header null": ("mina", [403, 200, 403, 403, 403]),
    "cookie header allowed": ("mina", [403, 200, 403, 403, 403]),
    "cookie header other-site": ("mina", [200, 200, 403, 403, 200]),
    "token": ("joon", [200, 200, 200, 200, 200]),
    "token own": ("joon", [200, 200, 200, 200, 200]),
    "token foreign": ("joon", [200, 200, 200, 200, 403]),
    "token cookie": ("joon", [200, 200, 200, 200, 200]),
    "token cookie header own": ("joon", [200, 200, 200, 200, 200]),
    "token cookie foreign": ("joon", [200, 200, 200, 200, 403]),
    "wrong-token cookie header own": ("nobody", [401, 401, 401, 401, 4401]),
    "wrong-token": ("nobody", [401, 401, 401, 401, 4401]),
    "header own": ("nobody", [401, 401, 401, 401, 4401]),
    "": ("nobody", [401, 401, 401, 401, 4401]),
}
"""A resource only reads, and no page of another site may read the answer (see above): it is answered to any cookie."""


@pytest.mark.parametrize("sent", TABLE)
async def test_a_cookie_counts_only_for_pages_of_this_site_and_never_beside_a_token(
    sent: str, mina: User, joon: User, general: Room, token: str
) -> None:
    session = await run_in_reader(sign_in, mina)
    headers = {
        "cookie": {"cookie": f"sessionid={session}; csrftoken={CSRF}"},
        "header": {"x-csrftoken": CSRF},
        "wrong-header": {"x-csrftoken": "d" * 32},
        "own": {"origin": OWN},
        "foreign": {"origin": FOREIGN},
        "null": {"origin": "null"},
        "allowed": {"origin": SHOP},
        "other-site": {"sec-fetch-site": "cross-site"},
        "token": {"authorization": f"Bearer {await run_in_reader(token_of, joon)}"},
        "wrong-token": {"authorization": "Bearer srbp_nonsense"},
    }
    given: dict[str, str] = {}
    for part in sent.split():
        given |= headers[part]
    for_whom, statuses = TABLE[sent]
    person = {"mina": mina.pk, "joon": joon.pk, "nobody": None}[for_whom]
    for way, status in zip(WAYS, [statuses[0], *statuses], strict=True):
        assert await way(given, general) == (status, person if status == 200 else None), way.__name__
