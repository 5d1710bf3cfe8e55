"""Compares what clients saw, and what the database contains, with what the site promises.

1. Every acked message is in the database exactly once, as it was acked or newer.
2. No key occurs twice.
3. The positions of a room are 1 … n without a gap, and every change has a revision of its own.
4. The final state of every client equals the database.
5. No two clients saw messages in different orders, and no client saw a revision decrease, or a gap.
6. Nobody saw a message of a room that they were not in.
7. The mentions of people are those in the texts, and every client's items count those that are unread. Threads, polls,
   direct rooms and statuses are what the acked commands made of them, and so are what clients hold of them.
8. Everything that was sent was acked, is still in the client's outbox, or was refused to a sender who had lost access.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from client.events import Changes, Event, Opened
from client.shapes import Excerpt, Message
from client.text import excerpt
from faults.client import Client
from faults.crowd import Crowd, Revocation, Stage
from faults.feature_checks import (
    check_own_votes,
    check_reads,
    check_single_sends,
    check_statuses,
    check_unread_threads,
    check_votes,
)
from faults.history import Act, Entry, History
from faults.sightings import excerpts_in, messages_in
from faults.site import Site

Frame = dict[str, Any]

DERIVED_SECONDS = 40.0
"""Mentions are complete this long after everything else. The lease of a process that was killed lasts 10 s."""

DERIVED_POLL_SECONDS = 0.5

STATUSES_SECONDS = 65.0
"""A status whose event was lost is read again within a minute."""

POLLS = """
SELECT poll.* FROM chat_poll poll JOIN chat_message message ON message.id = poll.message_id
WHERE message.room_id = ANY(%s)
"""
VOTES = """
SELECT vote.poll_id, vote.user_id, choice.number FROM chat_vote vote
JOIN chat_pollchoice choice ON choice.id = vote.choice_id JOIN chat_message message ON message.id = vote.poll_id
WHERE message.room_id = ANY(%s)
"""
STATUSES = "SELECT user_id, emoji, text FROM chat_personstatus WHERE user_id = ANY(%s)"


@dataclass
class Stored:
    """The rooms of a stage in the database."""

    rooms: dict[int, dict[str, Any]]
    messages: dict[int, dict[str, Any]]
    """By id."""
    members: dict[tuple[int, int], dict[str, Any]]
    """By room and person."""
    pinned: set[int] = field(default_factory=set)
    """The ids of pinned messages."""
    polls: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By id of the message."""
    votes: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    """The numbers of choices by poll and person."""
    statuses: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Emoji and text by person."""

    @classmethod
    async def read(cls, site: Site, room_ids: list[int]) -> "Stored":
        """Read them and their threads from the database, bypassing all proxies."""
        rooms = await site.rows("SELECT * FROM chat_room WHERE coalesce(parent_id, id) = ANY(%s)", room_ids)
        messages = await site.rows(
            "SELECT * FROM chat_message WHERE room_id = ANY(%s) ORDER BY room_id, position",
            [row["id"] for row in rooms],
        )
        members = await site.rows("SELECT * FROM chat_membership WHERE room_id = ANY(%s)", room_ids)
        pins = await site.rows("SELECT message_id FROM chat_pin WHERE room_id = ANY(%s)", room_ids)
        polls = await site.rows(POLLS, room_ids)
        votes = defaultdict[tuple[int, int], set[int]](set)
        for row in await site.rows(VOTES, room_ids):
            votes[row["poll_id"], row["user_id"]].add(row["number"])
        statuses = await site.rows(STATUSES, list({row["user_id"] for row in members}))
        return cls(
            {row["id"]: row for row in rooms},
            {row["id"]: row for row in messages},
            {(row["room_id"], row["user_id"]): row for row in members},
            {row["message_id"] for row in pins},
            {row["message_id"]: row for row in polls},
            dict(votes),
            {row["user_id"]: (row["emoji"], row["text"]) for row in statuses},
        )

    def of_room(self, room: int) -> list[dict[str, Any]]:
        """A room's messages by position."""
        return [row for row in self.messages.values() if row["room_id"] == room]


class Sender(Protocol):
    """The part of a client that `check_outboxes` reads."""

    history: History

    @property
    def outbox(self) -> list[Any]:
        """The acts that are neither acked nor refused, in order."""


