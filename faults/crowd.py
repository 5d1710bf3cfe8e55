"""The people of one scenario: what they do all the time, and how they come to rest at the end."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from client.shapes import Message
from faults.client import Client
from faults.history import History
from faults.site import Site
from faults.stats import Stats

TABS_OF_EVERY = 5
"""One person in this many has two tabs."""

NEIGHBOURS = 50
ACTS_PER_SECOND = 0.7
BURST = 6
SETTLE_SECONDS = 90.0

WORDS = "the kettle is on: come in, sit by the fire 차 한 잔 오늘 길은 어땠어요? 🍵".split()  # noqa: SIM905


@dataclass(frozen=True)
class Revocation:
    """Somebody lost their place: from `revision` of the room on (removals), or their whole access (`room` is 0).

    `began` and `done` are when the administrator asked and was answered; `deadline` is when nothing may reach them any
    more, by the promise that held at the time. All in seconds of the event loop's clock.
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
    """Rooms and people of one scenario, in the database; and what became of people's places meanwhile."""

    people: list[dict[str, Any]]
    cookie: str
    rooms: list[dict[str, Any]]
    revocations: list[Revocation] = field(default_factory=list)
    returns: list[tuple[int, int, float]] = field(default_factory=list)
    """(person, room, when the administrator began) of invitations."""

    @property
    def room_ids(self) -> list[int]:
        """Of all its rooms."""
        return [room["id"] for room in self.rooms]


