"""The table of docs/protocol.md that says who may send which command, and people and rooms with which it is tried."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.models import Membership, Message, Poll, PollChoice, Room, User
from chat.protocol.errors import ChatError
from chat.services import quotas
from tests.harness.services import BASE_DIR

PLACES = (
    *("never in it", "guest never in it", "left it", "removed", "banned", "muted member", "slowed member"),
    *("guest in it", "member", "moderator", "owner", "superuser not in it"),
)
KINDS = [kind for kind in Room.Kind.values if kind != Room.Kind.THREAD]
ARCHIVED, CLOSED = "archived", "closed"
ROOMS = [*product(KINDS, ("", ARCHIVED)), (Room.Kind.DIRECT.value, CLOSED)]
"""Each kind of room, archived and not; and a direct room of two people one of whom has blocked the other."""

SLOW_SECONDS = 60
LINK = "https://example.com/"
OK = "ok"


@dataclass(frozen=True)
class Target:
    """A room, messages in it, of the person who tries and of somebody else, both without and with a poll, a thread with
    a reply of each, and a person who is not in the room."""

    room: int
    own: int
    other: int
    person: int
    own_poll: int
    other_poll: int
    thread: int
    own_reply: int
    other_reply: int


def _message(room: int) -> dict[str, Any]:
    return {"room": room, "key": str(uuid.uuid4()), "body": "hi"}


FIELDS: dict[str, Callable[[Target], dict[str, Any]]] = {
    "open": lambda target: {"room": target.room},
    "close": lambda target: {"room": target.room},
    "history": lambda target: {"room": target.room, "before": 9},
    "send": lambda target: {"room": target.room, "key": str(uuid.uuid4()), "body": "hi"},
    "direct": lambda target: {"people": [target.person], "key": str(uuid.uuid4()), "body": "hi"},
    "edit (one's own)": lambda target: {"message": target.own, "body": "changed"},
    "edit (of others)": lambda target: {"message": target.other, "body": "changed"},
    "delete (one's own)": lambda target: {"message": target.own},
    "delete (of others)": lambda target: {"message": target.other},
    "versions": lambda target: {"message": target.other},
    "react": lambda target: {"message": target.other, "emoji": "👍", "on": True},
    "vote": lambda target: {"message": target.other_poll, "choices": [1]},
    "close_poll (one's own)": lambda target: {"message": target.own_poll},
    "close_poll (of others)": lambda target: {"message": target.other_poll},
    "remove_preview (one's own)": lambda target: {"message": target.own, "url": LINK},
    "remove_preview (of others)": lambda target: {"message": target.other, "url": LINK},
    "report (of others)": lambda target: {"message": target.other, "reason": "spam"},
    "report (one's own)": lambda target: {"message": target.own, "reason": "spam"},
    "pin": lambda target: {"message": target.other, "on": True},
    "pins": lambda target: {"room": target.room},
    "read": lambda target: {"room": target.room, "position": 1},
    "join": lambda target: {"room": target.room},
    "leave": lambda target: {"room": target.room},
    "typing": lambda target: {"room": target.room, "on": True},
    "me": lambda target: {"since": 0},
    "set_item (to set it)": lambda target: {"kind": "favourite", "key": str(target.room), "value": True},
    "set_item (to unset it)": lambda target: {"kind": "favourite", "key": str(target.room), "value": None},
    "mentions_read (of a room)": lambda target: {"room": target.room},
    "mentions_read (of all rooms)": lambda target: {},
    "show_people": lambda target: {"people": [1]},
    "presence": lambda target: {"state": "away"},
    "set_status": lambda target: {"text": "Lunch"},
    "ping": lambda target: {},
    "search (in a room)": lambda target: {"query": "hi", "room": target.room},
    "search (in a thread)": lambda target: {"query": "hi", "room": target.thread},
    "search (in all rooms)": lambda target: {"query": "hi"},
    "open (in a thread)": lambda target: {"room": target.thread},
    "history (in a thread)": lambda target: {"room": target.thread, "before": 9},
    "versions (in a thread)": lambda target: {"message": target.other_reply},
    "read (in a thread)": lambda target: {"room": target.thread, "position": 1},
    "mentions_read (in a thread)": lambda target: {"room": target.thread},
    "typing (in a thread)": lambda target: {"room": target.thread, "on": True},
    "follow (in a thread)": lambda target: {"room": target.thread, "on": True},
    "follow (of a room)": lambda target: {"room": target.room, "on": True},
    "send (to begin a thread)": lambda target: {**_message(target.room), "thread": target.own, "also_in_room": True},
    "send (in a thread)": lambda target: _message(target.thread),
    "react (in a thread)": lambda target: {"message": target.other_reply, "emoji": "👍", "on": True},
    "remove_preview (one's own in a thread)": lambda target: {"message": target.own_reply, "url": LINK},
    "remove_preview (of others in a thread)": lambda target: {"message": target.other_reply, "url": LINK},
    "edit (in a thread)": lambda target: {"message": target.own_reply, "body": "changed"},
    "report (in a thread)": lambda target: {"message": target.other_reply, "reason": "spam"},
    "delete (one's own in a thread)": lambda target: {"message": target.own_reply},
    "edit (of others in a thread)": lambda target: {"message": target.other_reply, "body": "changed"},
    "delete (in a thread)": lambda target: {"message": target.other_reply},
    "pin (in a thread)": lambda target: {"message": target.other_reply, "on": True},
    "join (of a thread)": lambda target: {"room": target.thread},
    "leave (of a thread)": lambda target: {"room": target.thread},
}
"""What is tried for each row of the table. `typing` is tried after `open`."""

MEANINGS: dict[str, Callable[[bool, bool], str]] = {
    "yes": lambda public, archived: OK,
    "muted": lambda public, archived: "archived" if archived else "muted",
    "slow": lambda public, archived: "archived" if archived else "slow",
    "no": lambda public, archived: "archived" if archived else "forbidden",
    "hidden": lambda public, archived: "forbidden" if public else "not_found",
    "not archived": lambda public, archived: "archived" if archived else OK,
    "never": lambda public, archived: "forbidden",
    "unknown": lambda public, archived: "not_found",
    "public": lambda public, archived: "not_found" if not public else "archived" if archived else OK,
    "not direct": lambda public, archived: OK,
    "invited": lambda public, archived: "not_found" if not public else "archived" if archived else "forbidden",
}
"""The outcome that a cell of the table means, for a room that is public or not, and archived or not.

