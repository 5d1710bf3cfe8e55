"""The people of one scenario: their activity, and how they settle at the end."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from client.shapes import Message
from faults.activities import Act, Activities
from faults.client import WEBSOCKET, Client
from faults.history import History
from faults.site import Site
from faults.stats import Stats

TABS_OF_EVERY = 5
"""One of this many people has two tabs."""

NEIGHBOURS = 50
ACTS_PER_SECOND = 0.7
BURST = 6
SETTLE_SECONDS = 90.0
SHOWN_PEOPLE = 300
"""`chat.protocol.limits.SHOWN_PEOPLE`."""

STRENGTH = ("busy", "here", "away")
"""Of several tabs of a person, the first of these counts."""

MEMBERS = "SELECT room_id, user_id FROM chat_membership WHERE room_id = ANY(%s) AND left_at IS NULL"
DIRECT_ROOMS = """
SELECT id, direct_key FROM chat_room WHERE kind = 'direct' AND deleted_at IS NULL
AND id IN (SELECT room_id FROM chat_membership WHERE user_id = ANY(%s))
"""
BEHIND = """
SELECT count(*) AS n FROM chat_room room CROSS JOIN chat_deriverstate state
LEFT JOIN chat_derivercursor reached
    ON reached.room_id = room.id AND reached.name = state.name AND reached.epoch = state.epoch
WHERE room.deleted_at IS NULL AND room.revision > coalesce(reached.revision, 0)
    AND coalesce(room.parent_id, room.id) = ANY(%s)
