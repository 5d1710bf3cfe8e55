"""Serves the paths of the API that run on the event loop, and passes all others on to Django."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost

from api import cors
from api.commands import commands
from api.requests import ClientGoneError, Receive, Request, Response, Scope, Send, refusal
from chat.live.replies import as_chat_error
from chat.protocol.errors import Invalid

logger = logging.getLogger(__name__)

PREFIX = "/api/v1/"

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What serves a path, and by which methods."""

    handler: Handler
    methods: tuple[str, ...]


ENDPOINTS: dict[str, Endpoint] = {f"{PREFIX}commands": Endpoint(commands, ("POST",))}


class Api:
    """An ASGI application around that of Django."""

    def __init__(self, django: Any) -> None:
        self.django = django

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not scope["path"].startswith(PREFIX):
            await self.django(scope, receive, send)
            return
        if cors.is_preflight(scope):
            await cors.answer_preflight(scope, send)
            return
        send = cors.with_headers(scope, send)
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await refusal(Invalid(), str(settings.LANGUAGE_CODE)).send(send)
            return
        endpoint = ENDPOINTS.get(scope["path"])
        if endpoint is None:
            await self.django(scope, receive, send)
        else:
            await serve(endpoint, scope, receive, send)


async def serve(endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request by its endpoint. Whatever that raises is answered as an error."""
    if scope["method"] not in endpoint.methods:
        await Response("", 405, headers={"Allow": ", ".join(endpoint.methods)}).send(send)
        return
    language = str(settings.LANGUAGE_CODE)
    try:
        request = Request(scope, receive)
        language = request.language
        request.require_safe_transport()
        response = await endpoint.handler(request)
    except ClientGoneError:
        return
    except DisallowedHost:
        response = refusal(Invalid(), language)
    except Exception as error:  # noqa: BLE001 (whatever fails is logged, and the client asked to try again)
        response = refusal(as_chat_error(error), language)
    await response.send(send)
