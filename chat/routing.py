"""Which consumer a socket reaches, and from which sites a browser may open one."""

from typing import Any
from urllib.parse import urlsplit

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import validate_host
from django.urls import path, re_path

from chat.consumers import ChatConsumer


def host_of(origin: str) -> str | None:
    """The host name in an Origin header, None where there is none to be had ("null", garbage)."""
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None


def is_allowed_origin(origin: str, host: str) -> bool:
    """Whether a page of `origin` may open a socket that was asked of `host` (the Host header).

    Browsers send the cookies of this site with a socket that any other site opens, and only this check tells them
    apart. ALLOWED_HOSTS decides; its "*" stands here for the host that was asked, not for every site in the world.
    """
    name = host_of(origin)
    if name is None:
        return False
    named = [allowed for allowed in settings.ALLOWED_HOSTS if allowed != "*"]
    if validate_host(f"[{name}]" if ":" in name else name, named) or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return "*" in settings.ALLOWED_HOSTS and name == host_of(f"//{host}")


class OriginCheck:
    """Lets a socket through if its Origin is allowed, or if it has none: browsers always send one, scripts need not."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.refusal: Any = WebsocketDenier()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name.lower(): value.decode("latin1") for name, value in scope["headers"]}
        origin = headers.get(b"origin")
        if origin is not None and not is_allowed_origin(origin, headers.get(b"host", "")):
            return await self.refusal(scope, receive, send)
        return await self.application(scope, receive, send)


# `path` is typed for views. A handshake for any other address is refused; without a route it would be an exception.
consumer: Any = ChatConsumer.as_asgi()
nowhere: Any = WebsocketDenier()
routes: Any = [path("ws/", consumer), re_path("", nowhere)]
websocket_application = OriginCheck(URLRouter(routes))
