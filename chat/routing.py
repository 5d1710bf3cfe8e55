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
    """Django's rule for the Origin of a posted form, asked about a socket.

    Scheme, host and port must be those that the request itself reached, as ALLOWED_HOSTS and SECURE_PROXY_SSL_HEADER
    see them, or be in CSRF_TRUSTED_ORIGINS.
    """

    def __init__(self) -> None:
        super().__init__(lambda _request: HttpResponse())

    def allow(self, request: HttpRequest) -> bool:
        """Whether a form of this Origin could be posted here."""
        return bool(self._origin_verified(request))  # type: ignore[attr-defined]  # private, so without a type


def is_allowed_origin(scope: dict[str, Any]) -> bool:
    """Whether the page that asks for this socket may open it, by its Origin header.

    Browsers send the cookies of this site with a socket that any other page opens, and this check alone tells the
    pages apart.
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


# `path` is typed for views. A handshake for any other address is refused; without a route it would be an exception.
consumer: Any = ChatConsumer.as_asgi()
nowhere: Any = WebsocketDenier()
routes: Any = [path("ws/", consumer), re_path("", nowhere)]
websocket_application = OriginCheck(URLRouter(routes))
