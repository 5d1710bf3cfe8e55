"""Serves uploads and files on the event loop, and passes all other requests on."""

from typing import Any

from api.requests import Receive, Scope, Send
from files.web.routes import route_of
from files.web.serving import serve

PREFIX = "/files/"


class Files:
    """An ASGI application around another one."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["path"].startswith(PREFIX):
            await serve(route_of(scope["path"]), scope, receive, send)
        else:
            await self.application(scope, receive, send)
