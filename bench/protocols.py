"""The protocol of each contender: what to send to enter a room and to post a message, and how to read a frame.

A wire turns bytes into calls on the client and the tally. It has no state except its options.
"""

import json
import re
import uuid
from typing import TYPE_CHECKING, Protocol

from bench.delivery_tally import Frame, Message
from bench.texts import MARKED_EVERY, text_of, username
from client.decoding import encode

if TYPE_CHECKING:
    from bench.generator import Client

MARK = re.compile(rb"\((\d{10})\)")
TYPE = re.compile(rb'^\{"type": ?"(\w+)"')
REF = re.compile(rb'"ref": ?(\d+)')


def body_of(message: Message, marked_every: int = MARKED_EVERY) -> str:
    """The text of a message, which begins with its number."""
    clients = message.room.clients
    member = username(clients[message.number // MARKED_EVERY % len(clients)])
    return text_of(f"({message.number:010d})", message.number, member=member, marked_every=marked_every)


class Wire(Protocol):
    """The interface between the generator and a protocol."""

    acks: bool

    def path(self, client: "Client") -> str:
        """Path and query of the WebSocket."""
        ...

    def connected(self, client: "Client") -> None:
        """Send what the protocol requires once the socket is open."""
        ...

    def send(self, message: Message) -> bytes:
        """The frame that sends this message."""
        ...

    def decode(self, client: "Client", payload: bytes) -> Frame | None:
        """Decode a frame that was not seen before; None if it contains no messages."""
        ...


class PlainWire:
    """A plain socket per room that sends each message to everybody unchanged (the broadcast example of `ws`)."""

    acks = False

    def path(self, client: "Client") -> str:
        return "/"

    def connected(self, client: "Client") -> None:
        client.is_live()

    def send(self, message: Message) -> bytes:
        return body_of(message).encode()

    def decode(self, client: "Client", payload: bytes) -> Frame | None:
        found = MARK.search(payload)
        if found is None:
            client.tally.faults["an unknown frame"] += 1
            return None
        return client.tally.frame(payload, room=client.room, numbers=[int(found[1])])


class BlastWire(PlainWire):
    """Frames that are sent unasked and contain no messages."""

    def decode(self, client: "Client", payload: bytes) -> Frame | None:
        return client.tally.frame(payload, room=client.room, numbers=[])


class TutorialWire(PlainWire):
    """The chat of the Channels tutorial: a path per room, `{"message": …}` both ways."""

    def path(self, client: "Client") -> str:
        return f"/ws/chat/{client.room.name}/"

    def send(self, message: Message) -> bytes:
        return json.dumps({"message": body_of(message)}).encode()


class SocketIOWire(PlainWire):
    """Socket.IO 5 over Engine.IO 4, only on WebSockets: one event to join a room, and one for a message."""

    JOIN_ACK = b"431"

    def path(self, client: "Client") -> str:
        return "/socket.io/?EIO=4&transport=websocket"

    def connected(self, client: "Client") -> None:
        pass

    def send(self, message: Message) -> bytes:
        return b"42" + json.dumps(["chat message", message.room.name, body_of(message)]).encode()

    def decode(self, client: "Client", payload: bytes) -> Frame | None:
        if payload.startswith(b"42"):
            return super().decode(client, payload)
        if payload.startswith(b"2"):
            client.say(b"3" + payload[1:])
        elif payload.startswith(b"40"):
            client.say(b"421" + json.dumps(["join", client.room.name]).encode())
        elif payload.startswith(b"0"):
            client.say(b"40")
        elif payload.startswith(self.JOIN_ACK):
            client.is_live()
        else:
            client.tally.faults["an unknown frame"] += 1
        return None


class ChatWire:
    """This site's `chat.v1`: open the room, send with a key, receive an ack after COMMIT and merged `changes`."""

    acks = True
    OPEN_REF = 0

    def __init__(self, *, marked_every: int = MARKED_EVERY) -> None:
        self._marked_every = marked_every
        self.run = uuid.uuid4().hex[:8]

    def key(self, message: Message) -> str:
        """The message's idempotency key, unique across runs."""
        return f"{self.run}-0000-4000-8000-{message.number:012x}"

    def path(self, client: "Client") -> str:
        return "/ws/"

    def ping(self, number: int) -> bytes:
        """The heartbeat that a browser sends every 25 s."""
        return encode({"type": "ping"}, ref=f"ping{number}").encode()

    def connected(self, client: "Client") -> None:
        pass

    def send(self, message: Message) -> bytes:
        body = body_of(message, self._marked_every)
        command = {"type": "send", "room": message.room.id, "key": self.key(message), "body": body}
        return encode(command, ref=message.number).encode()

    def decode(self, client: "Client", payload: bytes) -> Frame | None:
        kind = TYPE.match(payload)
        match kind[1] if kind else b"":
            case b"changes":
                return self._changes(client, payload)
            case b"reply":
                self._reply(client, payload)
            case b"hello":
                command = {"type": "open", "room": client.room.id, "since": client.room.since}
                client.say(encode(command, ref=self.OPEN_REF).encode())
            case b"error":
                client.tally.faults[f"error {json.loads(payload)['error']['code']}"] += 1
        return None

    def _changes(self, client: "Client", payload: bytes) -> Frame | None:
        event = json.loads(payload)  # `client.decoding.decode` would take several times as long
        if event["room"] != client.room.id:
            client.tally.faults["changes of a room that is not open"] += 1
            return None
        found = (MARK.match(message["body"].encode()) for message in event.get("messages", ()))
        numbers = [int(mark[1]) for mark in found if mark]
        return client.tally.frame(
            payload, room=client.room, numbers=numbers, since=event["since"], revision=event["revision"]
        )

    def _reply(self, client: "Client", payload: bytes) -> None:
        found = REF.search(payload, 0, 64)
        number = int(found[1]) if found else -1
        if number > 0 and b'"ok":true' in payload[:64].replace(b" ", b""):
            client.tally.acked(number)
            return
        reply = json.loads(payload)
        if not reply["ok"]:
            client.tally.faults[f"refused {reply['error']['code']}"] += 1
            client.failed(f"refused: {reply['error']}")
        elif reply["ref"] == self.OPEN_REF:
            self._opened(client, reply)
        else:
            client.answered += 1

    def _opened(self, client: "Client", reply: dict[str, object]) -> None:
        """Use the room's revision as the point at which this client begins, and store the fields of the reply."""
        client.opened = reply
        client.begin_at(int(str(reply["revision"])))
        client.is_live()