class Participant(Protocol):
    """The part of a client that `check_places` reads."""

    user: int
    history: History

    @property
    def mine(self) -> set[int]:
        """The ids of the rooms that it lists as its own."""


async def check(crowd: Crowd) -> list[str]:
    """A sentence for every broken promise. Call this once the crowd has settled and read everything."""
    stored = await Stored.read(crowd.site, crowd.stage.room_ids)
    return [
        *check_rooms(stored),
        *check_pins(stored),
        *check_acts(crowd.histories, stored, crowd.stage),
        *check_outboxes(crowd.clients),
        *check_places(crowd.staying, stored),
        *check_views(crowd.staying, stored),
        *check_sightings(crowd.histories, stored),
        *check_privacy(crowd.histories, crowd.stage, threads_of(stored)),
        *check_faults(crowd.histories),
        *check_single_sends(crowd.histories, stored.messages, stored.rooms),
        *check_votes(crowd.histories, stored.votes, stored.polls),
        *await check_derived(crowd, stored),
        *(f"a client failed by itself: {error!r}" for error in crowd.dead),
    ]


# --- 2 and 3: the database by itself ---------------------------------------------------------------------------------


def check_rooms(stored: Stored) -> Iterator[str]:
    """Check the keys, positions and revisions in the database."""
    keys = Counter((row["author_id"], row["key"]) for row in stored.messages.values())
    yield from (f"key {key} of person {author} is stored {n} times" for (author, key), n in keys.items() if n > 1)
    for room in stored.rooms.values():
        name, messages = f"room {room['id']}", stored.of_room(room["id"])
        if [row["position"] for row in messages] != list(range(1, room["message_count"] + 1)):
            yield f"{name}: {len(messages)} messages, the count says {room['message_count']}, or positions have holes"
        members = [row for row in stored.members.values() if row["room_id"] == room["id"]]
        revisions = Counter(row["revision"] for row in [*messages, *members])
        revisions[room["settings_revision"]] += 1
        yield from (f"{name}: revision {number} was taken twice" for number, n in revisions.items() if n > 1 and number)
        if max(revisions) > room["revision"]:
            yield f"{name} is at revision {room['revision']}, and something in it at {max(revisions)}"


def check_pins(stored: Stored) -> Iterator[str]:
    """Check that messages and rooms say what the table of pins holds."""
    for room in stored.rooms.values():
        name, messages = f"room {room['id']}", stored.of_room(room["id"])
        marked = {row["id"] for row in messages if "pinned" in extras_of(row)}
        rows = stored.pinned & {row["id"] for row in messages}
        if marked != rows:
            yield f"{name}: messages {sorted(marked ^ rows)} are marked as pinned without a pin, or not marked"
        if room["pin_count"] != len(rows):
            yield f"{name}: counts {room['pin_count']} pins, and has {len(rows)}"


def extras_of(row: dict[str, Any]) -> dict[str, Any]:
    """The extras of a message in the database. SQLite returns JSON as text."""
    extras: Any = row["extras"]
    return dict(json.loads(extras) if isinstance(extras, str) else extras)


def files_of(row: dict[str, Any]) -> tuple[str, ...]:
    """The ids of the files of a message in the database, in order."""
    return tuple(file["id"] for file in extras_of(row).get("attachments", ()))


# --- 1 and 7: what was sent ------------------------------------------------------------------------------------------


def check_acts(histories: list[History], stored: Stored, stage: Stage) -> Iterator[str]:
    """Check every act of every client."""
    by_key = defaultdict(list)
    for row in stored.messages.values():
        by_key[str(row["key"])].append(row)
    for history in histories:
        for act in history.acts:
            problem = _problem_of(act, history, by_key, stored, stage)
            if problem:
                yield f"{history.client}, {act.kind} in room {act.room}: {problem}"


