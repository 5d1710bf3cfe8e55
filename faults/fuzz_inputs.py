"""Random invalid input: requests, handshakes, frames and commands with something wrong in them."""

import base64
import json
import random
import struct
import uuid
from typing import Any

TEXT, BINARY, CLOSE, PING, CONTINUATION = 0x1, 0x2, 0x8, 0x9, 0x0

METHODS = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "TRACE", "G\x00T", "get", ""]
PATHS = [
    *("/", "/ws/", "/rooms/", "/rooms/%00/", "/rooms/%ff/", "/accounts/login/", "/admin/", "/static/x", "/healthz"),
    *("/" + "a" * 3000, "//", "/?" + "a=b&" * 2000, "/../", "*", ""),
]
HEADER_NAMES = [
    *("Cookie", "Content-Length", "Transfer-Encoding", "Accept-Language", "X-Forwarded-For", "Host", "Range"),
    *("If-None-Match", "Content-Type", "Expect", "\x01", ""),
]
HEADER_VALUES = [
    *("", "x", "-1", "99999999999", "chunked", "sessionid=" + "é" * 9, "a" * 5000, "ko;q=x", "\x00", "null"),
    *("http://[::", "bytes=-1-", "100-continue", "multipart/form-data", "13, 8", "chat.v2", "a=b; " * 500, "; ; ="),
]

NASTY_TEXTS = [
    *("", " ", "\x00", "\u202e", "𝕏" * 50, "é" * 9_999, "x" * 60_000),
    *("../../etc/passwd", "<script>alert(1)</script>", "http://" + "a." * 2000, "@" * 5000, "\n" * 9_000),
]
NASTY_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**400, 1.5, -0.0, 1e308),
    *([], {}, [[[[[[]]]]]], {"a": {"b": {}}}, [None] * 1000, *NASTY_TEXTS),
    *("00000000-0000-0000-0000-000000000000", "{}", "null", "NaN"),
]
FIELDS = [
    *("room", "key", "body", "reply_to", "message", "since", "limit", "before", "after", "around"),
    *("position", "on", "ref", "kind", "value", "emoji", "people", "choices", "poll"),
]
TYPES = [
    *("open", "close", "history", "send", "edit", "delete", "react", "read", "join", "leave", "typing", "ping"),
    *("me", "set_item", "versions", "direct", "vote", "close_poll"),
    *("hello", "", "__class__"),
]
NO_COMMANDS = [
    *("", "{", "[]", "null", "1e999", '"\\ud800"', "\ufeff{}", '{"type":1}', "[" * 30_000, '{"a":' * 5_000),
    *('{"type":"ping","ref":NaN}', '{"type":"ping","type":"ping"}', "x" * 70_000),
    '{"type":"edit","message":1,"body":"\\ud800","ref":1}',
]


def request(rng: random.Random) -> bytes:
    """An almost valid HTTP request that asks for the connection to be closed."""
    lines = [f"{rng.choice(METHODS)} {rng.choice(PATHS)} HTTP/{rng.choice(['1.1', '1.0', '9', ''])}", "Host: 127.0.0.1"]
    lines += [f"{rng.choice(HEADER_NAMES)}: {rng.choice(HEADER_VALUES)}" for _ in range(rng.randint(0, 6))]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + rng.randbytes(rng.randint(0, 50))


def handshake_headers(rng: random.Random, cookie: str) -> dict[str, str]:
    """The headers of a valid WebSocket handshake."""
    return {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(rng.randbytes(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "chat.v1",
        "Origin": "http://127.0.0.1",
        "Cookie": cookie,
    }


def handshake(headers: dict[str, str]) -> bytes:
    """A handshake request with these headers."""
    return "\r\n".join(["GET /ws/ HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers), "", ""]).encode()


def broken_handshake(rng: random.Random, cookie: str) -> bytes:
    """A handshake with an error in one header."""
    headers = handshake_headers(rng, cookie)
    headers[rng.choice(list(headers))] = rng.choice(HEADER_VALUES)
    return handshake(headers)


def frame(opcode: int, payload: bytes, *, final: bool = True, mask: bool = True) -> bytes:
    """A client's WebSocket frame (RFC 6455 §5.2), masked with zeros."""
    flag = 0x80 if mask else 0
    head = bytes([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        head += bytes([flag | len(payload)])
    elif len(payload) < 1 << 16:
        head += bytes([flag | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([flag | 127]) + struct.pack("!Q", len(payload))
    return head + (b"\x00" * 4 if mask else b"") + payload


def broken_frame(rng: random.Random) -> bytes:
    """A frame that the RFC forbids, or that is unusual."""
    return rng.choice(
        [
            rng.randbytes(rng.randint(1, 200)),
            frame(TEXT, b"\xff\xfe\xfd"),
            frame(BINARY, rng.randbytes(100)),
            frame(rng.choice([0x3, 0x7, 0xB, 0xF]), b"reserved"),
            frame(PING, b"x" * 200),
            frame(TEXT, b"never ended", final=False),
            frame(CONTINUATION, b"never begun"),
            frame(CLOSE, struct.pack("!H", rng.choice([0, 999, 1005, 1006, 5000]))),
            frame(CLOSE, b"\x03"),
            frame(TEXT, b"{}", mask=False),
            b"\x81\xff" + struct.pack("!Q", 2**62) + b"mask",
            frame(TEXT, b"x" * 70_000),
        ]
    )


def command(rng: random.Random, *, ref: int, rooms: list[int]) -> dict[str, Any]:
    """A command with some valid and some hostile fields, among them perhaps the `ref`."""
    sensible = {"room": rng.choice(rooms), "key": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "body": "fuzz"}
    made: dict[str, Any] = {"type": rng.choice(TYPES), "ref": ref}
    made |= {field: value for field, value in sensible.items() if rng.random() < 0.7}
    made |= {rng.choice(FIELDS): rng.choice(NASTY_VALUES) for _ in range(rng.randint(0, 3))}
    return made


def encoded(rng: random.Random, made: dict[str, Any]) -> bytes:
    """Encode a command."""
    return json.dumps(made, ensure_ascii=rng.random() < 0.5).encode()
