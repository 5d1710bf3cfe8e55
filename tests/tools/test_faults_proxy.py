"""faults.proxy: each condition of a network does what it says, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from faults.proxy import Network, Proxy

PATIENCE_SECONDS = 10.0


@dataclass
class Call:
    """One connection through the proxy to a server that sends back what it gets."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def echo(self, data: bytes) -> bytes:
        """Send something and wait for all of it to come back."""
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.reader.readexactly(len(data))

    async def end(self) -> bytes:
        """What still comes up to the end of the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.reader.read()


Dial = Callable[..., Awaitable[Call]]


class Echo:
    """The server behind a proxy."""

    def __init__(self) -> None:
        self.got = b""
        self.ended = asyncio.Event()
        self.serving: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            while data := await reader.read(65536):
                self.got += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.ended.set()
            writer.close()


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    made = await Proxy(server.sockets[0].getsockname()[1]).start()
    yield made
    await made.stop()
    server.close()
    await asyncio.gather(*echo.serving)


@pytest.fixture
async def call() -> AsyncIterator[Dial]:
    """Connects to a proxy, perhaps on a network of one's own."""
    calls: list[Call] = []

    async def dial(proxy: Proxy, network: Network | None = None) -> Call:
        caller = proxy.caller(network or Network())
        await asyncio.get_running_loop().sock_connect(caller, ("127.0.0.1", proxy.port))
        calls.append(Call(*await asyncio.open_connection(sock=caller)))
        return calls[-1]

    yield dial
    for one in calls:
        one.writer.transport.abort()
        with contextlib.suppress(OSError):
            await one.writer.wait_closed()


async def test_bytes_pass_unchanged_in_both_directions(call: Dial, proxy: Proxy) -> None:
    data = bytes(range(256)) * 4000
    assert await (await call(proxy)).echo(data) == data


async def test_a_cut_resets_links_and_refuses_new_ones_until_healed(call: Dial, proxy: Proxy) -> None:
    network = Network()
    first = await call(proxy, network)
    await first.echo(b"hello")
    network.cut()
    with pytest.raises(ConnectionResetError):
        await first.end()
    with pytest.raises(ConnectionResetError):
        await (await call(proxy, network)).end()
    network.heal()
    assert await (await call(proxy, network)).echo(b"again") == b"again"


async def test_a_network_concerns_only_those_who_are_on_it(call: Dial, proxy: Proxy) -> None:
    network = Network()
    other = await call(proxy)
    await (await call(proxy, network)).echo(b"hello")
    network.cut()
    assert await other.echo(b"still here") == b"still here"


async def test_a_half_open_link_passes_nothing_on_and_closes_neither_end(call: Dial, proxy: Proxy, echo: Echo) -> None:
    network = Network()
    lost = await call(proxy, network)
    await lost.echo(b"before")
    network.half_open()
    lost.writer.write(b"after")
    lost.writer.close()
    assert await (await call(proxy, network)).echo(b"others") == b"others"
    assert echo.got == b"beforeothers"
    assert not echo.ended.is_set()
    for link in list(network.links):
        link.reset()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await echo.ended.wait()


async def test_data_of_a_frozen_link_is_delivered_in_order_after_it_is_restored(
    call: Dial, proxy: Proxy, echo: Echo
) -> None:
    network = Network()
    slow = await call(proxy, network)
    await slow.echo(b"1")
    network.freeze()
    slow.writer.write(b"2")
    assert await (await call(proxy)).echo(b"x") == b"x"
    assert echo.got == b"1x"
    network.heal()
    assert await slow.echo(b"3") == b"2"
    assert await slow.reader.readexactly(1) == b"3"


async def test_latency_delays_each_way_and_keeps_the_order(call: Dial, proxy: Proxy) -> None:
    network = Network()
    far = await call(proxy, network)
    network.latency = 0.1
    loop = asyncio.get_running_loop()
    began = loop.time()
    data = bytes(range(256)) * 1000
    assert await far.echo(data) == data
    assert loop.time() - began >= 0.2
    network.heal()
    assert await far.echo(data) == data


async def test_a_throttled_link_passes_its_number_of_bytes_a_second(call: Dial, proxy: Proxy) -> None:
    network = Network()
    network.bytes_per_second = 100_000
    slow = await call(proxy, network)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await slow.echo(b"x" * 30_000)
    assert loop.time() - began >= 0.3


async def test_the_end_of_one_side_is_the_end_of_the_other(call: Dial, proxy: Proxy, echo: Echo) -> None:
    ending = await call(proxy)
    await ending.echo(b"hello")
    ending.writer.close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await echo.ended.wait()


async def test_a_reader_that_does_not_read_makes_the_sender_wait(call: Dial, proxy: Proxy) -> None:
    stuck = await call(proxy)
    stuck.writer.write(b"x" * 64 * 1024 * 1024)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await stuck.writer.drain()


async def test_a_call_to_nobody_is_reset(call: Dial) -> None:
    nobody = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = nobody.sockets[0].getsockname()[1]
    nobody.close()
    await nobody.wait_closed()
    away = await Proxy(port).start()
    with pytest.raises(ConnectionResetError):
        await (await call(away)).end()
    await away.stop()
