"""Measures the fan-out of the server alone: a text of 100 bytes to every socket of a room, as the same message object.

    python -m bench.server_fanout [--sockets 1000] [--senders 4] [--seconds 5] [--processor 0]

There is no chat, Redis or database: the application is `tests.harness.probe`, run by our server, by stock Daphne and by
uvicorn in turn, on one processor, while the clients run on the others. Senders form a closed loop: each sends again
once it has received its own text.
"""

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import picows
import uvloop

ROOT = Path(__file__).resolve().parent.parent
APPLICATION = "tests.harness.probe:application"
SERVERS = {
    "chatproject.server": ["-m", "chatproject.server", "--port", "{port}", APPLICATION],
    "daphne": ["-m", "daphne", "-v", "0", "--port", "{port}", APPLICATION],
    "uvicorn": [
        *("-m", "uvicorn", "--loop", "asyncio", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
        *("--log-level", "warning", "--port", "{port}", APPLICATION),
    ],
}
TEXT_BYTES = 100


class Client(picows.WSListener):
    """Counts received messages. A sender sends again once it has received its own text."""

    received = 0
    sent_at = 0.0

    def __init__(self, name: bytes, delays: list[float]) -> None:
        super().__init__()
        self.text = name.ljust(TEXT_BYTES, b".")
        self.delays = delays

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        self.received += 1
        if self.sent_at and frame.get_payload_as_bytes() == self.text:
            self.delays.append(time.perf_counter() - self.sent_at)
            self.send()

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.send(picows.WSMsgType.TEXT, self.text)


def processor_seconds(process: int) -> float:
    """The processor time of a process in seconds, which other programs do not affect."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def load(port: int, process: int, *, sockets: int, senders: int, seconds: float) -> tuple[float, float, float]:
    """Measure deliveries per second, the median delay of the senders in ms, and processor time per delivery in µs."""
    delays: list[float] = []
    clients: list[Client] = []
    for number in range(sockets):
        name = f"{number} ".encode()
        client = Client(name, delays)
        await picows.ws_connect(
            lambda client=client: client, f"ws://127.0.0.1:{port}/room", websocket_handshake_timeout=30
        )
        clients.append(client)
    for client in clients[:senders]:
        client.send()
    await asyncio.sleep(1)
    delays.clear()
    before, started, used = sum(client.received for client in clients), time.perf_counter(), processor_seconds(process)
    await asyncio.sleep(seconds)
    delivered, elapsed = sum(client.received for client in clients) - before, time.perf_counter() - started
    cost = (processor_seconds(process) - used) / max(delivered, 1) * 1e6
    delay = statistics.median(delays) * 1000 if delays else float("nan")
    for client in clients:
        client.transport.disconnect(graceful=False)
    return delivered / elapsed, delay, cost


def measure(command: list[str], options: argparse.Namespace) -> tuple[float, float, float]:
    """Run a server on its processor, and the load on the others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [part.format(port=port) for part in command]
    pinned = ["taskset", "-c", str(options.processor), sys.executable, *arguments]
    server = subprocess.Popen(pinned, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        counts = {"sockets": options.sockets, "senders": options.senders, "seconds": options.seconds}
        return uvloop.run(load(port, server.pid, **counts))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--processor", type=int, default=0)
    options = parser.parse_args()
    others = set(range(os.cpu_count() or 1)) - {options.processor}
    os.sched_setaffinity(0, others or {options.processor})
    print(f"{options.sockets} sockets, {options.senders} senders, {TEXT_BYTES} bytes")
    print(f"{'server':20} {'deliveries/s':>14} {'p50 ms':>8} {'µs each':>8}")
    for name, command in SERVERS.items():
        rate, delay, cost = measure(command, options)
        print(f"{name:20} {rate:14,.0f} {delay:8.1f} {cost:8.1f}", flush=True)


if __name__ == "__main__":
    main()
