"""Uploads over HTTP, with the headers of tus 1.0."""

import base64
import binascii
import json
import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from api import rates
from api.callers import Caller, authenticated
from api.requests import Request, Response
from chat.live.token_commands import require_scope
from chat.models.token import Scope
from chat.protocol.commands import LARGEST_INTEGER
from chat.protocol.errors import Invalid
from chat.queries.space import held_value_of
from files import limits
from files.models import Attachment
from files.services import uploads
from files.threads import in_thread

VERSION = "1.0.0"
PART_TYPE = "application/offset+octet-stream"
METADATA_CHARS = 4_000
DIGITS = 16
TUS = {"Tus-Resumable": VERSION}

BAD_LENGTH = _("The header Upload-Length must be the length of the file in bytes.")
BAD_OFFSET = _("The header Upload-Offset must be where the part begins.")
BAD_METADATA = _("The header Upload-Metadata can't be read.")
BAD_TYPE = _("Send parts as application/offset+octet-stream.")


async def options(_request: Request) -> Response:
    """Say what of tus is understood."""
    most = held_value_of(limits.FILE_MEGABYTES) * limits.MEGABYTE
    extensions = {"Tus-Version": VERSION, "Tus-Extension": "creation,termination", "Tus-Max-Size": str(most)}
    return Response("", 204, headers={**TUS, **extensions})


async def begin(request: Request) -> Response:
    """Begin an upload."""
    caller = await _writer(request)
    caller.headers.update(rates.take(caller.credential.name))
    size = _number(request.header("Upload-Length"), BAD_LENGTH)
    metadata = _metadata(request.header("Upload-Metadata") or "")
    room = metadata.get("room")
    upload = await in_thread(
        _begin, caller, None if room is None else _number(room, BAD_METADATA), metadata.get("filename", ""), size
    )
    headers = {**TUS, **caller.headers, "Location": address_of(upload), "Upload-Offset": "0"}
    return Response(_text(upload), 201, headers=headers)


def _begin(caller: Caller, room_id: int | None, name: str, size: int) -> Attachment:
    uploads.require_within(room_id, caller.rooms)
    return uploads.begin_upload(caller.user, room_id=room_id, name=name, size=size)


async def append(request: Request, *, file: uuid.UUID) -> Response:
    """Add a part, and answer when it is on the disk."""
    caller = await _writer(request)
    limits.PARTS.take(caller.user)
    if request.media_type != PART_TYPE:
        raise Invalid(BAD_TYPE)
    offset = _number(request.header("Upload-Offset"), BAD_OFFSET)
    pieces = await request.pieces(limits.PART_BYTES)
    reached = await in_thread(
        uploads.append_part, caller.user, file=file, within=caller.rooms, offset=offset, pieces=pieces
    )
    return Response("", 204, headers={**TUS, "Upload-Offset": str(reached)})


async def offset(request: Request, *, file: uuid.UUID) -> Response:
    """Say where an upload continues."""
    caller = await _writer(request)
    limits.PARTS.take(caller.user)
    size, reached = await in_thread(_offset, caller, file)
    return Response("", headers={**TUS, "Upload-Offset": str(reached), "Upload-Length": str(size)})


def _offset(caller: Caller, file: uuid.UUID) -> tuple[int, int]:
    upload = uploads.own_upload(caller.user, file=file, within=caller.rooms)
    return upload.size, uploads.offset_of(upload)


async def state(request: Request, *, file: uuid.UUID) -> Response:
    """Describe an own file that is not sent yet."""
    caller = await _writer(request)
    limits.PARTS.take(caller.user)
    upload = await in_thread(uploads.upload_state, caller.user, file=file, within=caller.rooms)
    return Response(_text(upload), headers=TUS)


async def cancel(request: Request, *, file: uuid.UUID) -> Response:
    """Remove an own file that is not sent."""
    caller = await _writer(request)
    limits.PARTS.take(caller.user)
    await in_thread(uploads.cancel_upload, caller.user, file=file, within=caller.rooms)
    return Response("", 204, headers=TUS)


def address_of(upload: Attachment) -> str:
    """Where an upload continues."""
    return f"/files/uploads/{upload.pk}/"


async def _writer(request: Request) -> Caller:
    caller = await authenticated(request)
    require_scope(caller.scopes, Scope.WRITE)
    return caller


def _text(upload: Attachment) -> str:
    shown: dict[str, Any] = {**upload.shape(), "state": upload.state}
    if upload.state == Attachment.State.FAILED:
        shown["error"] = str(uploads.reason_of(upload))
    return json.dumps(shown, ensure_ascii=False)


def _number(text: str | None, sentence: Any) -> int:
    given = text or ""
    if not (given.isascii() and given.isdigit() and len(given) <= DIGITS):
        raise Invalid(sentence)
    if int(given) > LARGEST_INTEGER:
        raise Invalid(sentence)
    return int(given)


def _metadata(header: str) -> dict[str, str]:
    """The pairs of a key and a value in base64, separated by commas."""
    if len(header) > METADATA_CHARS:
        raise Invalid(BAD_METADATA)
    pairs = [pair.strip().partition(" ") for pair in header.split(",") if pair.strip()]
    try:
        found = {key: base64.b64decode(value, validate=True).decode() for key, _space, value in pairs}
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Invalid(BAD_METADATA) from error
    if any("\0" in value for value in found.values()):
        raise Invalid(BAD_METADATA)
    return found
