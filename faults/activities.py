"""What the people of a crowd do beside talking in their rooms: threads, polls, direct messages, statuses."""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from client.shapes import Message
from faults.client import Client

if TYPE_CHECKING:
    from faults.crowd import Crowd

Act = Callable[[Client], None]

POLLS_CLOSE_AFTER_SECONDS = (2.0, 8.0)
STATUSES_END_AFTER_SECONDS = (2.0, 8.0)
CHOICES = 3
THREADS_OPEN = 2
"""Most threads that a client keeps open beside its room."""

NEXT_PEOPLE = 3
"""People write directly to this many of those who follow them in the list, so that the same ones meet again."""


class Activities:
    """Acts of clients that are sent as single commands: what is not acked may be lost, but not done by halves."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._last_reply: dict[Client, dict[str, Any]] = {}
        self.weights: dict[Act, int] = {
            self.reply_in_thread: 5,
            self.open_thread: 3,
            self.follow: 1,
            self.ask: 1,
            self.vote: 7,
            self.close_poll: 1,
            self.set_status: 1,
            self.report_presence: 1,
            self.write_directly: 2,
        }
        if not crowd.site.rewinds:
            self.weights[self.block] = 1

    # --- threads -------------------------------------------------------------------------------------------------

    def reply_in_thread(self, client: Client) -> None:
        """Reply in the thread of a message of anybody, which may have none; few messages, so that they have several.

        Or send the last reply again, as after a lost ack.
        """
        command = self._last_reply.get(client)
        if command is None or client.rng.random() < 0.8:
            found = self._texts(client)
            if not found or client.current is None:
                return
            command = {"room": client.current, "thread": found[len(found) // 2].id, "key": _key(client.rng)}
            command |= {"body": f"in a thread: {client.rng.randrange(1000)}", "also_in_room": client.rng.random() < 0.3}
            self._last_reply[client] = command
        client.send_command("send", **command)

    def open_thread(self, client: Client) -> None:
        """Open a thread beside the room, or close one."""
        threads = [held["room"] for message in self._texts(client) if (held := message.extras.get("thread"))]
        if len(client.beside) >= THREADS_OPEN:
            client.close_beside(client.rng.choice(sorted(client.beside)))
        elif threads:
            client.open_beside(client.rng.choice(threads))

    def follow(self, client: Client) -> None:
        """Follow a thread, or stop following it, and read it."""
        if client.beside:
            thread = client.rng.choice(sorted(client.beside))
            client.send_command("follow", room=thread, on=client.rng.random() < 0.6)
            client.send_command("read", room=thread, position=1_000_000)

    # --- polls ---------------------------------------------------------------------------------------------------

    def ask(self, client: Client) -> None:
        """Send a poll, which may close by itself soon."""
        if client.current is None:
            return
        poll: dict[str, Any] = {"choices": [f"choice {number}" for number in range(CHOICES)]}
        poll |= {name: True for name in ("multiple", "anonymous", "hidden") if client.rng.random() < 0.3}
        if client.rng.random() < 0.5:
            poll["closes_at"] = _soon(client.rng, POLLS_CLOSE_AFTER_SECONDS)
        client.send_command("send", room=client.current, key=_key(client.rng), body="Which one?", poll=poll)

    def vote(self, client: Client) -> None:
        """Vote in one of the newest polls, or take the vote back."""
        if poll := self._poll(client):
            most = CHOICES if poll.extras["poll"].get("multiple") else 1
            choices = client.rng.sample(range(1, CHOICES + 1), client.rng.randint(0, most))
            client.send_command("vote", message=poll.id, choices=sorted(choices))

    def close_poll(self, client: Client) -> None:
        """Close a poll of one's own; that of others is refused to most."""
        if poll := self._poll(client):
            client.send_command("close_poll", message=poll.id)

    def _poll(self, client: Client) -> Message | None:
        polls = [message for message in self._texts(client) if "poll" in message.extras]
        return client.rng.choice(polls[-3:]) if polls else None

    # --- people --------------------------------------------------------------------------------------------------

    def set_status(self, client: Client) -> None:
        """Set one's status until soon, or for as long as wanted."""
        until = _soon(client.rng, STATUSES_END_AFTER_SECONDS) if client.rng.random() < 0.5 else None
        client.send_command("set_status", text=f"busy with {client.rng.randrange(1000)}", until=until)

    def report_presence(self, client: Client) -> None:
        """Be here, away or busy."""
        client.send_command("presence", state=client.rng.choice(["here", "away", "busy"]))

    def write_directly(self, client: Client) -> None:
        """Write to somebody, who writes as well at the same moment, or to two people."""
        others = self._next_to(client)
        people = client.rng.sample(others, min(len(others), client.rng.choice([1, 1, 1, 2])))
        everybody = {client.user, *people}
        for tab in [client, *self._crowd.of(people[0])[:1]] if people else []:
            body = f"directly: {client.rng.randrange(1000)}"
            others = sorted(everybody - {tab.user})
            tab.send_command("direct", people=others, key=_key(tab.rng), body=body)

    def block(self, client: Client) -> None:
        """Block somebody, or more often unblock them."""
        if others := self._next_to(client):
            key = str(client.rng.choice(others))
            client.send_command("set_item", kind="blocks", key=key, value=True if client.rng.random() < 0.3 else None)

    def _next_to(self, client: Client) -> list[int]:
        users = [person["id"] for person in self._crowd.stage.people]
        at = users.index(client.user)
        return [user for user in (users * 2)[at + 1 : at + 1 + NEXT_PEOPLE] if user != client.user]

    def _texts(self, client: Client) -> list[Message]:
        view = client.views.get(client.current or 0)
        return [] if view is None else [message for message in view.timeline if message.kind == "text"]


def _key(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _soon(rng: random.Random, seconds: tuple[float, float]) -> str:
    return (datetime.now(UTC) + timedelta(seconds=rng.uniform(*seconds))).isoformat(timespec="milliseconds")
