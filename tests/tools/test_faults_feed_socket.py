"""The connection of a client of bin/faults over HTTP: it gives the checker the same frames as a WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from faults.feed_socket import KINDS, FeedSocket
from tests.harness.inprocess import turns, until

pytestmark = pytest.mark.once

Frames = list[dict[str, Any]]


class FakeServer:
    """Answers each request for events with the next of these lists of frames, and holds streams open."""

    def __init__(self, *answers: Frames) -> None:
        self.answers = list(answers)
        self.asked: Frames = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r")[0])
        self.asked.append(json.loads(await reader.readexactly(length)))
        frames = self.answers.pop(0) if self.answers else []
        cursor = f"cursor {len(self.asked)}"
        if "accept: application/json" in head:
            body = json.dumps({"frames": frames, "cursor": cursor}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            writer.close()
            return
        if "event-stream" in head:
            text = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames) + f"id: {cursor}\n\n"
        else:
            text = "".join(f"{json.dumps(frame)}\n" for frame in [*frames, {"type": "cursor", "cursor": cursor}])
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n%x\r\n%s\r\n" % (len(text.encode()), text.encode()))


Open = Callable[..., Any]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Connects a client of a kind to such a server; returns the client, the server and the frames of the client."""
    running: list[tuple[asyncio.Server, FakeServer, FeedSocket]] = []

    async def connect(kind: str, *answers: Frames) -> tuple[FeedSocket, FakeServer, Frames]:
        fake = FakeServer(*answers)
        server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        frames: Frames = []
        client = FeedSocket(
            kind,
            1,
            cookie="sessionid=x",
            dial=lambda: asyncio.open_connection("127.0.0.1", port),
            received=lambda _client, text: frames.append(json.loads(text)),
        )
        running.append((server, fake, client))
        return client, fake, frames

    yield connect
    for server, fake, client in running:
        client.drop()
        for writer in fake.writers:
            writer.close()
        server.close()
        await turns()


def hello(*rooms: int, **more: Any) -> dict[str, Any]:
    return {"type": "hello", "rooms": list(rooms), "user": {"id": 7, "name": "Mina"}, **more}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_hello_that_comes_again_says_what_changed_between_two_requests(opened: Open, kind: str) -> None:
    renamed = {"id": 7, "name": "Mina Kim"}
    rooms = {"type": "rooms", "rooms": [{"id": 1}, {"id": 3}], "more": False}
    client, _server, frames = await opened(
        kind,
        [hello(1, 2), {"type": "rooms", "rooms": [{"id": 1}, {"id": 2}], "more": False}],
        [hello(1, 3, user=renamed), rooms],
    )
    await until(lambda: len(frames) >= 2)
    client.send(json.dumps({"type": "open", "ref": 1, "room": 1}))
    await until(lambda: len(frames) >= 6)
    assert frames[2:6] == [
        {"type": "room_removed", "room": 2, "reason": "removed"},
        {"type": "user", "user": renamed},
        {"type": "room", "room": {"id": 3}},
        rooms,
    ]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_next_request_continues_from_the_cursor_with_the_commands_that_were_not_answered(
    opened: Open, kind: str
) -> None:
    client, server, frames = await opened(kind, [hello(1)], [], [])
    await until(lambda: frames)
    client.send(json.dumps({"type": "open", "ref": 1, "room": 1}))
    await until(lambda: [asked for asked in server.asked if asked.get("commands")])
    asked = next(asked for asked in server.asked if asked.get("commands"))
    assert asked["commands"] == [{"type": "open", "ref": 1, "room": 1}]
    assert asked["cursor"].startswith("cursor ")
    waits = {"long-polling": 20, "polling": 0}
    assert asked.get("wait") == waits.get(kind)