async def build_stage(site: Site, *, people: int, seed: str) -> Stage:
    """Neighbourhoods of 50: in each a public room of all, a public one of every other, two private ones of a third."""
    rng = random.Random(seed)
    wanted: list[dict[str, Any]] = []
    for first in range(0, people, NEIGHBOURS):
        neighbours = list(range(first, min(people, first + NEIGHBOURS)))
        wanted += [
            {"kind": "public", "members": neighbours},
            {"kind": "public", "members": neighbours[::2]},
            *({"kind": "private", "members": rng.sample(neighbours, max(2, len(neighbours) // 3))} for _ in range(2)),
        ]
    return Stage(**await site.do("stage", people=people, rooms=wanted))


class Crowd:
    """The clients of a stage."""

    def __init__(
        self, site: Site, stage: Stage, *, clients: int, seed: str, acts_per_second: float = ACTS_PER_SECOND
    ) -> None:
        self.site = site
        self.stage = stage
        self.stats = Stats()
        self.acts_per_second = acts_per_second
        self.clients = [self._client(number, seed) for number in range(clients)]
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
        )

    @property
    def histories(self) -> list[History]:
        """Of all clients."""
        return [client.history for client in self.clients]

    @property
    def staying(self) -> list[Client]:
        """Clients that were not sent away for good."""
        return [client for client in self.clients if client.stopped_with is None]

    def of(self, user: int) -> list[Client]:
        """The tabs of one person."""
        return [client for client in self.clients if client.user == user]

    def start(self) -> None:
        """Everybody connects, and talks."""
        for client in self.clients:
            self.come(client)
        self.talk()

    def come(self, client: Client) -> None:
        """Somebody opens the page (again)."""
        if client not in self._running:
            self._running[client] = self._begin(client.run())

    async def leave(self, *clients: Client) -> None:
        """Somebody closes the page; what is unsent stays in the outbox."""
        tasks = [task for client in clients if (task := self._running.pop(client, None))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def talk(self) -> None:
        """Everybody talks, until `hush`."""
        self._talking = [self._begin(self._talk(client)) for client in self.clients]

    def hush(self) -> None:
        """Nobody says anything new; what was said still goes out."""
        for task in self._talking:
            task.cancel()
        self._talking = []

    async def stop(self) -> None:
        """Everybody goes."""
        self.hush()
        await self.leave(*self.clients)

    def _begin(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._note_end)
        return task

    def _note_end(self, task: "asyncio.Task[None]") -> None:
        """A client that fails by itself is a fault of this suite, and must not pass for silence."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self.dead.append(error)

    # --- what people do all the time -----------------------------------------------------------------------------

    async def _talk(self, client: Client) -> None:
        rng = client.rng
        deeds = [self._say, self._burst, self._edit, self._delete, self._switch, self._read, self._type, self._pry]
        weights = [60, 3, 10, 5, 8, 8, 5, 2]
        while True:
            await asyncio.sleep(rng.expovariate(self.acts_per_second))
            if client.stopped_with is None and client in self._running:
                rng.choices(deeds, weights)[0](client)

    def _say(self, client: Client) -> None:
        if client.current is not None:
            body = " ".join(client.rng.choices(WORDS, k=client.rng.randint(1, 30)))
            client.say(client.current, f"{len(client.history.acts)} {body}")

    def _burst(self, client: Client) -> None:
        for _ in range(client.rng.randint(2, BURST)):
            self._say(client)

    def _own_message(self, client: Client) -> Message | None:
        view = client.views.get(client.current or 0)
        if view is None:
            return None
        own = [message for message in view.timeline if message.author == client.user and not message.deleted]
        return client.rng.choice(own[-20:]) if own else None

    def _edit(self, client: Client) -> None:
        if message := self._own_message(client):
            client.edit(message, f"{message.body} (edit {client.rng.randint(1, 999)})")

    def _delete(self, client: Client) -> None:
        if message := self._own_message(client):
            client.delete(message)

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

    def _pry(self, client: Client) -> None:
        """Ask for a room of others: whatever comes of it is seen, and judged by the checker."""
        others = sorted(set(client.known_rooms) - client.mine)
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

    # --- coming to rest ------------------------------------------------------------------------------------------

    async def settle(self) -> tuple[float, list[str]]:
        """Say nothing new and wait until everybody is back, nothing is unsent, and everybody has what the database has.

        The seconds that took, and a sentence for everyone who did not come to rest.
        """
        self.hush()
        loop = asyncio.get_running_loop()
        began = loop.time()
        restless = await self._restless()
        while restless and loop.time() - began < SETTLE_SECONDS:
            await asyncio.sleep(0.1)
            restless = await self._restless()
        return loop.time() - began, restless

    async def _restless(self) -> list[str]:
        found = [sentence for client in self.staying if (sentence := self._unrest_of(client))]
        return found or await self.missing()

    async def missing(self) -> list[str]:
        """A sentence for everyone whose open room is behind the database."""
        found = []
        revisions = await self.revisions()
        for client in self.staying:
            view = client.views.get(client.current or 0)
            if view is not None and (view.revision or 0) < revisions[view.id]:
                found.append(
                    f"{client.history.client} holds revision {view.revision} of room {view.id}, "
                    f"which is at {revisions[view.id]}"
                )
        return found

    def _unrest_of(self, client: Client) -> str:
        name = client.history.client
        if not client.is_live:
            return f"{name} is not connected"
        if client.outbox:
            return f"{name} has {len(client.outbox)} unsent"
        if client.current is not None and not client.is_caught_up:
            return f"{name} has not caught up with room {client.current}"
        return ""

    async def revisions(self) -> dict[int, int]:
        """Of the stage's rooms, in the database."""
        rows = await self.site.rows("SELECT id, revision FROM chat_room WHERE id = ANY(%s)", self.stage.room_ids)
        return {row["id"]: row["revision"] for row in rows}

    async def unheard(self) -> list[str]:
        """A sentence for every group of the channel layer to which fewer processes listen than have people in it."""
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
        """Everybody opens each room they have held, and reads it back to its first message; what went wrong with it."""
        problems = await asyncio.gather(*(self._read_rooms(client) for client in self.staying))
        return [sentence for found in problems for sentence in found]

    async def _read_rooms(self, client: Client) -> list[str]:
        try:
            for room in sorted(client.mine & set(self.stage.room_ids)):
                client.show(room)
                async with asyncio.timeout(SETTLE_SECONDS):
                    while room in client.mine and not client.is_caught_up:  # noqa: ASYNC110 (one fact, not two)
                        await asyncio.sleep(0.01)
                if room in client.mine:  # its removal was not announced until now
                    await self._read_back(client, room)
        except Exception as error:  # noqa: BLE001 (whatever it is, the reader of the report wants to know)
            return [f"{client.history.client} could not read everything: {error!r}"]
        return []

    async def _read_back(self, client: Client, room: int) -> None:
        while client.views[room].has_older:
            # How long all of it takes is a matter of how much was said; a page is not.
            async with asyncio.timeout(SETTLE_SECONDS):
                await client.older(room)