"""
WAITING = "SELECT count(*) AS n FROM chat_due WHERE done_at IS NULL AND failed_at IS NULL AND kind = ANY(%s)"

WORDS = "the kettle is on: come in, sit by the fire 차 한 잔 오늘 길은 어땠어요? 🍵".split()  # noqa: SIM905
MARKUP = ("**{}**", "`{}`", "||{}||", "\n- {}", "\n```\n{}\n```\n", "\n> {}", "@here", "@all", "#{}", ":{}:")
MARKED_OF_EVERY = 10
"""One word of this many is marked up, or is the name of somebody."""


@dataclass(frozen=True)
class Revocation:
    """A person lost access: to a room from its `revision` on, or entirely (`room` is 0).

    `began` and `done` are when the administrator requested it and received the answer. Nothing may reach the person
    after `deadline`, according to the promise at that time. All are in seconds of the event loop's clock.
    """

    user: int
    room: int
    revision: int
    began: float
    done: float
    deadline: float
    session: str = ""


@dataclass
class Stage:
    """The rooms and people of one scenario in the database, and the changes of access during it."""

    people: list[dict[str, Any]]
    cookie: str
    rooms: list[dict[str, Any]]
    revocations: list[Revocation] = field(default_factory=list)
    returns: list[tuple[int, int, float]] = field(default_factory=list)
    """Invitations, as (person, room, when the administrator requested it)."""
    usernames: list[str] = field(default_factory=list)

    @property
    def room_ids(self) -> list[int]:
        """The ids of all its rooms."""
        return [room["id"] for room in self.rooms]


async def build_stage(site: Site, *, people: int, seed: str) -> Stage:
    """Create groups of 50 people. Each has a public room of all, a public one of every other person, and two private
    rooms of a third of them."""
    rng = random.Random(seed)
    wanted: list[dict[str, Any]] = []
    for first in range(0, people, NEIGHBOURS):
        neighbours = list(range(first, min(people, first + NEIGHBOURS)))
        wanted += [
            {"kind": "public", "members": neighbours},
            {"kind": "public", "members": neighbours[::2]},
            *({"kind": "private", "members": rng.sample(neighbours, max(2, len(neighbours) // 3))} for _ in range(2)),
        ]
    stage = Stage(**await site.do("stage", people=people, rooms=wanted))
    ids = [person["id"] for person in stage.people]
    rows = await site.rows("SELECT username FROM chat_user WHERE id = ANY(%s) ORDER BY id", ids)
    stage.usernames = [row["username"] for row in rows]
    return stage


class Crowd:
    """The clients of a stage."""

    def __init__(
        self,
        site: Site,
        stage: Stage,
        *,
        clients: int,
        seed: str,
        acts_per_second: float = ACTS_PER_SECOND,
        over: Sequence[str] = (),
    ) -> None:
        self.site = site
        self.over = over or [WEBSOCKET]
        """The kinds of connections, which clients have in turn. A site with one entrance has only sockets."""
        self.stage = stage
        self.stats = Stats()
        self.acts_per_second = acts_per_second
        self.clients = [self._client(number, seed) for number in range(clients)]
        for client in self.clients:
            client.show_people(sorted({other.user for other in self.clients})[:SHOWN_PEOPLE])
        self.activities = Activities(self)
        self._running: dict[Client, asyncio.Task[None]] = {}
        self._talking: list[asyncio.Task[None]] = []
        self.dead: list[BaseException] = []

    def _client(self, number: int, seed: str) -> Client:
        person = self.stage.people[number % len(self.stage.people)]
        return Client(
            self.site,
            name=f"client {number}",
            user=person["id"],
            cookie=f"{self.stage.cookie}={person['session']}",
            rooms=self.stage.room_ids,
            seed=f"{seed}/{number}",
            stats=self.stats,
            kind=self.over[number % len(self.over)] if self.site.entrance is None else WEBSOCKET,
        )

    @property
    def histories(self) -> list[History]:
        """The histories of all clients."""
        return [client.history for client in self.clients]

    @property
    def staying(self) -> list[Client]:
        """The clients that may still connect."""
        return [client for client in self.clients if client.stopped_with is None]

    def of(self, user: int) -> list[Client]:
        """The tabs of one person."""
        return [client for client in self.clients if client.user == user]

    def start(self) -> None:
        """Connect all clients and let them talk."""
        for client in self.clients:
            self.open_page(client)
        self.talk()

    def open_page(self, client: Client) -> None:
        """Open the page in this client, again if it was closed."""
        if client not in self._running:
            self._running[client] = self._begin(client.run())

    async def close_page(self, *clients: Client) -> None:
        """Close the page in these clients. Unsent messages stay in their outboxes."""
        tasks = [task for client in clients if (task := self._running.pop(client, None))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def talk(self) -> None:
        """Let all clients talk, until `stop_talking`."""
        self._talking = [self._begin(self._talk(client)) for client in self.clients]

    def stop_talking(self) -> None:
        """Let nobody write anything new. The outboxes are still sent."""
        for task in self._talking:
            task.cancel()
        self._talking = []

    async def stop(self) -> None:
        """Disconnect all clients."""
        self.stop_talking()
        await self.close_page(*self.clients)

    def _begin(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._note_end)
        return task

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        """Record the exception of a client: it is a bug of this suite, and must not look like an idle client."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.dead.append(error)

    # --- activity ------------------------------------------------------------------------------------------------

    async def _talk(self, client: Client) -> None:
        rng = client.rng
        weights: dict[Act, int] = {
            self._say: 60,
            self._burst: 3,
            self._edit: 10,
            self._delete: 5,
            self._pin: 2,
            self._switch: 8,
            self._read: 8,
            self._type: 5,
            self._try_foreign_room: 2,
            **self.activities.weights,
        }
        while True:
            await asyncio.sleep(rng.expovariate(self.acts_per_second))
            if client.stopped_with is None and client in self._running:
                rng.choices(list(weights), list(weights.values()))[0](client)

    def _say(self, client: Client) -> None:
        if client.current is not None:
            body = " ".join(self._word(client.rng) for _ in range(client.rng.randint(1, 30)))
            client.say(client.current, f"{len(client.history.acts)} {body}")

    def _word(self, rng: random.Random) -> str:
        word = rng.choice(WORDS)
        if rng.randrange(MARKED_OF_EVERY):
            return word
        name = rng.choice(self.stage.usernames)
        return rng.choice([*(form.format(word) for form in MARKUP), f"@{name}", f"@{name}님"])

    def _burst(self, client: Client) -> None:
        for _ in range(client.rng.randint(2, BURST)):
            self._say(client)

    def _own_message(self, client: Client) -> Message | None:
        view = client.views.get(client.current or 0)
        if view is None:
            return None
        own = [
            message
            for message in view.timeline
            if message.author == client.user and message.kind == "text" and not message.deleted
        ]
        return client.rng.choice(own[-20:]) if own else None

    def _edit(self, client: Client) -> None:
        if message := self._own_message(client):
            client.edit(message, f"{message.body} (edit {client.rng.randint(1, 999)})".lstrip())

    def _delete(self, client: Client) -> None:
        if message := self._own_message(client):
            client.delete(message)

    def _pin(self, client: Client) -> None:
        """Pin a message of anybody, or unpin it."""
        view = client.views.get(client.current or 0)
        found = [] if view is None else [message for message in view.timeline if message.kind == "text"]
        if found:
            client.send_command("pin", message=client.rng.choice(found[-20:]).id, on=client.rng.random() < 0.6)

    def _switch(self, client: Client) -> None:
        if client.mine and client.is_live:
            client.show(client.rng.choice(sorted(client.mine)))

    def _read(self, client: Client) -> None:
        view = client.views.get(client.current or 0)
        if view is not None and view.messages:
            client.send_command("read", room=view.id, position=view.newest)

    def _type(self, client: Client) -> None:
        if client.current is not None:
            client.send_command("typing", room=client.current, on=True)

    def _try_foreign_room(self, client: Client) -> None:
        """Send a command for a room that the person is not in. The checker examines what the client receives."""
        others = sorted({*client.known_rooms, *self._rooms_of_others(client)} - client.mine)
        if others:
            room = client.rng.choice(others)
            wanted: dict[str, Any] = client.rng.choice(
                [
                    {"type": "open", "room": room, "since": 0},
                    {"type": "history", "room": room, "before": 1_000_000},
                    {"type": "send", "room": room, "key": "00000000-0000-4000-8000-000000000000", "body": "!"},
                    {"type": "read", "room": room, "position": 1},
                    {"type": "typing", "room": room, "on": True},
                ]
            )
            client.send_command(wanted.pop("type"), **wanted)

    def _rooms_of_others(self, client: Client) -> set[int]:
        """Direct rooms and threads that somebody else has opened, and that are not this client's."""
        other = client.rng.choice(self.clients)
        return other.mine | {thread for thread, parent in other.threads.items() if parent not in client.mine}

    # --- settling ------------------------------------------------------------------------------------------------

    async def settle(self) -> tuple[float, list[str]]:
        """
        Stop talking, and wait until all clients are connected, have empty outboxes and hold the state of the database.

        Returns the seconds that this took, and a sentence for every client that did not settle.
        """
        self.stop_talking()
        loop = asyncio.get_running_loop()
        began = loop.time()
        while any(client.awaits_answer for client in self.staying):  # noqa: ASYNC110 (each is given up after a while)
            await asyncio.sleep(0.1)  # one of these commands may begin a direct room
        await self._find_direct_rooms()
        unsettled = await self._unsettled()
        while unsettled and loop.time() - began < SETTLE_SECONDS:
            await asyncio.sleep(0.1)
            unsettled = await self._unsettled()
        return loop.time() - began, unsettled

    async def _unsettled(self) -> list[str]:
        found = [sentence for client in self.staying if (sentence := self._reason_unsettled(client))]
        return (
            found
            or await self._unfinished()
            or await self.missing_rooms()
            or await self.missing()
            or self.missing_people()
        )

    async def _find_direct_rooms(self) -> None:
        """Add the direct rooms that people have begun to the rooms of the stage."""
        users = [person["id"] for person in self.stage.people]
        rows = await self.site.rows(DIRECT_ROOMS, users)
        known = self.stage.room_ids
        for row in rows:
            if row["id"] not in known:
                members = [int(user) for user in row["direct_key"].split("-")]
                self.stage.rooms.append({"id": row["id"], "kind": "direct", "members": members})

    async def _unfinished(self) -> list[str]:
        """A sentence if something that follows from the acts is still to be done, and would change rooms later."""
        if not self.site.derives:
            return []
        [behind] = await self.site.rows(BEHIND, self.stage.room_ids)
        [due] = await self.site.rows(WAITING, ["close_poll", "status_end", "erase_account"])
        found = {"derivers have not caught up with {} rooms": behind["n"], "{} due things are not done": due["n"]}
        return [sentence.format(n) for sentence, n in found.items() if n]

    async def missing_rooms(self) -> list[str]:
        """A sentence for every client without the rooms of its person: the event of one may have been lost."""
        rooms = self.stage.room_ids
        wanted: dict[int, set[int]] = {}
        for row in await self.site.rows(MEMBERS, rooms):
            wanted.setdefault(row["user_id"], set()).add(row["room_id"])
        return [
            f"{client.history.client} has other rooms than the database"
            for client in self.staying
            if client.mine & set(rooms) != wanted.get(client.user, set())
        ]

    async def missing(self) -> list[str]:
        """A sentence for every client whose open room is behind the database."""
        found = []
        revisions = await self.revisions()
        for client in self.staying:
            view = client.views.get(client.current or 0)
            if view is not None and (view.revision or 0) < revisions.get(view.id, 0):
                found.append(
                    f"{client.history.client} holds revision {view.revision} of room {view.id}, "
                    f"which is at {revisions[view.id]}"
                )
        return found

    def missing_people(self) -> list[str]:
        """A sentence for every client that does not know what somebody who is connected says of themselves."""
        tabs: dict[int, set[str]] = {}
        for client in self.staying:
            if client.is_live:
                tabs.setdefault(client.user, set()).add(client.presence)
        here = {user: next(state for state in STRENGTH if state in states) for user, states in tabs.items()}
        found = []
        for client in self.staying:
            states = {user: client.state_of(user) for user in sorted(here.keys() & client.shown)}
            wrong = [f"{user} is {state}, not {here[user]}" for user, state in states.items() if state != here[user]]
            if wrong:
                found.append(f"{client.history.client} does not know who is here: {', '.join(wrong[:3])}")
        return found

    def _reason_unsettled(self, client: Client) -> str:
        name = client.history.client
        if not client.is_live:
            return f"{name} is not connected"
        if client.outbox:
            return f"{name} has {len(client.outbox)} unsent"
        if client.current is not None and not client.is_caught_up:
            return f"{name} has not caught up with room {client.current}"
        return ""

    async def revisions(self) -> dict[int, int]:
        """The revisions of the stage's rooms in the database."""
        rows = await self.site.rows("SELECT id, revision FROM chat_room WHERE id = ANY(%s)", self.stage.room_ids)
        return {row["id"]: row["revision"] for row in rows}

    async def missing_subscriptions(self) -> list[str]:
        """A sentence for every group of the channel layer to which a process is not subscribed although it has people
        in it."""
        needed: dict[str, set[int]] = {}
        for client in self.staying:
            if client.node is not None and client.is_live:
                for group in (f"user.{client.user}", *(f"room.{room}" for room in client.mine)):
                    needed.setdefault(group, set()).add(client.node.number)
        listening = await self.site.listeners(list(needed))
        return [
            f"{len(nodes)} processes have people of {group}, and {listening[group]} listen to it"
            for group, nodes in needed.items()
            if listening[group] < len(nodes)
        ]

    async def read_everything(self) -> list[str]:
        """Let every client open each of its rooms and read it back to the first message. Returns a sentence for each
        failure."""
        problems = await asyncio.gather(*(self._read_rooms(client) for client in self.staying))
        return [sentence for found in problems for sentence in found]

    async def _read_rooms(self, client: Client) -> list[str]:
        try:
            for room in sorted(client.mine & set(self.stage.room_ids)):
                client.show(room)
                async with asyncio.timeout(SETTLE_SECONDS):
                    while room in client.mine and not client.is_caught_up:  # noqa: ASYNC110 (one fact, not two)
                        await asyncio.sleep(0.01)
                if room in client.mine:  # its removal may only have been announced now
                    await self._read_back(client, room)
            for thread in sorted(client.threads):
                client.open_beside(thread)
                async with asyncio.timeout(SETTLE_SECONDS):
                    while thread in client.beside and not client.is_complete(thread):  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                if thread in client.beside:
                    await self._read_back(client, thread)
        except Exception as error:  # noqa: BLE001 (whatever it is, the reader of the report wants to know)
            return [f"{client.history.client} could not read everything: {error!r}"]
        return []

    async def _read_back(self, client: Client, room: int) -> None:
        while client.views[room].has_older:
            # The total time depends on the number of messages; the time of a page does not.
            async with asyncio.timeout(SETTLE_SECONDS):
                await client.older(room)
