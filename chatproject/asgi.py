"""The ASGI application: Django serves pages, Channels WebSockets, `api` commands, `chat.streams` events,
`files` uploads and files, and `webhooks` what other programs post.

It runs on any ASGI server.
"""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from channels.routing import ProtocolTypeRouter
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")

import django

django.setup()

from api.asgi import Api
from chat.routing import HttpRouter, websocket_application
from files.asgi import Files
from webhooks.asgi import Webhooks


async def parts_of(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Iterate over a file or generator, reading each part in the request's thread."""
    while (part := await sync_to_async(lambda: next(content, None))()) is not None:
        yield part


class OneHopHandler(ASGIHandler):
    """Django's handler, with one thread hop for middleware and view together.

    Django's own handler runs an asynchronous chain, in which each synchronous middleware, such as all of Django's, hops
    to the thread and back twice. No view here is asynchronous.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response = await sync_to_async(self.get_response)(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = parts_of(iter(response))
        return response


http: Any = Webhooks(Files(Api(HttpRouter(OneHopHandler()))))
application: Any = ProtocolTypeRouter({"http": http, "websocket": websocket_application})
