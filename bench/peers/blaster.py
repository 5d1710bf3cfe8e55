"""Not a peer, but the fastest possible server: it only writes prepared frames to sockets.

`PORT=… python -m bench.peers.blaster` waits for 1,000 WebSockets, and then writes to all of them in PHASES.
"""

import base64
import hashlib
import os
import re
import socket
import time

SOCKETS = 1000
PHASES = ((128, 3.0), (16_384, 3.0))
"""Frame size in bytes and duration in seconds, with a pause of a second between the phases."""

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = re.compile(rb"sec-websocket-key: *(\S+)", re.IGNORECASE)


def accept(listener: socket.socket) -> socket.socket | None:
    """Accept the next client and answer its handshake; None if it connects and sends nothing."""
    client, _address = listener.accept()
    request = b""
    while b"\r\n\r\n" not in request:
        received = client.recv(4096)
        if not received:
            return None
        request += received
    key = KEY.search(request)
    if key is None:
        return None
    answer = base64.b64encode(hashlib.sha1(key[1] + GUID).digest())  # required by RFC 6455
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + answer + b"\r\n\r\n"
    )
    return client


def main() -> None:
    """Serve one group of clients."""
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=2048) as listener:
        clients: list[socket.socket] = []
        while len(clients) < SOCKETS:
            client = accept(listener)
            if client is not None:
                clients.append(client)
        number = 0
        for size, seconds in PHASES:
            time.sleep(1)
            head = b"\x81\x7e" + size.to_bytes(2, "big")
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                number += 1
                frame = head + (b"#%010d#" % number).ljust(size, b".")
                for client in clients:
                    client.sendall(frame)
        time.sleep(5)


if __name__ == "__main__":
    main()
