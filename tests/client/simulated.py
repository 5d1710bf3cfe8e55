"""A room on a simulated server, which speaks the protocol's newest form: defaults are absent, authors are ids."""

import json
from typing import Any

from client.protocol import ClientProtocol

ROOM = 7
ME: dict[str, Any] = {"id": 1, "username": "mina", "name": "Mina"}
JOON: dict[str, Any] = {"id": 2, "username": "joon", "name": "Joon"}
AT = "2026-01-01T00:00:00Z"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def client(clock: Clock | None = None) -> ClientProtocol:
    """A client without chance: its random waits are half of the longest."""
    return ClientProtocol(clock=clock or Clock(), random=lambda: 0.5)


def commands(protocol: ClientProtocol) -> list[dict[str, Any]]:
    """What a client has sent since the last call."""
    return [json.loads(text) for text in protocol.outgoing()]


class Server:
    """One room: its messages and members, each with the revision at which it last changed."""

    def __init__(self, *, epoch: str = "one") -> None:
        self.epoch = epoch
        self.revision = 0
        self.messages: dict[int, dict[str, Any]] = {}
        self.text_revisions: dict[int, int] = {}
        self.members: dict[int, dict[str, Any]] = {}
        for user in (ME, JOON):
            self.join(user)

    def join(self, user: dict[str, Any], *, left: bool = False) -> None:
        """Somebody comes or goes."""
        self.members[user["id"]] = {"user": user, "revision": self._next(), **({"left": True} if left else {})}

    def say(self, author: int, body: str, *, key: str = "") -> dict[str, Any]:
        """A message; of a key that is known, the one that is stored."""
        for known in self.messages.values():
            if key and known["key"] == key:
                return known
        position = len(self.messages) + 1
        message = {"id": 100 + position, "position": position, "key": key or f"key {position}", "author": author}
        return self._change({**message, "created_at": AT, "body": body})

    def edit(self, position: int, body: str) -> dict[str, Any]:
        """Another text."""
        return self._change({**self.messages[position], "body": body, "edited_at": AT})

    def delete(self, position: int) -> dict[str, Any]:
        """A tombstone."""
        held = {name: value for name, value in self.messages[position].items() if name != "body"}
        return self._change({**held, "deleted": True})

    def react(self, position: int, emoji: str) -> None:
        """Only the extras change."""
        self.messages[position] = {
            **self.messages[position],
            "extras": {"reactions": {emoji: [1]}},
            "revision": self._next(),
        }

    def info(self) -> dict[str, Any]:
        """The RoomInfo."""
        described = {"id": ROOM, "slug": "general", "name": "General", "kind": "public"}
        return {**described, "revision": self.revision, "message_count": len(self.messages)}

    def summary(self) -> dict[str, Any]:
        """The RoomSummary of ME, who has read up to their own last message."""
        own = [message["position"] for message in self.messages.values() if message["author"] == ME["id"]]
        read = {"last_read": max(own, default=0), "unread": len(self.messages) - max(own, default=0)}
        return self.info() | {name: value for name, value in read.items() if value}

    def hello(self) -> list[str]:
        """The frames that begin a connection."""
        limits = {"heartbeat_seconds": 25, "history_page": 100}
        first = {"type": "hello", "epoch": self.epoch, "user": ME, "limits": limits, "rooms": [ROOM]}
        return [json.dumps(first), json.dumps({"type": "rooms", "rooms": [self.summary()], "more": False})]

    def since(self, revision: int) -> dict[str, Any]:
        """What changed after a revision, as in `changes`."""
        changed = [message for message in self.messages.values() if message["revision"] > revision]
        texts = [message for message in changed if self.text_revisions[message["position"]] > revision]
        extras = [
            {name: message[name] for name in ("id", "position", "revision", "extras")}
            for message in changed
            if self.text_revisions[message["position"]] <= revision
        ]
        members = [member for member in self.members.values() if member["revision"] > revision]
        given = {"messages": texts, "extras": extras, "members": members}
        return {name: things for name, things in given.items() if things}

    def changes(self, since: int) -> str:
        """The frame that brings a client from a revision to the newest."""
        frame = {"type": "changes", "room": ROOM, "since": since, "revision": self.revision}
        return json.dumps(frame | self.since(since))

    def opened(self, command: dict[str, Any]) -> str:
        """The reply to `open`."""
        reply: dict[str, Any] = {"type": "reply", "ref": command["ref"], "ok": True, "room": self.summary()}
        reply["revision"] = self.revision
        if "since" in command:
            changed = [message for message in self.messages.values() if message["revision"] > command["since"]]
            members = [member for member in self.members.values() if member["revision"] > command["since"]]
            return json.dumps(reply | {"messages": changed, "members": members})
        newest = [self.messages[position] for position in sorted(self.messages)][-command["limit"] :]
        has_older = {"has_older": True} if len(newest) < len(self.messages) else {}
        whole = {"reset": True, "messages": newest, "members": list(self.members.values())}
        return json.dumps(reply | whole | has_older)

    def page(self, command: dict[str, Any]) -> str:
        """The reply to `history`."""
        before = [self.messages[position] for position in sorted(self.messages) if position < command["before"]]
        page = before[-command["limit"] :]
        reply = {"type": "reply", "ref": command["ref"], "ok": True, "messages": page}
        return json.dumps(reply | ({"has_older": True} if len(page) < len(before) else {}))

    def reply(self, command: dict[str, Any], **fields: Any) -> str:
        """Any other reply."""
        return json.dumps({"type": "reply", "ref": command["ref"], "ok": True, **fields})

    def _change(self, message: dict[str, Any]) -> dict[str, Any]:
        revision = self._next()
        self.messages[message["position"]] = {**message, "revision": revision}
        self.text_revisions[message["position"]] = revision
        return self.messages[message["position"]]

    def _next(self) -> int:
        self.revision += 1
        return self.revision


def refusal(command: dict[str, Any], code: str, **fields: Any) -> str:
    """The reply that refuses a command."""
    error = {"code": code, "message": f"It is {code}.", **fields}
    return json.dumps({"type": "reply", "ref": command["ref"], "ok": False, "error": error})


def connect(protocol: ClientProtocol, server: Server) -> None:
    """A connection until all of `hello` has come."""
    protocol.connecting()
    for text in server.hello():
        protocol.receive(text)


def connect_and_open(protocol: ClientProtocol, server: Server) -> None:
    """A connection on which the room is open and complete."""
    protocol.open(ROOM)
    connect(protocol, server)
    [command] = [command for command in commands(protocol) if command["type"] == "open"]
    protocol.receive(server.opened(command))
