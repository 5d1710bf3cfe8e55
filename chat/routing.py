"""Which consumer a socket reaches, from which sites a browser may open one, and which requests Django does not see."""

from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from chat.consumers import ChatConsumer
from chat.origins import is_allowed_origin
from chat.streams.application import events_application

EVENTS_PATH = "/api/v1/events"


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


class HttpRouter:
    """Passes requests for events to their application, and all others to Django."""

    def __init__(self, django: Any) -> None:
        self.django = django

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        application = events_application if scope["path"] == EVENTS_PATH else self.django
        return await application(scope, receive, send)
