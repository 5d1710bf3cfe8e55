"""Whatever a client sends, it harms only itself."""

import asyncio
import json
import random
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame as SocketFrame
from websockets.frames import Opcode

from chat.protocol.errors import CloseCode
from tests.harness.raw_client import RawClient
from tests.harness.services import Server
from tests.harness.socket_client import ChatClient
from tests.harness.team import Team

pytestmark = pytest.mark.once

FRAMES = 300
SEED = 20260815

KINDS = [
    "open",
    "close",
    "history",
    "send",
    "edit",
    "delete",
    "versions",
    "react",
    "read",
    "join",
    "leave",
    "typing",
    "ping",
    "dance",
    "",
]
FIELDS = ["room", "key", "body", "message", "position", "since", "limit", "before", "after", "around", "on", "reply_to"]
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 7, 10**30, -(10**30), 1.5, 1e308, "", "7", "\x00", "방" * 50, "x" * 20_000),
    *([], {}, [[]], {"room": 1}, "\ud800", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --", "<script>"),
]


def malformed(rng: random.Random) -> str | bytes:
    """A frame that is wrong in one way or in many, or right by accident."""
    command: dict[str, Any] = {"type": rng.choice(KINDS), "ref": rng.choice([1, "a", *VALUES])}
    for field in rng.sample(FIELDS, rng.randrange(6)):
        command[field] = rng.choice(VALUES)
    text = json.dumps(command, ensure_ascii=rng.random() < 0.7).encode("utf-8", "replace").decode()
    match rng.randrange(10):
        case 0:
            return text[: rng.randrange(len(text))]
        case 1:
            at = rng.randrange(len(text))
            return text[:at] + rng.choice('{}[]",:\\\x00\x7f0e') + text[at + 1 :]
        case 2:
            return rng.randbytes(rng.randrange(100))
        case 3:
            return "[" * rng.randrange(1, 60_000)
        case 4:
            return f"[{text}]"
        case _:
            return text


async def throw(team: Team, server: Server, frames: list[str | bytes]) -> set[int]:
    """Send frames, on a new connection wherever one was closed; the codes with which they were."""
    codes: set[int] = set()
    waiting = list(frames)
    while waiting:
        async with team.client(server, "stranger") as client:
            try:
                while waiting:
                    await client.send_raw(waiting.pop(0))
                await client.ok("ping")
            except (AssertionError, ConnectionClosed):
                code = await client.close_code()
                assert code is not None
                codes.add(code)
    return codes


async def talk(mina: ChatClient, room: int, done: asyncio.Event) -> list[str]:
    """Go on talking until it is done; what was said."""
    said: list[str] = []
    while not done.is_set():
        said.append((await mina.say(room, f"Message {len(said)}"))["body"])
    return said


async def test_three_hundred_malformed_frames_do_not_affect_other_connections(team: Team, server: Server) -> None:
    rng = random.Random(SEED)
    frames = [malformed(rng) for _ in range(FRAMES)]
    async with team.client(server, "mina") as mina, team.client(server, "joon") as joon:
        first = (await joon.ok("open", room=team.founders))["room"]["message_count"] + 1
        done = asyncio.Event()
        talking = asyncio.create_task(talk(mina, team.founders, done))
        codes = await throw(team, server, frames)
        done.set()
        said = await talking
        await joon.position(team.founders, first + len(said) - 1)
        received = [m["body"] for position, m in joon.messages(team.founders).items() if position >= first]
        kinds = {frame["type"] for frame in joon.frames}
    assert codes <= {CloseCode.BAD_FRAME, CloseCode.FRAME_TOO_LARGE, CloseCode.FLOODING}
    assert received == said
    assert kinds == {"hello", "rooms", "reply", "changes"}
    assert "Traceback" not in server.output()


def test_frames_that_break_the_protocol_of_sockets_end_only_their_own(team: Team, server: Server) -> None:
    session = team.sessions["mina"]
    broken = [
        SocketFrame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True),  # not UTF-8
        SocketFrame(Opcode.TEXT, b"unmasked").serialize(mask=False),
        SocketFrame(Opcode.CONT, b"of nothing").serialize(mask=True),
        b"\xc1\x80\x00\x00\x00\x00",  # a reserved bit
        b"\x83\x80\x00\x00\x00\x00",  # an opcode that does not exist
        b"\x81\xff\x7f" + b"\xff" * 7 + b"\x00" * 4,  # longer than anything
        b"\x89\xfe\x00\x7e" + b"\x00" * 130,  # a ping of more than 125 bytes
        b"\x00" * 100,
    ]
    with RawClient(server.socket_url, session=session) as bystander:
        for data in broken:
            with RawClient(server.socket_url, session=session) as client:
                client.socket.sendall(data)
                client.read_to_any_end()
        bystander.send('{"type":"ping","ref":1}')
        while len(bystander.received) < 3:
            assert bystander.read(65536)
    assert [json.loads(bytes(frame.data))["type"] for frame in bystander.received] == ["hello", "rooms", "reply"]
    assert "Traceback" not in server.output()
