"""The open browsers: a script in every page and a WebSocket that announces which files have changed."""

import asyncio
from pathlib import Path
from typing import Any, cast

from channels.security.websocket import OriginValidator

PREFIX = "/_dev/"
SCRIPT_PATH = f"{PREFIX}reload.js"
CHANGES_PATH = f"{PREFIX}changes"
SCRIPT_TAG = f'<script type="module" src="{SCRIPT_PATH}"></script>'.encode()
SCRIPT = Path(__file__).with_name("reload.js")

# A page of another site must not learn which files somebody works on.
LOCAL_HOSTS = ["localhost", "127.0.0.1"]


class Browsers:
    """The browsers that have a page open, as an ASGI application in front of the site's."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self._changes: Any = OriginValidator(cast("Any", self._connect), LOCAL_HOSTS)
        self._queues: set[asyncio.Queue[str]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer what is for the browsers here; the site answers everything else."""
        if scope["type"] == "websocket" and scope["path"] == CHANGES_PATH:
            await self._changes(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == SCRIPT_PATH:
            await respond(send, 200, b"text/javascript; charset=utf-8", SCRIPT.read_bytes())
        else:
            await self.site(scope, receive, send)

    def announce(self, change: str) -> None:
        """Send a change, `page` or `style PATH`, to every browser. Called in the thread of the event loop."""
        for queue in self._queues:
            queue.put_nowait(change)

    async def _connect(self, _scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._queues.add(queue)
        sending = asyncio.create_task(send_changes(queue, send))
        try:
            while (await receive())["type"] != "websocket.disconnect":
                pass  # the script in the page sends nothing
        finally:
            self._queues.discard(queue)
            sending.cancel()


async def send_changes(queue: "asyncio.Queue[str]", send: Any) -> None:
    """Send what arrives in the queue, until cancelled."""
    while True:
        await send({"type": "websocket.send", "text": await queue.get()})


async def respond(send: Any, status: int, content_type: bytes, body: bytes) -> None:
    """Send a whole HTTP response."""
    headers = [(b"content-type", content_type), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
