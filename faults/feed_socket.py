"""A client's connection over HTTP instead of a WebSocket: events as a stream or by polls, and commands as requests.

It does what `net/feed_socket.js` does in the browser: the checker sees the same frames on every kind of connection.
"""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from client.codes import CLOSED_ABNORMALLY
from faults.http import FAILURES, Answer, Dial, ask, credentials, head_of, request

EVENTS = "/api/v1/events"
COMMANDS = "/api/v1/commands"
JSON = "application/json"
KINDS = {"sse": "text/event-stream", "ndjson": "application/x-ndjson", "long-polling": JSON, "polling": JSON}
WAITS = {"long-polling": 20, "polling": 0}
"""For how many seconds an answer to a poll may be put off."""

POLL_SECONDS = 0.4
"""A client that polls without waiting asks this often."""

RESTARTING = {"open", "show_people", "presence"}
OF_OPEN_ROOMS = {"changes", "typing", "reads", "mine"}
RESTART_SECONDS = 0.03
SILENCE_SECONDS = 45
CODES = {"unauthenticated": 4401, "forbidden": 4403, "rate_limited": 4430}
KEPT = "kept"
"""The ref of commands that are repeated with each new request for events."""

Received = Callable[["FeedSocket", bytes], None]


class FeedSocket:
    """One connection of a client, of one of KINDS. `received` is called with each frame."""

    def __init__(self, kind: str, number: int, *, cookie: str, dial: Dial, received: Received) -> None:
        self.kind = kind
        self.number = number
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._cookie = cookie
        self._dial = dial
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._rooms: dict[int, int] = {}
        self._unanswered: dict[Any, dict[str, Any]] = {}
        self._kept: dict[str, dict[str, Any]] = {}
        self._cursor = ""
        self._asked = ""
        self._hello: dict[str, Any] | None = None
        self._mine: set[int] = set()
        """The rooms of the person, as far as frames said."""
        self._heard_at = self._loop.time()
        self._restart_timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._commands: deque[str] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._restart()

    # --- as a socket -----------------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Send a command, if the connection is open."""
        if self.over.done():
            return
        command = json.loads(text)
        if command["type"] in RESTARTING:
            if command["type"] != "open":
                self._kept[command["type"]] = command | {"ref": KEPT}
            self._unanswered[command.get("ref", command["type"])] = command
            self._restart_soon()
        elif command["type"] == "close":
            self._close(command["room"])
            self._answer(command)
        elif command["type"] == "ping":
            if self._loop.time() - self._heard_at < SILENCE_SECONDS:
                self._answer(command, rooms={str(room): revision for room, revision in self._rooms.items()})
        elif command["type"] == "typing":
            self._answer(command)
        else:
            self._commands.append(text)
            if self._sending is None or self._sending.done():
                self._sending = self._loop.create_task(self._send_all())

    def drop(self) -> None:
        """Close without waiting for the server."""
        self.end(CLOSED_ABNORMALLY)

    def end(self, code: int = CLOSED_ABNORMALLY) -> None:
        """Treat the connection as closed, and ignore everything received later."""
        if self.over.done():
            return
        self.over.set_result(code)
        if self._restart_timer is not None:
            self._restart_timer.cancel()
        for task in (self._running, self._sending):
            if task is not None and task is not asyncio.current_task():
                task.cancel()

    # --- commands --------------------------------------------------------------------------------------------------

    async def _send_all(self) -> None:
        while self._commands and not self.over.done():
            text = self._commands.popleft()
            try:
                answer = await self._ask(COMMANDS, text)
            except FAILURES:
                self.end()
                return
            if answer.body.startswith(b'{"type":"reply"'):
                self._pass(answer.body)
            elif answer.status >= 400:
                self.end(_code_of(answer.body) if answer.status == 401 else CLOSED_ABNORMALLY)

    def _answer(self, command: dict[str, Any], **fields: Any) -> None:
        if "ref" in command:
            text = json.dumps({"type": "reply", "ref": command["ref"], "ok": True, **fields})
            self._loop.call_soon(self._pass, text.encode())

    def _close(self, room: int) -> None:
        self._unanswered = {
            ref: command
            for ref, command in self._unanswered.items()
            if (command["type"], command.get("room")) != ("open", room)
        }
        if self._rooms.pop(room, None) is not None:
            self._restart_soon()

    # --- events ----------------------------------------------------------------------------------------------------

    def _restart_soon(self) -> None:
        if self._restart_timer is None:
            self._restart_timer = self._loop.call_later(RESTART_SECONDS, self._restart)

    def _restart(self) -> None:
        self._restart_timer = None
        if self._running is not None:
            self._running.cancel()
        self._asked = self._open_rooms()
        commands = list(self._unanswered.values())
        asked = {command["type"] for command in commands}
        commands += [kept for type_, kept in self._kept.items() if type_ not in asked]
        self._running = self._loop.create_task(self._run(commands))

    def _open_rooms(self) -> str:
        return ",".join(f"{room}:{revision}" for room, revision in self._rooms.items())

    async def _run(self, commands: list[dict[str, Any]]) -> None:
        with contextlib.suppress(*FAILURES):
            await (self._poll(commands) if self.kind in WAITS else self._stream(commands))
        if self._running is asyncio.current_task():
            self.end()

    def _request(self, commands: list[dict[str, Any]]) -> str:
        asked: dict[str, Any] = {"rooms": self._asked, "cursor": self._cursor}
        if commands:
            asked["commands"] = commands
        if self.kind in WAITS:
            asked["wait"] = WAITS[self.kind]
        return json.dumps(asked)

    async def _poll(self, commands: list[dict[str, Any]]) -> None:
        while True:
            answer = await self._ask(EVENTS, self._request(commands))
            self._heard_at = self._loop.time()
            if answer.status != 200:
                self.end(_code_of(answer.body))
                return
            given = json.loads(answer.body)
            for frame in given["frames"]:
                self._take(frame, json.dumps(frame).encode())
            self._cursor = given["cursor"]
            if any(command.get("ref") != KEPT for command in commands):
                # Another process that answers the next poll must know which rooms are open.
                self._asked, commands = self._open_rooms(), list(self._kept.values())
            if self.kind == "polling" and not given.get("more"):
                await asyncio.sleep(POLL_SECONDS)

    async def _stream(self, commands: list[dict[str, Any]]) -> None:
        reader, writer = await self._dial()
        with contextlib.closing(writer):
            asked = self._request(commands).encode()
            writer.write(request("POST", EVENTS, self._headers(KINDS[self.kind]), asked))
            status, headers = await head_of(reader)
            if status != 200:
                self.end(_code_of(await reader.readexactly(int(headers["content-length"]))))
                return
            rest = b""
            separator = b"\n\n" if self.kind == "sse" else b"\n"
            while size := int(await reader.readline(), 16):
                self._heard_at = self._loop.time()
                *whole, rest = (rest + (await reader.readexactly(size + 2))[:-2]).split(separator)
                for part in whole:
                    self._part(part)

    def _part(self, part: bytes) -> None:
        if self.kind == "ndjson":
            self._take(json.loads(part), part)
            return
        name, _, value = part.partition(b": ")
        if name == b"id":
            self._cursor = value.decode()
        elif name == b"data":
            self._take(json.loads(value), value)

    def _take(self, frame: dict[str, Any], text: bytes) -> None:
        kind, room = frame["type"], frame.get("room")
        if kind == "cursor":
            self._cursor = frame["cursor"]
        elif kind == "closed":
            self.end(frame["code"])
        elif kind == "reply" and frame["ref"] == KEPT:
            if "people" in frame:  # what has changed between two requests is only in this reply
                self._pass(json.dumps({"type": "presence", "people": frame["people"]}).encode())
        elif kind == "hello" and self._hello is not None:
            self._greeted_again(self._hello, frame)
        elif kind in OF_OPEN_ROOMS and room not in self._rooms:
            return
        else:
            if kind == "hello":
                self._hello, self._mine = frame, set(frame["rooms"])
            elif kind == "rooms":
                self._joined(frame["rooms"])
            elif kind == "room":
                self._mine.add(frame["room"]["id"])
            elif kind == "changes":
                self._rooms[frame["room"]] = frame["revision"]
            elif kind == "room_removed":
                self._rooms.pop(frame["room"], None)
                self._mine.discard(frame["room"])
            elif kind == "reply":
                command = self._unanswered.pop(frame["ref"], None)
                if command is not None and command["type"] == "open" and frame["ok"]:
                    self._rooms[command["room"]] = frame["revision"]
            self._pass(text)

    def _greeted_again(self, before: dict[str, Any], hello: dict[str, Any]) -> None:
        """Pass on what has changed since the first `hello`, of which the events came between two requests."""
        self._hello = hello
        for room in sorted(self._mine - set(hello["rooms"])):
            self._mine.discard(room)
            self._rooms.pop(room, None)
            self._pass(json.dumps({"type": "room_removed", "room": room, "reason": "removed"}).encode())
        for name in ("user", "limits", "space"):
            if name in hello and hello[name] != before.get(name):
                self._pass(json.dumps({"type": name, name: hello[name]}).encode())

    def _joined(self, rooms: list[dict[str, Any]]) -> None:
        for room in rooms:
            if room["id"] not in self._mine:
                self._mine.add(room["id"])
                self._pass(json.dumps({"type": "room", "room": room}).encode())

    def _pass(self, text: bytes) -> None:
        if not self.over.done():
            self._received(self, text)

    # --- HTTP ------------------------------------------------------------------------------------------------------

    async def _ask(self, path: str, body: str) -> Answer:
        return await ask(self._dial, "POST", path, self._headers(JSON), body.encode())

    def _headers(self, accept: str) -> dict[str, str]:
        return {**credentials(self._cookie), "Accept": accept, "Content-Type": JSON}


def _code_of(body: bytes) -> int:
    try:
        return CODES.get(json.loads(body)["error"]["code"], CLOSED_ABNORMALLY)
    except (ValueError, KeyError, TypeError):
        return CLOSED_ABNORMALLY
