"""Serves files, after looking up whether the person may read them now."""

import re
import uuid
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings

from api.callers import Caller, authenticated
from api.requests import Request
from chat.live.token_commands import require_scope
from chat.models.token import Scope
from chat.protocol.errors import NotFound
from files.models import Attachment
from files.services.uploads import require_within
from files.storage import Variant, size_of, stored_name
from files.threads import in_reading_thread
from files.web.answers import FileResponse
from files.web.ranges import asked_span
from files.web.reading import Reading

INLINE = frozenset(
    {
        *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"),
        *("video/mp4", "video/webm", "video/quicktime", "video/ogg"),
        *("audio/mpeg", "audio/mp4", "audio/ogg", "audio/webm", "audio/wav", "audio/x-wav", "audio/flac", "audio/aac"),
        *("application/pdf",),
    }
)
"""Types that a browser shows, as they were found by content. It saves all others."""

THUMBNAIL_TYPE = "image/webp"
UNKNOWN = "application/octet-stream"
SECONDS = 300
"""How long a browser may show a file again without asking whether the person may still read it."""

IN_A_TOKEN = re.compile(r"[^A-Za-z0-9!#$&+.^_`|~ -]")
"""What an old client could not read in the simple form of a name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file or thumbnail that may be read."""

    file: Attachment
    stored: str
    size: int
    type: str
    etag: str


async def download(request: Request, *, file: uuid.UUID, variant: Variant = Variant.ORIGINAL) -> FileResponse:
    """Answer with a file or a part of it. Raises NotFound for people who may not read it."""
    caller = await authenticated(request)
    require_scope(caller.scopes, Scope.READ)
    found = await in_reading_thread(_find, caller, file, variant)
    headers = _headers(found, variant, is_download="download" in request.django.GET)
    if found.etag in _tags(request.header("If-None-Match")):
        return FileResponse(headers, 304)
    span = asked_span(request.header("Range"), request.header("If-Range"), size=found.size, etag=found.etag)
    if span is None:
        return FileResponse({**headers, "Content-Range": f"bytes */{found.size}", "Content-Length": "0"}, 416)
    if settings.FILES_ACCEL_LOCATION:  # nginx reads the header Range itself
        return FileResponse({**headers, "X-Accel-Redirect": f"{settings.FILES_ACCEL_LOCATION}{found.stored}"})
    if not span.is_all:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{found.size}"
    headers["Content-Length"] = str(span.length)
    body = None if request.method == "HEAD" else await Reading.begin(caller.user.pk, found.stored, span)
    return FileResponse(headers, 200 if span.is_all else 206, body)


def _find(caller: Caller, file: uuid.UUID, variant: Variant) -> Found:
    ready = Attachment.objects.filter(pk=file, state=Attachment.State.READY)
    attachment = ready.readable_by(caller.user).first() or ready.reviewable_by(caller.user).first()
    if attachment is None or (variant and not attachment.facts.get(variant.value)):
        raise NotFound
    require_within(attachment.room_id, caller.rooms)
    stored = stored_name(file, variant)
    size = size_of(stored)
    if size is None:
        raise NotFound
    media_type = THUMBNAIL_TYPE if variant else attachment.type
    return Found(attachment, stored, size, media_type, f'"{attachment.digest[:32]}{variant}"')


def _headers(found: Found, variant: Variant, *, is_download: bool) -> dict[str, str]:
    is_inline = found.type in INLINE and not is_download
    return {
        "Content-Type": found.type if found.type in INLINE else UNKNOWN,
        "Content-Disposition": disposition(found.file.name, is_inline=is_inline),
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
        "Cache-Control": f"private, max-age={SECONDS if variant else 0}",
        "Accept-Ranges": "bytes",
        "ETag": found.etag,
        "Vary": "Authorization, Cookie",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def disposition(name: str, *, is_inline: bool) -> str:
    """The header Content-Disposition: with a name in any script (RFC 8187), and one in ASCII for old clients."""
    simple = IN_A_TOKEN.sub("_", name)
    return f"{'inline' if is_inline else 'attachment'}; filename=\"{simple}\"; filename*=UTF-8''{quote(name, safe='')}"


def _tags(header: str | None) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in (header or "")[:1_000].split(",")}