def _problem_of(act: Act, history: History, by_key: dict[str, list[Frame]], stored: Stored, stage: Stage) -> str:
    if act.refused:
        return _problem_of_refused(act, history, by_key, stage)
    if act.acked is None:
        return ""  # `check_outboxes` checks these
    row = stored.messages.get(act.acked.id)
    if row is None:
        return f"message {act.acked.id} was acked and is not stored"
    if act.kind == "send":
        if len(by_key[act.key]) != 1:
            return f"key {act.key} was acked and is stored {len(by_key[act.key])} times"
        if (str(row["key"]), row["author_id"], row["room_id"]) != (act.key, history.user, act.room):
            return f"key {act.key} was acked with a message that is another"
        if row["edited_at"] is None and row["deleted_at"] is None and row["body"] != act.body.strip():
            return f"message {row['id']} is stored with another text than was sent"
        if row["deleted_at"] is None and files_of(row) != act.files:
            return f"message {row['id']} carries other files than were sent with it"
    if act.kind == "edit" and act.acked.body != act.body.strip():
        return f"message {row['id']} was acked with another text than was asked for"
    if act.kind == "delete" and not act.acked.deleted:
        return f"message {row['id']} was to be deleted, and was acked as it is"
    if row["position"] != act.acked.position or row["revision"] < act.acked.revision:
        return f"message {row['id']} is stored at another position or at an older revision than was acked"
    return ""


def check_outboxes(clients: Iterable[Sender]) -> Iterator[str]:
    """Check that what was neither acked nor refused is still in the outbox, in the order in which it was written."""
    for client in clients:
        open_acts = [act for act in client.history.acts if act.acked is None and not act.refused]
        if open_acts != client.outbox:
            unanswered, kept = len(open_acts), len(client.outbox)
            yield f"{client.history.client}: {unanswered} acts without an answer, {kept} in its outbox"


def _problem_of_refused(act: Act, history: History, by_key: dict[str, list[Frame]], stage: Stage) -> str:
    if act.kind == "send" and by_key.get(act.key):
        return f"key {act.key} was refused ({act.refused}) and is stored nevertheless"
    lost_place = any(r.user == history.user and r.room in (0, act.room) for r in stage.revocations)
    if act.refused == "forbidden" and any(r["id"] == act.room and r["kind"] == "direct" for r in stage.rooms):
        return ""  # one of the two had blocked the other, or was deactivated
    if act.refused in ("forbidden", "not_found") and lost_place:
        return ""
    if act.kind == "edit" and act.refused == "conflict":
        return ""  # it was deleted in another tab, or before the edit was sent
    return f"refused for no reason: {act.refused}"


# --- 4: the final state ----------------------------------------------------------------------------------------------


def check_places(clients: Iterable[Participant], stored: Stored) -> Iterator[str]:
    """Check that every client has the list of its person's rooms."""
    for client in clients:
        wanted = {r for (r, user), m in stored.members.items() if user == client.user and m["left_at"] is None}
        found = client.mine & stored.rooms.keys()
        if found != wanted:
            yield f"{client.history.client}: has other rooms than the database: {sorted(found ^ wanted)}"


def check_views(clients: Iterable[Client], stored: Stored) -> Iterator[str]:
    """Check the state of every room that a client has opened."""
    for client in clients:
        for view in client.views.values():
            if (view.summary.parent or view.id) not in client.mine or view.id not in stored.rooms:
                continue
            name = f"{client.history.client}, room {view.id}"
            room, held = stored.rooms[view.id], view.timeline
            if view.revision != room["revision"]:
                yield f"{name}: ends at revision {view.revision}, the room at {room['revision']}"
            rows = stored.of_room(view.id)
            if [state_of(message) for message in held] != [state_of_row(row) for row in rows]:
                yield f"{name}: {_first_difference(held, rows)}"
            members = {(user, member.role) for user, member in view.present.items()}
            wanted = {(u, m["role"]) for (r, u), m in stored.members.items() if r == view.id and m["left_at"] is None}
            if members != wanted:
                yield f"{name}: has other members than the database: {sorted(members ^ wanted)[:4]}"


def state_of(message: Message) -> tuple[Any, ...]:
    """The state of a message in a client, comparable with `state_of_row`."""
    return (
        *(message.position, message.id, message.revision, message.key),
        *(message.kind, message.author, message.body, message.html, message.reply_to),
        *(message.deleted, message.edited_at is not None, dict(message.extras)),
    )


