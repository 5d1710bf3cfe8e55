"""Compares threads, polls, direct messages and statuses with what was acked, and with the database."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from client.codes import DISCONNECTED, UNAVAILABLE
from client.events import Refused, Stored
from client.shapes import Status, Threads
from faults.client import Client
from faults.history import History

Rows = Mapping[int, dict[str, Any]]


def replies_of(history: History) -> Iterator[Stored]:
    """The acks of messages that were sent to a thread or to people, rather than with the outbox."""
    for entry in history.entries:
        if entry.kind == "reply" and isinstance(entry.data, Stored):
            command = entry.data.command
            if command["type"] == "direct" or (command["type"] == "send" and command.get("thread")):
                yield entry.data


def check_single_sends(histories: Iterable[History], messages: Rows, rooms: Rows) -> Iterator[str]:
    """Check every acked reply in a thread, its copy in the room, and every acked direct message."""
    keys = Counter((row["author_id"], str(row["key"])) for row in messages.values())
    for history in histories:
        for stored in replies_of(history):
            command, row = stored.command, messages.get(stored.message.id)
            name = f"{history.client}: key {command['key']}"
            if row is None or (str(row["key"]), row["author_id"]) != (command["key"], history.user):
                yield f"{name} was acked and is not stored"
                continue
            wanted = {command["key"]}
            if command.get("also_in_room"):
                wanted.add(str(uuid.uuid5(uuid.UUID(command["key"]), "room")))
            yield from (
                f"{name}: {key} is stored {keys[history.user, key]} times"
                for key in wanted
                if keys[history.user, key] != 1
            )
            yield from (f"{name}: {problem}" for problem in _problems_of_place(command, history, rooms[row["room_id"]]))


def _problems_of_place(command: Mapping[str, Any], history: History, room: dict[str, Any]) -> Iterator[str]:
    if command["type"] == "direct":
        key = "-".join(map(str, sorted({history.user, *command["people"]})))
        if room["direct_key"] != key:
            yield f"was sent to {key}, and is in the room of {room['direct_key']}"
    elif room["parent_message_id"] != command["thread"]:
        yield f"was sent to the thread of {command['thread']}, and is in that of {room['parent_message_id']}"


# --- votes -----------------------------------------------------------------------------------------------------------


def check_votes(histories: Iterable[History], votes: Mapping[tuple[int, int], set[int]], polls: Rows) -> Iterator[str]:
    """Check that everybody's votes are those of their last acked vote, or of one without an ack.

    `votes` are the numbers of choices by poll and person; `polls` are the rows of polls that exist, by id.
    """
    acked: dict[tuple[int, int], tuple[int, set[int]]] = {}
    unanswered = defaultdict[tuple[int, int], list[set[int]]](list)
    for history in histories:
        for place, choices, revision in _votes_of(history):
            if revision is None:
                unanswered[place, history.user].append(choices)
            elif revision >= acked.get((place, history.user), (0, set()))[0]:
                acked[place, history.user] = revision, choices
    for poll, user in acked.keys() | votes.keys():
        if poll not in polls:
            continue
        _revision, last = acked.get((poll, user), (0, set[int]()))
        held = votes.get((poll, user), set())
        if held != last and held not in unanswered[poll, user]:
            yield f"poll {poll}, person {user}: has voted for {sorted(held)}, and the last ack was for {sorted(last)}"


def _votes_of(history: History) -> Iterator[tuple[int, set[int], int | None]]:
    """The votes that a client sent: message, choices, and the revision in the ack; None if they were not answered."""
    for entry in history.entries:
        event = entry.data
        if entry.kind != "reply" or event.command["type"] != "vote":
            continue
        place, choices = event.command["message"], set(event.command["choices"])
        if isinstance(event, Stored):
            assert event.mine is not None
            yield place, choices, event.mine.revision
        elif isinstance(event, Refused) and event.refusal.code in (DISCONNECTED, UNAVAILABLE):
            yield place, choices, None


# --- what clients hold -----------------------------------------------------------------------------------------------


def check_own_votes(clients: Iterable[Client], votes: Mapping[tuple[int, int], set[int]], polls: Rows) -> Iterator[str]:
    """Check the own votes that every client holds in the rooms that it has opened."""
    for client in clients:
        for view in client.views.values():
            for message in view.timeline if view.id in client.mine else []:
                held, wanted = set(view.own_votes(message.id)), votes.get((message.id, client.user), set())
                if message.id in polls and held != wanted:
                    yield (
                        f"{client.history.client} holds votes {sorted(held)} in poll {message.id}, not {sorted(wanted)}"
                    )


def check_unread_threads(clients: Iterable[Client], members: Mapping[tuple[int, int], dict[str, Any]]) -> Iterator[str]:
    """Check what every client holds of unread threads in its rooms."""
    for client in clients:
        for room, held in client.unread_threads.items():
            row = members.get((room, client.user))
            wanted = None if row is None else Threads(row["unread_threads"], row["thread_mentions"])
            if wanted is not None and held != wanted:
                yield f"{client.history.client} holds {held} of room {room}, not {wanted}"


def check_reads(clients: Iterable[Client], members: Mapping[tuple[int, int], dict[str, Any]]) -> Iterator[str]:
    """Check how far others have read the room that each client displays. An absent position is not lower than any."""
    for client in clients:
        view = client.views.get(client.current or 0)
        if view is None or view.reads is None:
            continue
        for user, held in view.reads.items():
            row = members.get((view.id, user))
            if row is not None and row["left_at"] is None and held != row["last_read"]:
                yield (
                    f"{client.history.client} holds that {user} has read room {view.id} up to {held}, "
                    f"and not {row['last_read']}"
                )


def check_statuses(clients: Iterable[Client], stored: Mapping[int, tuple[str, str]]) -> Iterator[str]:
    """Check the statuses that every client holds of the people whom it shows."""
    for client in clients:
        for user in client.shown:
            status = client.status_of(user)
            held, wanted = _said(status), stored.get(user, ("", ""))
            if held != wanted:
                yield f"{client.history.client} holds the status {held} of {user}, not {wanted}"


def _said(status: Status | None) -> tuple[str, str]:
    return ("", "") if status is None else (status.emoji, status.text)
