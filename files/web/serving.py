"""Serves a request by its route. Exceptions become error responses."""

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import DisallowedHost

from api.requests import ClientGoneError, Receive, Request, Response, Scope, Send, refusal
from chat.derive.errors import described
from chat.live.replies import as_chat_error
from chat.models.audit import Way
from chat.protocol.errors import ChatError, Invalid, NotFound, Unavailable
from chat.services.origin import request_from
from files.parts import DiskFullError, WrongOffsetError
from files.web.answers import Answer, FileResponse

if TYPE_CHECKING:
    from files.web.routes import Route

logger = logging.getLogger(__name__)


async def serve(route: "Route | None", scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request."""
    language = str(settings.LANGUAGE_CODE)
    try:
        request = Request(scope, receive)
        language = request.language
        answer = await _answer(route, request)
    except ClientGoneError:
        return
    except DisallowedHost:
        answer = refusal(Invalid(), language)
    except OSError as error:
        logger.warning("Files can't be read or written: %s", described(error))
        answer = _refused(Unavailable(), language)
    except Exception as error:  # noqa: BLE001 (every failure is logged, and the client is asked to try again)
        answer = _refused(as_chat_error(error), language)
    await (answer.send(send, receive) if isinstance(answer, FileResponse) else answer.send(send))


async def _answer(route: "Route | None", request: Request) -> Answer:
    request.require_safe_transport()
    if route is None or "\0" in request.path:
        raise NotFound
    handler = route.handlers.get(request.method)
    if handler is None:
        return Response("", 405, headers={"Allow": ", ".join(route.handlers)})
    with request_from(Way.WEB, request.address):
        return await handler(request)


def _refused(error: ChatError, language: str) -> Response:
    response = refusal(error, language)
    if isinstance(error, WrongOffsetError):
        response.headers["Upload-Offset"] = str(error.offset)
    if isinstance(error, DiskFullError):
        response.status = 507
    return response