"not direct" is refused in a direct room; in a closed one, what would be refused as archived is forbidden.
"""


@dataclass(frozen=True)
class Row:
    """What one row says of one command: a cell for each place. `label` is a key of FIELDS."""

    label: str
    cells: dict[str, str]

    @property
    def command(self) -> str:
        return self.label.split(" ")[0]

    def expected(self, place: str, kind: str, state: str) -> str:
        """The outcome in such a room: "ok", or the code of the refusal."""
        if self.cells[place] == "not direct" and kind == Room.Kind.DIRECT:
            return "forbidden"
        outcome = MEANINGS[self.cells[place]](kind == Room.Kind.PUBLIC, bool(state))
        return "forbidden" if state == CLOSED and outcome == "archived" else outcome


def documented(page_name: str = "protocol.md") -> Iterator[Row]:
    """The rows of the table on a page. A row about several commands, or addresses, is one for each."""
    page = (BASE_DIR / "docs" / page_name).read_text()
    lines = page.split("### Permissions\n")[1].split("\n#")[0].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert tuple(table[0][1:]) == PLACES
    for first, *cells in table[2:]:
        for command, more in re.findall(r"`([^`]+)`( \([^)]*\))?", first):
            yield Row(command + more, dict(zip(PLACES, cells, strict=True)))


def outcome_of(act: Callable[[], Any]) -> str:
    """ "ok", or the code of the refusal. Whatever was changed is undone."""
    with transaction.atomic(), quotas.unlimited():
        try:
            act()
        except ChatError as refused:
            return refused.code
        finally:
            transaction.set_rollback(True)
    return OK


def create_people() -> dict[str, User]:
    """Somebody for each place."""
    people = {
        place: User(username=f"u{n}", is_superuser=place.startswith("super"), is_guest=place.startswith("guest"))
        for n, place in enumerate(PLACES)
    }
    User.objects.bulk_create(people.values())
    return people


def create_targets(people: dict[str, User], wanted: list[tuple[str, str, str]]) -> list[Target]:
    """A room of its own for each wanted place, kind and state."""
    now = timezone.now()
    author = User.objects.create(username="author", is_active=False)
    bystander = User.objects.create(username="bystander")
    rooms = Room.objects.bulk_create(
        Room(
            name=f"Room {number}",
            slug=f"room-{number}",
            kind=kind,
            archived_at=now if state == ARCHIVED else None,
            closed=Room.Closed.REFUSED if state == CLOSED else "",
            slow_seconds=SLOW_SECONDS if place.startswith("slowed") else 0,
            created_by=author,
            message_count=4,
            revision=4,
        )
        for number, (place, kind, state) in enumerate(wanted)
    )
    inside = [(room, place) for room, (place, _kind, _state) in zip(rooms, wanted, strict=True)]
    Membership.objects.bulk_create(
        Membership(room=room, user=people[place], **_membership(place))
        for room, place in inside
        if not place.startswith(("never", "guest never", "super"))
    )
    writers = [people[place] for _room, place in inside]
    messages = _create_messages(list(zip(rooms, writers, strict=True)), author, times=2)
    mine, others, own_polls, other_polls = (messages[number::4] for number in range(4))
    _add_polls([*own_polls, *other_polls])
    threads = Room.objects.bulk_create(
        Room(
            name="",
            slug=None,
            kind=Room.Kind.THREAD,
            parent=room,
            parent_message=message,
            created_by=author,
            message_count=2,
            revision=2,
        )
        for room, message in zip(rooms, others, strict=True)
    )
    replies = _create_messages(list(zip(threads, writers, strict=True)), author, times=1)
    rows = zip(rooms, mine, others, own_polls, other_polls, threads, replies[::2], replies[1::2], strict=True)
    return [
        Target(room.pk, own.pk, other.pk, bystander.pk, *(found.pk for found in more))
        for room, own, other, *more in rows
    ]


def _create_messages(places: list[tuple[Room, User]], author: User, *, times: int) -> list[Message]:
    """In each room, so many times one of the given person and one of somebody else."""
    now = timezone.now()
    return Message.objects.bulk_create(
        Message(room=room, author=writer, position=position, revision=position, key=uuid.uuid4(), created_at=now)
        for room, person in places
        for position, writer in enumerate((person, author) * times, 1)
    )


def _add_polls(messages: list[Message]) -> None:
    """Make polls with one choice of these messages."""
    polls = Poll.objects.bulk_create(Poll(message=message) for message in messages)
    PollChoice.objects.bulk_create(PollChoice(poll=poll, number=1, text="yes") for poll in polls)
    for message in messages:
        message.extras = {"poll": {"choices": [{"text": "yes"}]}}
    Message.objects.bulk_update(messages, ["extras"])


def _membership(place: str) -> dict[str, Any]:
    now = timezone.now()
    later = now + timedelta(days=1)
    if place in Membership.Role.values:
        return {"role": place}
    if place.startswith("muted"):
        return {"muted_until": later}
    if place.startswith("slowed"):
        return {"may_post_from": later}
    if place.startswith("guest"):
        return {}
    is_removed = place in {"removed", "banned"}
    return {
        "left_at": now,
        "removed_at": now if is_removed else None,
        "banned_until": later if place == "banned" else None,
    }
