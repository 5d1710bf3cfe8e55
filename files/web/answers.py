"""Answers whose body may be a stored file."""

import asyncio
from dataclasses import dataclass

from django.conf import settings

from api.requests import SAFE, Receive, Response, Send, encoded
from files.web.reading import Reading


@dataclass(slots=True)
class FileResponse:
    """An answer whose body is read while it is sent."""

    headers: dict[str, str]
    status: int = 200
    body: Reading | None = None
    """None for an answer to HEAD, and one without a body."""

    async def send(self, send: Send, receive: Receive) -> None:
        """Send it, piece by piece: as fast as the client reads, and only as long as it is there."""
        try:
            await send({"type": "http.response.start", "status": self.status, "headers": encoded(self._all_headers())})
            if self.body is not None:
                await _send_body(self.body, send, receive)
            await send({"type": "http.response.body", "body": b""})
        finally:
            if self.body is not None:
                await self.body.close()

    def _all_headers(self) -> dict[str, str]:
        headers = {**SAFE, **self.headers}
        if settings.SECURE_HSTS_SECONDS:
            headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        return headers


async def _send_body(body: Reading, send: Send, receive: Receive) -> None:
    gone = asyncio.ensure_future(_wait_until_gone(receive))
    try:
        async for piece in body.pieces():
            if gone.done():
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


Answer = Response | FileResponse
