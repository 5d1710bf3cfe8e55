"""chatproject.server.websocket: permessage-deflate."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Close, CloseCode, Frame, Opcode

from chat.protocol.errors import CloseCode as ChatCloseCode
from chat.protocol.limits import FRAME_BYTES
from tests.harness.raw_client import OFFER, RawClient, Recorder
from tests.harness.server_process import Probe
from tests.harness.waiting import until
from tests.system.conftest import StartProbe

pytestmark = pytest.mark.once

TEXT = "나는 오늘 room 안에서 " * 60


@pytest.fixture(scope="module")
def shared_probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    """A probe that the tests of this module do no harm."""
    probe = Probe(tmp_path_factory.mktemp("probe")).start()
    yield probe
    probe.kill()


def client_of(probe: Probe, path: str, *, offers: bool = True) -> RawClient:
    return RawClient(probe.socket_url(path), extensions=[OFFER] if offers else [])


@contextmanager
def recorded(probe: Probe, path: str) -> Iterator[tuple[RawClient, Recorder]]:
    """A client that agreed on compression with the probe."""
    with client_of(probe, path) as client:
        yield client, Recorder.of(client)


def send_frame(
    client: RawClient, payload: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True, reserved: int = 0x40
) -> None:
    """Send a frame with these reserved bits, whatever the extension would make of it."""
    frame = Frame(opcode, payload, fin=fin).serialize(mask=True)
    client.socket.sendall(bytes([frame[0] | reserved]) + frame[1:])


def compressed(text: str | bytes) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    compressor = zlib.compressobj(9, wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def read_text(client: RawClient) -> str:
    """The next frame, as text."""
    return read_bytes(client).decode()


def read_bytes(client: RawClient) -> bytes:
    """The payload of the next frame."""
    while not client.received:
        assert client.read(65536)
    return bytes(client.received.pop(0).data)


def close_code(client: RawClient) -> int:
    """The code with which the server closes the socket; 1006 if it only ends the connection."""
    client.read_to_any_end()
    codes = [Close.parse(frame.data).code for frame in client.received if frame.opcode is Opcode.CLOSE]
    return codes[0] if codes else CloseCode.ABNORMAL_CLOSURE


# --- negotiation ------------------------------------------------------------------------------------------------------


async def test_a_client_that_offers_nothing_gets_no_extension(probe: Probe) -> None:
    async with connect(probe.socket_url("echo?compressible=yes"), compression=None) as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers
        await client.send(TEXT)
        assert await client.recv() == TEXT


@pytest.mark.parametrize("server_bits", [None, *range(8, 16)])
@pytest.mark.parametrize("client_bits", [None, True, 9, 15])
async def test_texts_are_exchanged_whatever_windows_a_client_offers(
    shared_probe: Probe, server_bits: int | None, client_bits: Any
) -> None:
    offer = ClientPerMessageDeflateFactory(server_max_window_bits=server_bits, client_max_window_bits=client_bits)
    url = shared_probe.socket_url("echo?compressible=yes")
    async with connect(url, compression=None, extensions=[offer]) as client:
        is_agreed = server_bits is None or server_bits >= 12
        assert len(client.protocol.extensions) == is_agreed
        for text in ("", "a", TEXT, "x" * FRAME_BYTES):
            await client.send(text)
            assert await client.recv() == text


async def test_an_invalid_offer_is_declined_and_the_connection_stays_open(probe: Probe) -> None:
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=99"}
    async with connect(probe.socket_url("echo"), compression=None, additional_headers=offer) as client:
        await client.send(TEXT)
        assert await client.recv() == TEXT


async def test_the_setting_declines_all_offers(start_probe: StartProbe) -> None:
    probe = start_probe(WEBSOCKET_COMPRESSION="false")
    async with connect(probe.socket_url("echo?compressible=yes")) as client:
        assert client.protocol.extensions == []
        await client.send(TEXT)
        assert await client.recv() == TEXT


async def test_where_messages_have_no_maximum_size_offers_are_declined(start_probe: StartProbe) -> None:
    probe = start_probe("--websocket-max-message-size", "0")
    async with connect(probe.socket_url("echo")) as client:
        assert client.protocol.extensions == []


# --- what the server sends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["send", "now"])
def test_only_texts_that_are_marked_for_it_are_compressed(probe: Probe, way: str) -> None:
    for path, is_compressed in (("echo?compressible=yes", True), ("echo?compressible=no", False)):
        with recorded(probe, f"{path}&way={way}") as (client, recorder):
            client.send(TEXT)
            assert read_text(client) == TEXT
            assert recorder.were_compressed == [(Opcode.TEXT, is_compressed)]


def test_control_frames_are_never_compressed(probe: Probe) -> None:
    with recorded(probe, "echo?compressible=yes") as (client, recorder):
        client.ping(b"x" * 125)
        assert read_bytes(client) == b"x" * 125
        client.protocol.send_close(1000)
        client.flush()
        client.read_to_any_end()
        assert recorder.were_compressed == [(Opcode.PONG, False), (Opcode.CLOSE, False)]


def test_clients_with_and_without_compression_get_the_same_texts_in_the_same_order(probe: Probe) -> None:
    with (
        recorded(probe, "room?compressible=yes") as (client, recorder),
        client_of(probe, "room?compressible=yes", offers=False) as plain,
    ):
        until(lambda: probe.get("stats")["room"] == 2)
        texts = [f"{number} {TEXT}" for number in range(20)]
        for text in texts:
            plain.send(text)
        assert [read_text(client) for _ in texts] == texts
        assert [read_text(plain) for _ in texts] == texts
        assert {is_compressed for _, is_compressed in recorder.were_compressed} == {True}


# --- what clients send ------------------------------------------------------------------------------------------------


def test_fragments_of_a_compressed_message_are_put_together(probe: Probe) -> None:
    with client_of(probe, "echo") as client:
        payload = compressed(TEXT)
        for _ in range(2):  # the second proves that nothing is left of the first
            send_frame(client, payload[:10], fin=False)
            client.ping(b"between")
            send_frame(client, b"", Opcode.CONT, fin=False, reserved=0)
            send_frame(client, payload[10:], Opcode.CONT, reserved=0)
            assert read_text(client) == "between"
            assert read_text(client) == TEXT


def test_a_compressed_frame_that_arrives_byte_by_byte_is_read(probe: Probe) -> None:
    with client_of(probe, "echo") as client:
        frame = Frame(Opcode.TEXT, compressed(TEXT)).serialize(mask=True)
        for byte in bytes([frame[0] | 0x40]) + frame[1:]:
            client.socket.sendall(bytes([byte]))
        assert read_text(client) == TEXT


def test_compressed_and_plain_messages_may_be_mixed(probe: Probe) -> None:
    with client_of(probe, "echo") as client:
        for number in range(6):
            text = f"{number} {TEXT}"
            if number % 2:
                send_frame(client, compressed(text))
            else:
                send_frame(client, text.encode(), reserved=0)
            assert read_text(client) == text


def test_a_compressed_binary_message_is_read(probe: Probe) -> None:
    with client_of(probe, "echo") as client:
        send_frame(client, compressed(b"\x00\xff" * 100), Opcode.BINARY)
        assert read_bytes(client) == b"\x00\xff" * 100


@pytest.mark.parametrize("parts", [1, 3])
def test_a_message_that_inflates_to_the_limit_passes_and_a_byte_more_is_refused(probe: Probe, parts: int) -> None:
    with client_of(probe, "echo") as client:
        for size in (FRAME_BYTES, FRAME_BYTES + 1):
            payload = compressed("x" * size)
            step = len(payload) // parts + 1
            for start in range(0, len(payload), step):
                is_first, is_last = start == 0, start + step >= len(payload)
                opcode = Opcode.TEXT if is_first else Opcode.CONT
                send_frame(client, payload[start : start + step], opcode, fin=is_last, reserved=0x40 if is_first else 0)
            if size == FRAME_BYTES:
                assert read_text(client) == "x" * size
        assert close_code(client) == ChatCloseCode.FRAME_TOO_LARGE
    assert until(lambda: probe.get("stats")["disconnects"]) == 1
    assert probe.get("stats")["received"] == 1


def test_bombs_take_no_memory(probe: Probe) -> None:
    bomb = compressed(bytes(60_000_000))
    assert len(bomb) < FRAME_BYTES
    before = probe.get("stats")["resident_bytes"]
    for _ in range(20):
        with client_of(probe, "echo") as client:
            send_frame(client, bomb)
            assert close_code(client) == ChatCloseCode.FRAME_TOO_LARGE
    assert probe.get("stats")["resident_bytes"] - before < 10_000_000
    assert probe.get("stats")["received"] == 0
    assert probe.output() == ""


def test_a_flood_of_frames_that_inflate_a_thousandfold_waits_until_the_application_receives(probe: Probe) -> None:
    with client_of(probe, "paused") as client:
        frame = Frame(Opcode.TEXT, compressed("x" * 60_000)).serialize(mask=True)
        client.socket.sendall((bytes([frame[0] | 0x40]) + frame[1:]) * 500)
        assert until(lambda: probe.get("stats")["waiting"]) <= 3
        probe.get("resume")
        for _ in range(500):
            assert len(read_text(client)) == 60_000


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\xff" * 20, CloseCode.INVALID_DATA),
        (compressed(TEXT)[:-20], CloseCode.INVALID_DATA),
        (compressed(b"\xff is no UTF-8"), CloseCode.INVALID_DATA),
    ],
    ids=["corrupt", "cut off", "not UTF-8"],
)
def test_a_malformed_message_ends_its_connection_alone(shared_probe: Probe, payload: bytes, code: int) -> None:
    with client_of(shared_probe, "echo") as other, client_of(shared_probe, "echo") as client:
        send_frame(client, payload)
        assert close_code(client) in (code, CloseCode.ABNORMAL_CLOSURE)
        other.send(TEXT)
        assert read_text(other) == TEXT


@pytest.mark.parametrize(
    ("opcode", "reserved", "offers"),
    [
        (Opcode.TEXT, 0x40, False),
        (Opcode.TEXT, 0x20, True),
        (Opcode.TEXT, 0x50, True),
        (Opcode.PING, 0x40, True),
        (Opcode.CLOSE, 0x40, True),
        (Opcode.CONT, 0x40, True),
    ],
)
def test_reserved_bits_without_meaning_end_the_connection(
    shared_probe: Probe, opcode: Opcode, reserved: int, offers: bool
) -> None:
    with client_of(shared_probe, "echo", offers=offers) as client:
        if opcode is Opcode.CONT:
            send_frame(client, compressed(TEXT), fin=False)
        received = shared_probe.get("stats")["received"]
        send_frame(client, compressed(TEXT)[:100], opcode, reserved=reserved)
        assert close_code(client) in (CloseCode.PROTOCOL_ERROR, CloseCode.ABNORMAL_CLOSURE)
        assert shared_probe.get("stats")["received"] == received


def test_idle_connections_keep_no_compressor(start_probe: StartProbe) -> None:
    probe = start_probe()
    clients = [client_of(probe, "echo?compressible=yes") for _ in range(100)]
    try:
        before = probe.get("stats")["resident_bytes"]
        for client in clients:
            payload = compressed(os.urandom(500).hex())
            send_frame(client, payload[:100], fin=False)
            send_frame(client, payload[100:], Opcode.CONT, reserved=0)
            read_text(client)
        assert (probe.get("stats")["resident_bytes"] - before) / len(clients) < 20_000
    finally:
        for client in clients:
            client.socket.close()
