"""chatproject.server.websocket, on the way in."""

import threading

import pytest
from websockets.asyncio.client import connect

from tests.harness.raw_client import RawClient
from tests.harness.server_process import Probe
from tests.harness.waiting import until, until_steady
from tests.system.conftest import StartProbe

pytestmark = pytest.mark.once

MEGABYTE = 1024 * 1024
ANY_SIZE = ("--websocket-max-message-size", "0", "--websocket-max-frame-size", "0")
TINY = 50_000
LARGE = 200


def send_all(client: RawClient, texts: list[str]) -> threading.Thread:
    """Send from a thread of its own, since the server may not take it all."""
    client.socket.settimeout(None)

    def run() -> None:
        for text in texts:
            client.protocol.send_text(text.encode())
        client.flush()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def read_texts(client: RawClient, count: int) -> list[str]:
    while len(client.received) < count:
        assert client.read(65536)
    return [bytes(frame.data).decode() for frame in client.received]


def test_a_flood_of_tiny_messages_waits_outside_until_the_application_receives(probe: Probe) -> None:
    texts = [str(number) for number in range(TINY)]
    with RawClient(probe.socket_url("paused")) as client:
        sender = send_all(client, texts)
        assert until_steady(lambda: probe.get("stats")["waiting"]) == 32
        probe.get("resume")
        assert read_texts(client, TINY) == texts
        sender.join()
        assert probe.get("stats")["waiting"] == 0
    assert probe.output() == ""


def test_a_flood_of_large_messages_is_not_read_until_the_application_receives(start_probe: StartProbe) -> None:
    probe = start_probe(*ANY_SIZE)
    texts = [f"{number} " + "x" * 500_000 for number in range(LARGE)]
    before = probe.get("stats")["resident_bytes"]
    with RawClient(probe.socket_url("paused")) as client:
        sender = send_all(client, texts)
        assert until_steady(lambda: probe.get("stats")["waiting"]) == 1
        assert probe.get("stats")["resident_bytes"] - before < 10 * MEGABYTE
        assert sender.is_alive()
        probe.get("resume")
        assert read_texts(client, LARGE) == texts
        sender.join()


def test_a_connection_whose_application_does_not_receive_is_not_closed_as_dead(start_probe: StartProbe) -> None:
    probe = start_probe("--ping-interval", "1", "--ping-timeout", "2")
    texts = [str(number) for number in range(100)]
    with RawClient(probe.socket_url("paused")) as waiting, RawClient(probe.socket_url("echo")):
        for text in texts:
            waiting.send(text)
        # The other client answers no ping and is closed after the timeout, which must not close the first.
        assert until(lambda: probe.get("stats")["codes"]) == [1006]
        probe.get("resume")
        assert read_texts(waiting, len(texts)) == texts


async def test_texts_of_all_sizes_and_in_fragments_are_received_whole(start_probe: StartProbe) -> None:
    probe = start_probe(*ANY_SIZE)
    async with connect(probe.socket_url("echo")) as client:
        for text in ("a", "", "방", "x" * 70_000):
            await client.send(text)
            assert await client.recv() == text
        await client.send(["in ", "three ", "parts"])
        assert await client.recv() == "in three parts"
        await client.send(b"\x00\xff")
        assert await client.recv() == b"\x00\xff"
