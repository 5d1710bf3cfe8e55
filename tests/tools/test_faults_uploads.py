"""faults.uploads: an upload that goes on after failures, and notices what the server must not do."""

import asyncio
import random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from faults.client import Client
from faults.uploads import GivenUpError, Upload, Uploader

pytestmark = pytest.mark.once

CONTENT = bytes(range(256)) * 4_000


class FakeServer:
    """Takes uploads, and loses what was acknowledged, refuses, or hangs up, as it is told."""

    def __init__(self, *, loses: int = 0, refuses: int = 0, hangs_up: int = 0) -> None:
        self.content = b""
        self._loses, self._refuses, self._hangs_up = loses, refuses, hangs_up

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(headers["Content-Length"]))
        writer.write(self._answer(head.split(" ")[0], headers, body))
        writer.close()

    def _answer(self, method: str, headers: dict[str, str], body: bytes) -> bytes:
        if method == "POST":
            return _answer(201, '{"id": "file"}')
        if method == "GET":
            return _answer(200, '{"state": "ready"}')
        if method == "PATCH" and self._refuses:
            return _answer(self._refuses)
        if method == "PATCH" and int(headers["Upload-Offset"]) != len(self.content):
            return _answer(409)
        self.content += body
        if method == "PATCH" and self._hangs_up:
            self._hangs_up -= 1
            return b""
        offset = len(self.content)
        if self._loses and method == "PATCH" and self.content:
            self.content, self._loses = self.content[: -self._loses], 0
        return _answer(204, offset=offset)


def _answer(status: int, body: str = "", offset: int = 0) -> bytes:
    return f"HTTP/1.1 {status} X\r\nupload-offset: {offset}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


async def uploaded(server: FakeServer) -> Upload:
    """A file that was uploaded to this server."""
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    site: Any = SimpleNamespace(listening=lambda: [None])
    client: Any = SimpleNamespace(
        rng=random.Random(1), site=site, cookie="", dial=lambda _node: asyncio.open_connection("127.0.0.1", port)
    )
    upload = Upload("name", CONTENT)
    try:
        await Uploader(cast("Client", client)).upload(upload, 1)
    finally:
        listening.close()
    return upload


async def test_an_upload_goes_on_where_the_server_says_after_a_cut_connection() -> None:
    server = FakeServer(hangs_up=2)
    upload = await uploaded(server)
    assert (upload.faults, upload.is_ready, server.content == CONTENT) == ([], True, True)


async def test_a_server_that_loses_what_it_acknowledged_is_noticed() -> None:
    server = FakeServer(loses=5)
    upload = await uploaded(server)
    assert len(upload.faults) == 1
    assert "were acknowledged" in upload.faults[0]


async def test_a_server_that_refuses_for_good_is_not_asked_again() -> None:
    with pytest.raises(GivenUpError, match="403"):
        await uploaded(FakeServer(refuses=403))
