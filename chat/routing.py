"""Which consumer a socket reaches, and from which sites a browser may open one."""

from io import BytesIO
from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import path, re_path

from chat.consumers import ChatConsumer

HTTP_SCHEMES = {"ws": "http", "wss": "https"}


class FormOrigins(CsrfViewMiddleware):
    """Applies Django's check of the Origin of a posted form to the handshake of a socket.

    Scheme, host and port must be those of the request itself, as ALLOWED_HOSTS and SECURE_PROXY_SSL_HEADER determine
    them, or be in CSRF_TRUSTED_ORIGINS.
    """

    def __init__(self) -> None:
        super().__init__(lambda _request: HttpResponse())

    def allow(self, request: HttpRequest) -> bool:
        """Whether a form with this Origin could be posted here."""
        return bool(self._origin_verified(request))  # type: ignore[attr-defined]  # private, so without a type


def is_allowed_origin(scope: dict[str, Any]) -> bool:
    """Whether the page that opens this socket may do so, by its Origin header.

    Browsers send this site's cookies with a socket that any other page opens, and only this check distinguishes the
    pages.
    """
    http = {**scope, "type": "http", "method": "GET", "scheme": HTTP_SCHEMES.get(scope.get("scheme", "ws"), "http")}
    return FormOrigins().allow(ASGIRequest(http, BytesIO()))


class OriginCheck:
    """Lets a socket through if its Origin is allowed, or if it has none: browsers always send one, scripts need not."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.refusal: Any = WebsocketDenier()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        has_origin = any(name.lower() == b"origin" for name, _value in scope["headers"])
        if has_origin and not is_allowed_origin(scope):
            return await self.refusal(scope, receive, send)
        return await self.application(scope, receive, send)


# The types of `path` are for views. A handshake for any other address is refused; without a route it would raise.
consumer: Any = ChatConsumer.as_asgi()
nowhere: Any = WebsocketDenier()
routes: Any = [path("ws/", consumer), re_path("", nowhere)]
websocket_application = OriginCheck(URLRouter(routes))
