"""Serves the addresses of incoming webhooks on the event loop, and passes all other requests on."""

from typing import Any

from api.asgi import Endpoint, serve
from api.requests import Receive, Scope, Send
from webhooks.incoming import PREFIX, receive_posting

ENDPOINT = Endpoint(receive_posting, ("POST",))


class Webhooks:
    """An ASGI application around another one."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["path"].startswith(PREFIX):
            await serve(ENDPOINT, scope, receive, send)
        else:
            await self.application(scope, receive, send)
