"""`POST /api/v1/commands`: the commands of a WebSocket, each with the same reply."""

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from pydantic_core import from_json

from api.callers import caller_of
from api.requests import JSON, Request, Response, headers_for
from api.statuses import status_of
from chat.live.hub import current_hub
from chat.live.request_runner import Answer, RequestRunner
from chat.models.audit import Way
from chat.protocol.errors import Invalid
from chat.services.origin import request_from

NDJSON = "application/x-ndjson"
COMMANDS_AT_ONCE = 100
BODY_BYTES = 256 * 1024
"""Most bytes of all commands of one request."""

KEY_CHARS = 255
KEYED = {"send", "direct"}
"""Commands that store something under a key, which the header Idempotency-Key can give."""

KEYS = uuid.UUID("0b8ad1c5-52e4-5bd0-9b3c-9a3f1d6a7e21")
"""The namespace of keys that are not UUIDs."""

NOT_JSON = _("The body must be JSON.")
ANOTHER_TYPE = _("Send application/json, or application/x-ndjson with one command on each line.")
TOO_MANY = _("Send between 1 and 100 commands.")
ONE_KEY = _("The header Idempotency-Key is for one command.")
BAD_KEY = _("The header Idempotency-Key must be text of at most 255 characters.")
TWO_KEYS = _("The header Idempotency-Key and the key of the command differ.")


async def commands(request: Request) -> Response:
    """Run one command, or up to 100 in order.

    One command is answered with its reply, and the status of its error. Several are answered with 200 and their
    replies: an array for an array, lines for lines. Raises ChatError for the request as a whole.
    """
    if request.media_type not in (JSON, NDJSON):
        raise Invalid(ANOTHER_TYPE)
    caller = await caller_of(request)
    content = await request.body(BODY_BYTES)
    is_lines = request.media_type == NDJSON
    frames = _frames(content, is_lines=is_lines)
    commands: list[object] = frames if isinstance(frames, list) else [frames]
    is_one = not isinstance(frames, list)
    if not 1 <= len(commands) <= COMMANDS_AT_ONCE:
        raise Invalid(TOO_MANY)
    if key := request.header("Idempotency-Key"):
        if not is_one:
            raise Invalid(ONE_KEY)
        commands = [keyed(commands[0], key, str(caller.user.pk))]
    with request_from(Way.API, request.address):
        answers = await RequestRunner(current_hub(), caller).run(commands)
    return _response(answers, is_one=is_one, is_lines=is_lines, headers=caller.headers)


def _frames(content: bytes, *, is_lines: bool) -> object:
    """The parsed body: a list for several commands."""
    try:
        if is_lines:
            return [from_json(line, allow_inf_nan=False) for line in content.splitlines() if line.strip()]
        return from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise Invalid(NOT_JSON) from error


def keyed(frame: object, header: str, sender: str) -> object:
    """A command with the key of the header: a UUID as it is, any other text as the name of one of this sender."""
    text = header.strip().strip('"')
    if not 1 <= len(text) <= KEY_CHARS:
        raise Invalid(BAD_KEY)
    if not isinstance(frame, dict) or frame.get("type") not in KEYED:
        return frame
    try:
        key = uuid.UUID(text)
    except ValueError:
        key = uuid.uuid5(KEYS, f"{sender}:{text}")
    if frame.get("key") not in (None, str(key)):
        raise Invalid(TWO_KEYS, field="key")
    return {**frame, "key": str(key)}


def _response(answers: Sequence[Answer], *, is_one: bool, is_lines: bool, headers: dict[str, str]) -> Response:
    if is_one:
        (answer,) = answers
        return Response(answer.text, status_of(answer.error), headers={**headers, **headers_for(answer.error)})
    texts = [answer.text for answer in answers]
    if is_lines:
        return Response("".join(f"{text}\n" for text in texts), media_type=NDJSON, headers=headers)
    return Response(f"[{','.join(texts)}]", headers=headers)
