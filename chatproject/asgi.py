"""The application that a server runs: pages by Django, sockets by Channels. Any ASGI server will do."""

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

from chat.routing import websocket_application


async def parts_of(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The parts of a file or generator, each read in the request's thread."""
    while (part := await sync_to_async(lambda: next(content, None))()) is not None:
        yield part


class OneHopHandler(ASGIHandler):
    """Django's handler, with middleware and view in one trip to one thread.

    The handler of Django walks an asynchronous chain, in which each middleware that does its work synchronously, as all
    of Django's do, goes to the thread and back twice. No view here is asynchronous.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response = await sync_to_async(self.get_response)(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = parts_of(iter(response))
        return response


application: Any = ProtocolTypeRouter({"http": OneHopHandler(), "websocket": websocket_application})
