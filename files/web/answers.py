"""Answers whose body may be a stored file."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from django.conf import settings

from api.requests import SAFE, Response, Send, encoded


@dataclass(slots=True)
class FileResponse:
    """An answer whose body is read while it is sent."""

    headers: dict[str, str]
    status: int = 200
    pieces: AsyncGenerator[bytes, None] | None = field(default=None)
    """None for an answer to HEAD, and one without a body."""

    async def send(self, send: Send) -> None:
        """Send it, piece by piece; a reader that stops reading stops this as well."""
        headers = {**SAFE, **self.headers}
        if settings.SECURE_HSTS_SECONDS:
            headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        await send({"type": "http.response.start", "status": self.status, "headers": encoded(headers)})
        if self.pieces is not None:
            async with aclosing(self.pieces) as pieces:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


Answer = Response | FileResponse