def state_of_row(row: dict[str, Any]) -> tuple[Any, ...]:
    """The state of a message in the database."""
    return (
        *(row["position"], row["id"], row["revision"], str(row["key"])),
        *(row["kind"], row["author_id"], row["body"], row["html"], row["reply_to_id"]),
        *(row["deleted_at"] is not None, row["edited_at"] is not None, extras_of(row)),
    )


def _first_difference(held: list[Message], rows: list[dict[str, Any]]) -> str:
    for message, row in zip(held, rows, strict=False):
        if state_of(message) != state_of_row(row):
            return f"holds {state_of(message)} where the database has {state_of_row(row)}"
    return f"holds {len(held)} messages, the database {len(rows)}"


# --- 7: what follows from acts ----------------------------------------------------------------------------------------


async def check_derived(crowd: Crowd, stored: Stored) -> list[str]:
    """Check what follows from messages and other acts, in the database and in every client, once it is derived and what
    was lost has been read again."""
    if not crowd.site.derives:
        return []
    began = asyncio.get_running_loop().time()
    problems = await _gone_by(began + DERIVED_SECONDS, lambda: _problems_of_derived(crowd, stored))
    return problems + await _gone_by(began + STATUSES_SECONDS, lambda: _problems_of_statuses(crowd, stored))


