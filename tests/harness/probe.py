"""
A small ASGI application that shows what a server does to its sockets; nothing of the chat is in it.

WebSocket paths:
  /echo                 and says in /stats with which codes it was left
  /diary                writes into the log with which code it was left
  /hesitant             never accepts
  /room                 a text from one goes to all, as one message object, the way the hub does it
  /flood?megabytes=N    sends texts of a megabyte
  /script?seed=N        sends `script(N)`, then closes with 4000
  /paused               echoes once /resume was requested
  /close?code=N         closes, then goes on sending
and with ?way=now all of them write texts through the extension "websocket.write_now" where that takes them; with
?compressible=yes their texts may be compressed.
HTTP paths:
  /readyz  /stats  /scope  /resume
  /body                 answers with the length of the body
  /hold?megabytes=N     allocates this much more memory and keeps it
  /reserve?megabytes=N  reserves this much more address space without using memory
  /slow                 answers once /release was asked for
  /stream?megabytes=N
  /stuck-thread         leaves a thread behind that never ends
"""

import asyncio
import json
import logging
import random
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from chat.live.compressible import CompressibleText

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PAGE_KILOBYTES = 4
MEGABYTE = "x" * 1024 * 1024

logger = logging.getLogger(__name__)

room: set[Send] = set()
held: list[bytes] = []
resumed = asyncio.Event()
released = asyncio.Event()
stats: dict[str, Any] = {
    "received": 0,
    "flooded": 0,
    "suspended": 0,
    "disconnects": 0,
    "slow": 0,
    "hesitant": 0,
    "codes": [],
}


def script(seed: int) -> list[str]:
    """The texts that `/script` sends for a seed: of all frame sizes, 6 MB in all."""
    rng = random.Random(seed)
    sizes = [rng.choice((0, 1, 125, 126, 127, 1000, 65_535, 65_536, 70_000, 300_000)) for _ in range(100)]
    return [f"{number}:" + "é" * (size // 2) for number, size in enumerate(sizes)]


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Routes by path; the names of the functions below are the paths."""
    if scope["type"] == "lifespan":
        return
    path = scope["path"].strip("/").replace("-", "_")
    options = dict(parse_qsl(scope.get("query_string", b"").decode()))
    if scope["type"] == "http":
        await answer(path, options, scope, receive, send)
        return
    await receive()
    if path == "hesitant":
        stats["hesitant"] += 1
        await receive()
        return
    await send({"type": "websocket.accept"})
    if options.get("way") == "now":
        send = quicker(scope["extensions"]["websocket.write_now"]["write"], send)
    if options.get("compressible") == "yes":
        send = compressible(send)
    await SOCKETS[path](options, receive, send)


def compressible(send: Send) -> Send:
    """Marks every text as one that may be compressed."""

    async def marked(message: Message) -> None:
        text = message.get("text")
        if text is not None and not isinstance(text, CompressibleText):
            message = {**message, "text": CompressibleText(text)}
        await send(message)

    return marked


def quicker(write_now: Callable[[str], bool], send: Send) -> Send:
    """What the hub does: the server's quick way where it takes the text, else its `send`."""

    async def either(message: Message) -> None:
        if message.get("text") is None or not write_now(message["text"]):
            await send(message)

    return either


async def echo(options: dict[str, str], receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        stats["received"] += 1
        await send({**message, "type": "websocket.send"})
    stats["disconnects"] += 1
    stats["codes"].append(message["code"])


async def diary(options: dict[str, str], receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        pass
    logger.warning("disconnected %s", message["code"])


async def in_room(options: dict[str, str], receive: Receive, send: Send) -> None:
    room.add(send)
    try:
        while (message := await receive())["type"] == "websocket.receive":
            text = CompressibleText(message["text"]) if options.get("compressible") == "yes" else message["text"]
            event = {"type": "websocket.send", "text": text}
            for member in room:
                step(member(event))
    finally:
        room.discard(send)


def step(sending: Any) -> None:
    """Runs a send up to its end, or up to where it waits, and leaves it there."""
    try:
        sending.send(None)
    except StopIteration:
        return
    stats["suspended"] += 1
    sending.close()


async def flood(options: dict[str, str], receive: Receive, send: Send) -> None:
    for _ in range(int(options["megabytes"])):
        await send({"type": "websocket.send", "text": MEGABYTE})
        stats["flooded"] += 1


async def scripted(options: dict[str, str], receive: Receive, send: Send) -> None:
    for number, text in enumerate(script(int(options["seed"]))):
        if number % 10 == 9:
            await send({"type": "websocket.send", "bytes": text.encode()})
        else:
            await send({"type": "websocket.send", "text": text})
    await send({"type": "websocket.close", "code": 4000})
    while (await receive())["type"] == "websocket.receive":
        pass


async def paused(options: dict[str, str], receive: Receive, send: Send) -> None:
    await resumed.wait()
    await echo(options, receive, send)


async def closing(options: dict[str, str], receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close", "code": int(options["code"])})
    await send({"type": "websocket.send", "text": "too late"})
    await send({"type": "websocket.close", "code": 4999})
    while (message := await receive())["type"] == "websocket.receive":
        pass
    await send({"type": "websocket.send", "text": "much too late"})
    stats["codes"].append(message["code"])


SOCKETS = {
    "echo": echo,
    "diary": diary,
    "room": in_room,
    "flood": flood,
    "script": scripted,
    "paused": paused,
    "close": closing,
}


async def answer(path: str, options: dict[str, str], scope: Message, receive: Receive, send: Send) -> None:
    body = {"bytes": await body_bytes(receive)} if path == "body" else await done(path, options, scope)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    for _ in range(int(options.get("megabytes", 0)) if path == "stream" else 0):
        await send({"type": "http.response.body", "body": MEGABYTE.encode(), "more_body": True})
        stats["flooded"] += 1
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def done(path: str, options: dict[str, str], scope: Message) -> Message:
    """Do what a path asks for, and return the answer."""
    if path == "stats":
        return {**stats, "resident_bytes": resident_bytes(), "waiting": waiting(), "room": len(room)}
    if path == "scope":
        return {"client": scope["client"], "root_path": scope["root_path"], "scheme": scope["scheme"]}
    if path in ("hold", "reserve"):
        size = int(options["megabytes"]) * 1024 * 1024
        held.append(b"x" * size if path == "hold" else bytes(size))  # zeros need no memory until they are touched
    elif path == "resume":
        resumed.set()
    elif path == "release":
        released.set()
    elif path == "slow":
        stats["slow"] += 1
        await released.wait()
    elif path == "stuck_thread":
        threading.Thread(target=leave_thread_behind).start()
    return {}


async def body_bytes(receive: Receive) -> int:
    """The length of the request's body in bytes."""
    count = 0
    while True:
        message = await receive()
        count += len(message.get("body", b""))
        if not message.get("more_body"):
            return count


def leave_thread_behind() -> None:
    threading.Event().wait()


def resident_bytes() -> int:
    """What this process holds in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KILOBYTES * 1024


def waiting() -> int:
    """Messages that our server has taken from the sockets' clients and the application has not."""
    coroutines = (task.get_coro() for task in asyncio.all_tasks())
    frames = (getattr(coroutine, "cr_frame", None) for coroutine in coroutines)
    receives = (frame.f_locals.get("receive") for frame in frames if frame is not None)
    sockets: set[Any] = {getattr(receive, "__self__", None) for receive in receives}
    return sum(socket.application_queue.qsize() for socket in sockets if hasattr(socket, "application_queue"))
