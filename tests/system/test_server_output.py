"""chatproject.server.websocket and backpressure, on the way out."""

import asyncio
import contextlib
import json
import random
import socket
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Opcode
from websockets.protocol import State

from tests.harness.certificate import make_certificate
from tests.harness.probe import script
from tests.harness.raw_client import RawClient
from tests.harness.server_process import Probe
from tests.harness.services import free_port
from tests.harness.waiting import until, until_steady
from tests.system.conftest import StartProbe

pytestmark = pytest.mark.once

MEGABYTE = 1024 * 1024
SEEDS = [1, 2, 3]
DATA = (Opcode.TEXT, Opcode.BINARY)


def read_slowly(client: RawClient, seed: int) -> list[bytes]:
    """Read a script to its end in pieces of all sizes, pinging all the while; the payloads of the pings."""
    rng = random.Random(seed)
    pings: list[bytes] = []
    while client.read(rng.choice((1, 100, 3000, 70_000))):
        if client.protocol.state is State.OPEN and len(pings) < 200 and rng.random() < 0.2:
            pings.append(str(len(pings)).encode())
            client.ping(pings[-1])
    return pings


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("way", ["send", "now"])
@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_a_slow_reader_gets_every_frame_whole_and_in_order(
    start_probe: StartProbe, tmp_path: Path, kind: str, way: str, seed: int
) -> None:
    path = str(tmp_path / "socket")
    probe = start_probe("-u", path) if kind == "unix" else start_probe()
    unix_path = path if kind == "unix" else None
    with RawClient(
        probe.socket_url(f"script?seed={seed}&way={way}"), receive_buffer=4096, unix_path=unix_path
    ) as client:
        pings = read_slowly(client, seed)
    messages = [bytes(frame.data).decode() for frame in client.received if frame.opcode in DATA]
    pongs = [bytes(frame.data) for frame in client.received if frame.opcode is Opcode.PONG]
    closes = [Close.parse(frame.data) for frame in client.received if frame.opcode is Opcode.CLOSE]
    assert messages == script(seed)
    assert pongs == pings[: len(pongs)]
    assert pongs
    assert [close.code for close in closes] == [4000]


async def test_a_text_for_two_hundred_sockets_reaches_each_once_and_in_order(probe: Probe) -> None:
    texts = [f"{number} " + "방" * (number % 300) for number in range(100)]
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connect(probe.socket_url("room"))) for _ in range(200)]
        for text in texts:
            await clients[0].send(text)
        for client in clients:
            assert [await client.recv() for _ in texts] == texts
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.recv(), 0)
    assert probe.get("stats")["suspended"] == 0


async def test_over_tls_order_and_backpressure_are_the_same(start_probe: StartProbe, tmp_path: Path) -> None:
    key, certificate = make_certificate(tmp_path)
    port = free_port()
    probe = start_probe("-e", f"ssl:port={port}:interface=127.0.0.1:privateKey={key}:certKey={certificate}")
    trust = ssl.create_default_context(cafile=certificate)
    trust.check_hostname = False
    address = f"wss://127.0.0.1:{port}"
    received = []
    async with connect(f"{address}/script?seed=1", ssl=trust, max_size=None, max_queue=1) as client:
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await client.recv()
                received.append(message if isinstance(message, str) else message.decode())
                await asyncio.to_thread(probe.get, "readyz")  # takes a while
    assert received == script(1)
    # The kernel would let its buffer grow to tens of megabytes.
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    small.connect(("127.0.0.1", port))
    flood = f"{address}/flood?megabytes=200"
    async with connect(flood, sock=small, ssl=trust, max_size=None, max_queue=1) as client:
        assert await asyncio.to_thread(until_steady, lambda: probe.get("stats")["flooded"]) < 20
        client.transport.abort()
        assert await asyncio.to_thread(until, lambda: probe.get("stats")["flooded"] == 200)


def test_a_reader_that_does_not_read_uses_little_memory_and_gets_everything_when_it_reads(probe: Probe) -> None:
    before = probe.get("stats")["resident_bytes"]
    with RawClient(probe.socket_url("flood?megabytes=200"), receive_buffer=65536) as client:
        sent = until_steady(lambda: probe.get("stats")["flooded"])
        assert sent < 20
        assert probe.get("stats")["resident_bytes"] - before < 20 * MEGABYTE
        received = 0
        while data := client.socket.recv(MEGABYTE):
            received += len(data)
            if received >= 200 * MEGABYTE:
                break
    assert until(lambda: probe.get("stats")["flooded"] == 200)


def test_a_stuck_socket_delays_no_other(probe: Probe) -> None:
    with RawClient(probe.socket_url("room"), receive_buffer=4096), RawClient(probe.socket_url("room")) as reader:
        for _ in range(100):
            reader.send("x" * 60_000)
            while len(reader.received) == 0:
                reader.read(65536)
            assert reader.received.pop().data == b"x" * 60_000
        assert probe.get("stats")["suspended"] > 0


def test_a_sender_that_waits_goes_on_when_the_reader_is_gone(probe: Probe) -> None:
    before = probe.get("stats")["resident_bytes"]
    with RawClient(probe.socket_url("flood?megabytes=200"), receive_buffer=65536):
        assert until_steady(lambda: probe.get("stats")["flooded"]) < 20
    assert until(lambda: probe.get("stats")["flooded"] == 200)
    assert probe.get("stats")["resident_bytes"] - before < 20 * MEGABYTE
    assert probe.output() == ""


def test_a_download_waits_for_its_reader(probe: Probe) -> None:
    before = probe.get("stats")["resident_bytes"]
    with socket.create_connection(("127.0.0.1", probe.port)) as reader:
        reader.sendall(b"GET /stream?megabytes=100 HTTP/1.0\r\n\r\n")
        assert until_steady(lambda: probe.get("stats")["flooded"]) < 20
        assert probe.get("stats")["resident_bytes"] - before < 20 * MEGABYTE
        head, _, body = reader.recv(65536).partition(b"\r\n\r\n")
        size = len(body)
        while data := reader.recv(MEGABYTE):
            size += len(data)
    assert head.startswith(b"HTTP/1.0 200")
    assert size == 100 * MEGABYTE + len(json.dumps({}))
    assert probe.output() == ""


def test_a_download_ends_when_its_reader_is_gone(probe: Probe) -> None:
    with socket.create_connection(("127.0.0.1", probe.port)) as reader:
        reader.sendall(b"GET /stream?megabytes=100 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert until_steady(lambda: probe.get("stats")["flooded"]) < 20
    assert until(lambda: probe.get("stats")["flooded"] == 100)
    assert probe.output() == ""


async def test_what_is_sent_after_a_close_is_ignored_silently(probe: Probe) -> None:
    async with connect(probe.socket_url("close?code=4401")) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert until(lambda: probe.get("stats")["codes"]) == [4401]
    assert probe.output() == ""


def test_a_peer_that_neither_reads_nor_leaves_is_dropped_after_its_close(probe: Probe) -> None:
    with RawClient(probe.socket_url("flood?megabytes=200"), receive_buffer=4096) as client:
        assert until_steady(lambda: probe.get("stats")["flooded"]) < 20
        client.protocol.send_close(1000)
        client.flush()
        assert until(lambda: probe.get("stats")["flooded"] == 200)
    assert probe.output() == ""