async def _gone_by(until: float, problems_now: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """Ask for problems again and again, until there are none or this time of the event loop's clock has come."""
    loop = asyncio.get_running_loop()
    while (problems := await problems_now()) and loop.time() < until:  # noqa: ASYNC110 (others derive)
        await asyncio.sleep(DERIVED_POLL_SECONDS)
    return problems


async def _problems_of_derived(crowd: Crowd, stored: Stored) -> list[str]:
    found = await crowd.site.do("derived", rooms=crowd.stage.room_ids)
    mentions: dict[int, dict[str, list[int]]] = {}
    for user, room, positions in found["mentions"]:
        mentions.setdefault(user, {})[room] = positions
    return [
        *found["wrong"],
        *(
            f"{client.history.client} holds other items of mentions than the database: {held}, not {wanted}"
            for client in crowd.staying
            if (held := client.items.of("mentions")) != (wanted := mentions.get(client.user, {}))
        ),
        *check_own_votes(crowd.staying, stored.votes, stored.polls),
        *check_unread_threads(crowd.staying, stored.members),
        *check_reads(crowd.staying, stored.members),
    ]


async def _problems_of_statuses(crowd: Crowd, stored: Stored) -> list[str]:
    return list(check_statuses(crowd.staying, stored.statuses))


def threads_of(stored: Stored) -> dict[int, int]:
    """The rooms of threads, by thread."""
    return {room["id"]: room["parent_id"] for room in stored.rooms.values() if room["parent_id"] is not None}


# --- 5: what was seen ------------------------------------------------------------------------------------------------


def check_sightings(histories: list[History], stored: Stored) -> Iterator[str]:
    """Check that every client saw each message at the same position, and each revision with the same content."""
    places: dict[int, tuple[Any, ...]] = {
        row["id"]: (row["room_id"], row["position"], str(row["key"])) for row in stored.messages.values()
    }
    states: dict[tuple[int, int], tuple[Any, ...]] = {}
    texts: dict[tuple[int, int], str] = {}
    excerpts: list[tuple[History, int, Excerpt]] = []
    looked_at: set[int] = set()
    for history in histories:
        for entry in history.entries:
            if entry.kind not in ("reply", "frame", "hello") or id(entry.data) in looked_at:
                continue
            looked_at.add(id(entry.data))
            for message in messages_in(entry.data):
                if message.room not in stored.rooms:
                    continue
                if places.get(message.id) != (message.room, message.position, message.key):
                    yield f"{history.client} saw message {message.id} where it is not stored"
                state = state_of(message)
                if states.setdefault((message.id, message.revision), state) != state:
                    yield f"{history.client} saw another message {message.id} at revision {message.revision}"
                texts[message.id, message.revision] = excerpt(message.html)
            excerpts += [(history, room, seen) for room, seen in excerpts_in(entry.data)]
    yield from _check_excerpts(excerpts, places, texts)
    for history in histories:
        yield from _check_order(history)


def _check_excerpts(
    excerpts: Iterable[tuple[History, int, Excerpt]],
    places: Mapping[int, tuple[Any, ...]],
    texts: dict[tuple[int, int], str],
) -> Iterator[str]:
    """Check that every excerpt is the beginning of a stored message."""
    rooms = {place[0] for place in places.values()}
    for history, room, seen in excerpts:
        if room not in rooms:
            continue
        if places.get(seen.id, ())[:2] != (room, seen.position):
            yield f"{history.client} saw an excerpt of message {seen.id} where it is not stored"
        if texts.setdefault((seen.id, seen.revision), seen.text) != seen.text:
            yield f"{history.client} saw another excerpt of message {seen.id} than its text begins with"


def _check_order(history: History) -> Iterator[str]:
    """Check that the revisions of a room only increase on a connection, and that no later connection opens it behind
    them."""
    connection, reached, before = 0, dict[int, int](), dict[int, int]()
    for entry in history.entries:
        is_opening = isinstance(entry.data, Opened)
        if not is_opening and not isinstance(entry.data, Changes):
            continue
        room = entry.data.room.id if is_opening else entry.data.room
        if entry.connection != connection:
            connection, before, reached = entry.connection, _later(before, reached), {}
        revision = entry.data.revision
        if 0 < revision < (before if is_opening else reached).get(room, 0):
            yield f"{history.client}: room {room} went back to revision {revision}"
        reached[room] = max(revision, reached.get(room, 0))


def _later(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    """The higher of the two revisions, by room."""
    return {room: max(one.get(room, 0), other.get(room, 0)) for room in one.keys() | other.keys()}


def check_faults(histories: list[History]) -> Iterator[str]:
    """The faults that clients detected while the scenario ran."""
    for history in histories:
        yield from (f"{history.client}: {entry.data}" for entry in history.entries if entry.kind == "fault")


# --- 6: who may see what ---------------------------------------------------------------------------------------------


def check_privacy(
    histories: list[History], stage: Stage, threads: Mapping[int, int] = MappingProxyType({})
) -> Iterator[str]:
    """Check that nobody saw messages of a room while they were not in it, or anything after their access ended.

    `threads` are the rooms of threads. Revisions of a thread say nothing about those of its room: what somebody who was
    removed sees of it is judged by the time.
    """
    members = {room["id"]: set(room["members"]) for room in stage.rooms}
    for history in histories:
        lost = [r for r in stage.revocations if r.user == history.user]
        returns = defaultdict[int, list[float]](list)
        for user, room, began in stage.returns:
            if user == history.user:
                returns[room].append(began)
        for entry in history.entries:
            if entry.kind not in ("reply", "frame", "hello"):
                continue
            for revocation in lost:
                if revocation.room == 0 and entry.at > revocation.deadline:
                    late = entry.at - revocation.done
                    yield f"{history.client} received something {late:.1f} s after its access ended: {entry.kind}"
                    break
            for place, message in _seen_in(entry.data):
                room = threads.get(place, place)
                never_in = room in members and history.user not in members[room]
                if never_in and not any(began < entry.at for began in returns[room]):
                    yield f"{history.client} saw message {message.id} of room {room}, and was never in it"
                for revocation in lost:
                    if revocation.room != room:
                        continue
                    if place != room:
                        if entry.at > revocation.deadline and not _is_back(revocation, entry, returns[room]):
                            yield f"{history.client} saw message {message.id} of a thread in {room}, and had left"
                    elif _is_secret(revocation, message, entry, returns[room]):
                        yield (
                            f"{history.client} saw message {message.id} of room {room} at revision "
                            f"{message.revision}, and had left at {revocation.revision}"
                        )


def _seen_in(event: Event) -> Iterator[tuple[int, Message | Excerpt]]:
    yield from ((message.room, message) for message in messages_in(event))
    yield from excerpts_in(event)


def _is_secret(revocation: Revocation, message: Message | Excerpt, entry: Entry, returns: list[float]) -> bool:
    """Whether a message was changed after this removal, and seen before the person was invited again."""
    return message.revision > revocation.revision and not _is_back(revocation, entry, returns)


def _is_back(revocation: Revocation, entry: Entry, returns: list[float]) -> bool:
    """Whether the person was invited again before they saw this."""
    return any(revocation.began <= began <= entry.at for began in returns)
