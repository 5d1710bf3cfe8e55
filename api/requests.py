"""HTTP requests that are served on the event loop, before Django, and their answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from api.statuses import STATUS_OF
from chat.presented import require_safe_transport
from chat.protocol.errors import ChatError, Forbidden, TooLarge
from chat.protocol.shapes import Error
from chat.web.account_adapter import client_address

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

JSON = "application/json"

NO_PAGE_OF_THIS_SITE = _("A session is accepted only from pages of this site. Send a token instead.")


class ClientGoneError(Exception):
    """The client disconnected before its request was complete."""


def _nothing(_request: Any) -> HttpResponseBase:
    """A view, of which Django's check only looks whether it is exempt."""
    return HttpResponseForbidden()


class CsrfCheck(CsrfViewMiddleware):
    """Django's check of forms, with a plain answer."""

    def __init__(self) -> None:
        super().__init__(_nothing)

    def passes(self, request: ASGIRequest) -> bool:
        """Whether a request comes from a page of this site, which knows the token of the cookie."""
        self.process_request(request)
        return self.process_view(request, _nothing, (), {}) is None

    def _reject(self, _request: Any, _reason: str) -> HttpResponseBase:
        return HttpResponseForbidden()


class Request:
    """One request, whose body is read only when it is asked for."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        self.django = ASGIRequest(scope, BytesIO())
        self._receive = receive

    @property
    def address(self) -> str:
        """The address of the client, as our proxies report it."""
        return client_address(self.django)

    @property
    def language(self) -> str:
        """The language for messages: that of the cookie, or else the first of the browser that the site supports."""
        return translation.get_language_from_request(self.django)

    @property
    def media_type(self) -> str:
        """The declared type of the body, without parameters."""
        return str(self.django.content_type or "").lower()

    def header(self, name: str) -> str | None:
        """The value of a header; None without it."""
        return self.django.headers.get(name)

    def require_safe_transport(self) -> None:
        """Raise for another host than ours, a token in the address, or a token that anybody on the way can read."""
        require_safe_transport(self.django)

    def require_own_page(self) -> None:
        """Raise Forbidden unless the request comes from a page of this site."""
        if not CsrfCheck().passes(self.django):
            raise Forbidden(NO_PAGE_OF_THIS_SITE)

    async def body(self, limit: int) -> bytes:
        """Read the body. Raises TooLarge, or ClientGoneError."""
        return b"".join(await self.pieces(limit))

    async def pieces(self, limit: int) -> list[bytes]:
        """Read the body, as the pieces in which the server passes it on. Raises TooLarge, or ClientGoneError."""
        parts, size = [], 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise TooLarge
            parts.append(part)
            if not message.get("more_body"):
                return parts


@dataclass(slots=True)
class Response:
    """An answer with a body that is complete."""

    body: str
    status: int = 200
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, send: Send) -> None:
        """Send it."""
        content = self.body.encode()
        headers = {"Content-Type": self.media_type, "Content-Length": str(len(content)), **SAFE, **self.headers}
        if settings.SECURE_HSTS_SECONDS:
            headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        await send({"type": "http.response.start", "status": self.status, "headers": encoded(headers)})
        await send({"type": "http.response.body", "body": content})


SAFE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Language, Authorization, Cookie",
}


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI wants them."""
    return [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers.items()]


def refusal(error: ChatError, language: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer for a request that was refused as a whole."""
    with translation.override(language):
        text = f'{{"error":{Error.of(error).encode()}}}'
    return Response(text, STATUS_OF[error.code], headers={**(headers or {}), **headers_for(error)})


def headers_for(error: ChatError | None) -> dict[str, str]:
    """The headers that belong to an error: when to come back, and how to authenticate."""
    if error is None:
        return {}
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, -int(-error.retry_after // 1)))
    if error.code == "unauthenticated":
        headers["WWW-Authenticate"] = "Bearer"
    return headers
