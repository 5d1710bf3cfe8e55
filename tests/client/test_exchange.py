"""client.exchange: requests over a slow network, and answers that are not whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from client.exchange import PIECE_BYTES, Exchange

pytestmark = pytest.mark.once

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Connected = Callable[[Serve], Awaitable[Exchange]]

BODY = b"0123456789" * PIECE_BYTES


@pytest.fixture
async def connected() -> AsyncIterator[Connected]:
    """Connects to a server that does this after each request."""
    servers: list[asyncio.Server] = []

    async def connect(serve: Serve) -> Exchange:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        servers.append(server)
        return Exchange(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {})

    yield connect
    for server in servers:
        server.close()


@pytest.mark.parametrize("chunked", [False, True])
async def test_what_has_arrived_of_a_body_is_given_before_the_rest_of_it(connected: Connected, chunked: bool) -> None:
    """A network is silent only if nothing arrives: of a slow one, each piece counts."""
    given = asyncio.Event()
    framing = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % len(BODY)

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before, after = (b"%x\r\n" % len(BODY), b"\r\n0\r\n\r\n") if chunked else (b"", b"")
        writer.write(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + before + BODY[:100])
        await given.wait()
        writer.write(BODY[100:] + after)
        await writer.drain()

    exchange = await connected(serve)
    found = bytearray()
    async with exchange.answer("/") as answer:
        async for piece in exchange.pieces(answer, silence=30.0):
            found += piece
            given.set()
    assert bytes(found) == BODY


@pytest.mark.parametrize("body", [b"content-length: 9\r\n\r\n1234", b"transfer-encoding: chunked\r\n\r\n9\r\n1234"])
async def test_a_body_that_ends_early_is_an_error(connected: Connected, body: bytes) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + body)

    exchange = await connected(serve)
    with pytest.raises(ConnectionError, match="not whole"):
        await exchange.ask("/")


async def test_texts_are_sent_in_utf_8_which_is_half_as_long_as_escapes(connected: Connected) -> None:
    arrived: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.readexactly(len('{"body":"안녕"}'.encode())))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    exchange = await connected(serve)
    assert (await exchange.ask("/", {"body": "안녕"})).status == 204
    assert arrived == ['{"body":"안녕"}'.encode()]
