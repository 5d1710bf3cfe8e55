"""Requests to the ASGI application of this process, without a server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asgiref.testing import ApplicationCommunicator

from tests.harness.team import CSRF

SECONDS = 20


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.text)

    @property
    def code(self) -> str | None:
        """The code of the error in it."""
        error = self.json.get("error")
        return None if error is None else str(error["code"])


async def call(
    method: str,
    path: str,
    *,
    token: str | None = None,
    body: bytes | str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Got:
    """Send one request to the application and return its answer."""
    communicator = await _sent(method, path, token=token, body=body, headers=headers or {})
    start = await communicator.receive_output(SECONDS)
    parts, more = [], True
    while more:
        part = await communicator.receive_output(SECONDS)
        parts.append(part.get("body", b""))
        more = part.get("more_body", False)
    await communicator.wait(SECONDS)
    return Got(start["status"], _headers_of(start), b"".join(parts))


async def head(
    method: str, path: str, *, token: str | None = None, body: str = "", headers: Mapping[str, str] | None = None
) -> Got:
    """Send one request, return the head of its answer, which may go on for ever, and break off."""
    communicator = await _sent(method, path, token=token, body=body, headers=headers or {})
    start = await communicator.receive_output(SECONDS)
    await communicator.send_input({"type": "http.disconnect"})
    await communicator.wait(SECONDS)
    return Got(start["status"], _headers_of(start), b"")


async def _sent(
    method: str, path: str, *, token: str | None, body: bytes | str | None, headers: Mapping[str, str]
) -> ApplicationCommunicator:
    from chatproject.asgi import application

    content = (body or "").encode() if isinstance(body, str | None) else body
    communicator = ApplicationCommunicator(application, scope_of(method, path, token, content, headers))
    await communicator.send_input({"type": "http.request", "body": content})
    return communicator


def scope_of(
    method: str, path: str, token: str | None, content: bytes = b"", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What a server passes to the application for a request."""
    headers = headers or {}
    given = [("host", "localhost"), ("content-length", str(len(content))), *headers.items()]
    if token is not None:
        given.append(("authorization", f"Bearer {token}"))
    if "host" in headers:
        del given[0]
    address, _mark, query = path.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": address,
        "raw_path": address.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin1")) for name, value in given],
        "client": ("203.0.113.9", 1),
        "server": ("localhost", 80),
    }


def _headers_of(start: dict[str, Any]) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin1") for name, value in start["headers"]}


async def send_commands(body: Any, *, token: str | None = None, **headers: str) -> Got:
    """Post a command, or a list of them, as JSON."""
    text = body if isinstance(body, str) else json.dumps(body, default=str)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await call(
        "POST", "/api/v1/commands", token=token, body=text, headers={"content-type": "application/json", **named}
    )


def from_own_page(session_key: str) -> dict[str, str]:
    """The headers of a script of this site, in the browser of somebody with this session."""
    return {
        "cookie": f"sessionid={session_key}; csrftoken={CSRF}",
        "x_csrftoken": CSRF,
        "origin": "http://localhost",
    }
