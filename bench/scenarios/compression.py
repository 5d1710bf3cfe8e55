"""WebSocket messages with and without compression: bytes, and the server's processor time to send and receive."""

import asyncio
import time
import zlib
from collections.abc import Callable
from functools import partial
from typing import cast

import uvloop
from websockets.frames import Frame, Opcode

from bench.contenders import Contender
from bench.sample_frames import BODIES, changes, reaction, send_command, words
from bench.scenarios import Plan, Row, Scenario
from bench.servers import Bench, Server
from chat.live.compressible import CompressibleText
from chatproject.server.frames import compressed_frame, text_frame

MESSAGES = (1, 8, 64)
SOCKETS = 500
TIMEOUT_SECONDS = 20
CALLS = 5
COMPRESSED = 0x40
"""The reserved bit of a compressed frame."""

UPGRADE = (
    "GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extension}\r\n"
)


class Client(asyncio.Protocol):
    """Counts the bytes received after the handshake, and calls back once the expected number was received."""

    def __init__(self, upgrade: str) -> None:
        self.upgrade = upgrade
        self.is_open = asyncio.get_running_loop().create_future()
        self.on_all: Callable[[], None] = lambda: None
        self._head = b""
        self._awaited = self._came = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.upgrade.encode())

    def data_received(self, data: bytes) -> None:
        if self.is_open.done():
            self._came += len(data)
            if self._came >= self._awaited:
                self.on_all()
            return
        self._head += data
        if self._head.endswith(b"\r\n\r\n"):
            self.is_open.set_result(b"permessage-deflate" in self._head)

    def expect(self, size: int) -> None:
        """Restart the count, and wait for this many bytes."""
        self._came, self._awaited = 0, size


async def connect(port: int, path: str, *, compresses: bool) -> Client:
    """Connect a client and check whether the server agreed to compression."""
    extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if compresses else ""
    upgrade = UPGRADE.format(path=path, port=port, extension=extension)
    _, client = await asyncio.get_running_loop().create_connection(lambda: Client(upgrade), "127.0.0.1", port)
    if await asyncio.wait_for(client.is_open, TIMEOUT_SECONDS) is not compresses:
        raise RuntimeError("The server did not agree on compression")
    return client


def masked(text: str, *, compresses: bool) -> bytes:
    """A client's frame, compressed as browsers compress it."""
    if not compresses:
        return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    payload = (compressor.compress(text.encode()) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]
    frame = Frame(Opcode.TEXT, payload).serialize(mask=True)
    return bytes([frame[0] | COMPRESSED]) + frame[1:]


def made_in(make: Callable[[], bytes], seconds: float) -> float:
    """The shortest time of a call, because other programs can only lengthen it."""
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        for _ in range(CALLS):
            make()
        best = min(best, (time.perf_counter() - began) / CALLS)
    return best


def compress_uncached(text: str) -> bytes:
    """The compressed frame of a text, without the cached result."""
    return compressed_frame(CompressibleText(text))


def sizes(plan: Plan) -> list[Row]:
    """The size of a frame on the wire, and the time to build it once for all sockets."""
    frames = {f"{count} of {kind}": changes(count, body) for kind, body in BODIES.items() for count in MESSAGES}
    return [
        {
            "load": load,
            "messages": int(load.split()[0]),
            "bytes_plain": len(text_frame(text)),
            "bytes_compressed": len(compressed_frame(CompressibleText(text))),
            "made_plain": made_in(partial(text_frame, text), plan.seconds / 5),
            "made_compressed": made_in(partial(compress_uncached, text), plan.seconds / 5),
        }
        for load, text in (frames | {"1 reaction": reaction()}).items()
    ]


async def processor(server: Server, rounds: Callable[[], "asyncio.Future[None]"], frames: int, seconds: float) -> float:
    """The server's processor time per frame of a round."""
    await asyncio.wait_for(rounds(), TIMEOUT_SECONDS)
    before, done, until = server.cpu_seconds(), 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        await asyncio.wait_for(rounds(), TIMEOUT_SECONDS)
        done += frames
    return (server.cpu_seconds() - before) / done


async def fan_out(server: Server, messages: int, plan: Plan, *, compresses: bool) -> float:
    """Send a frame to every socket of a room."""
    text = changes(messages, words)
    size = len(compressed_frame(CompressibleText(text)) if compresses else text_frame(text))
    clients = [await connect(server.port, "room?compressible=yes", compresses=compresses) for _ in range(SOCKETS)]
    frame = masked(text, compresses=False)

    def once() -> "asyncio.Future[None]":
        all_came, missing = asyncio.get_running_loop().create_future(), SOCKETS

        def one_has_all() -> None:
            nonlocal missing
            missing -= 1
            if not missing:
                all_came.set_result(None)

        for client in clients:
            client.on_all = one_has_all
            client.expect(size)
        clients[0].transport.write(frame)
        return all_came

    try:
        return await processor(server, once, SOCKETS, plan.seconds)
    finally:
        for client in clients:
            client.transport.abort()
        await asyncio.sleep(0.2)


async def echo(server: Server, plan: Plan, *, compresses: bool) -> float:
    """Send client frames one at a time. The answer is the same uncompressed frame whether or not the client's was
    compressed."""
    text = send_command()
    frame, size = masked(text, compresses=compresses), len(text_frame(text))
    client = await connect(server.port, "echo", compresses=compresses)

    def once() -> "asyncio.Future[None]":
        came = asyncio.get_running_loop().create_future()
        client.on_all = lambda: came.set_result(None)
        client.expect(size)
        client.transport.write(frame)
        return came

    try:
        return await processor(server, once, 1, plan.seconds)
    finally:
        client.transport.abort()


async def load(server: Server, plan: Plan) -> list[Row]:
    """The rows of the server's work, with and without compression in turn."""
    rows: list[Row] = []
    for count in MESSAGES:
        plain = await fan_out(server, count, plan, compresses=False)
        compressed = await fan_out(server, count, plan, compresses=True)
        name = f"a frame of {count} to {SOCKETS} sockets"
        rows.append({"load": name, "processor_plain": plain, "processor_compressed": compressed})
    plain, compressed = await echo(server, plan, compresses=False), await echo(server, plan, compresses=True)
    return [*rows, {"load": "a command", "processor_plain": plain, "processor_compressed": compressed}]


def run(bench: Bench, contender: Contender, plan: Plan) -> list[Row]:
    """A row per sample frame, and one per kind of work of the server."""
    with bench.site(contender) as site:
        return sizes(plan) + uvloop.run(load(site.start(), plan))


SCENARIO = Scenario(name="compression", title="Compression on and off", contenders=("server",), run=run)
