"""Every combination of a person, a room and their membership in it, by which the rules of chat/policy.py are tried."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any, NamedTuple

from django.utils import timezone

from chat.models import Membership, Message, Room, User
from chat.protocol.errors import ChatError

FIRST_ID = 1_000_000
"""The ids of these people, rooms and messages; the database itself gives lower ones."""

BOTH = (False, True)
ROLES = Membership.Role.values
STATES = ("current", "muted", "left", "barred", "banned", "ban over")
RANKS: list[dict[str, bool]] = [
    {},
    {"is_superuser": True},
    {"is_superuser": True, "rights_suspended": True},
    {"is_guest": True},
    {"is_guest": True, "is_superuser": True},
]
RULES_OF_ROOMS: list[dict[str, Any]] = [
    {},
    {"who_posts": "moderators", "who_mentions_all": "moderators", "who_invites": "moderators"},
    {"who_mentions_all": "everyone"},
]
KINDS = [kind for kind in Room.Kind.values if kind != Room.Kind.THREAD]


class Case(NamedTuple):
    """Somebody, a room, and their membership in it."""

    actor: User
    room: Room
    membership: Membership | None


def joined(state: str, role: str) -> dict[str, Any]:
    now = timezone.now()
    later, earlier = now + timedelta(days=1), now - timedelta(days=1)
    fields: dict[str, Any] = {
        "current": {"muted_until": earlier},
        "muted": {"muted_until": later},
        "left": {"left_at": now},
        "barred": {"left_at": now, "removed_at": now},
        "banned": {"left_at": now, "removed_at": now, "banned_until": later},
        "ban over": {"left_at": now, "removed_at": now, "banned_until": earlier},
    }
    return {"role": role, **fields[state]}


def all_cases() -> list[Case]:
    """All combinations: kind of room, its rules, archived, deleted; active; no rights, superuser, one whose rights are
    suspended, guest, guest and superuser; never in the room, or a state and role.

    Besides, direct rooms that are closed. Nothing of it is in the database.
    """
    now = timezone.now()
    creator = User(pk=FIRST_ID, username="creator", is_active=False)
    rooms = [
        *(
            Room(
                kind=kind,
                archived_at=now if archived else None,
                deleted_at=now if deleted else None,
                created_by=creator,
                **rules,
            )
            for kind, rules, archived, deleted in product(KINDS, RULES_OF_ROOMS, BOTH, BOTH)
        ),
        *(Room(kind=Room.Kind.DIRECT, closed=reason, created_by=creator) for reason in Room.Closed.values),
    ]
    for number, room in enumerate(rooms, FIRST_ID):
        room.pk = number
    places: list[dict[str, Any] | None] = [None, *(joined(state, role) for state, role in product(STATES, ROLES))]
    people = [
        (User(pk=number, username=f"u{number}", is_active=active, **rank), place)
        for number, (active, rank, place) in enumerate(product(BOTH, RANKS, places), FIRST_ID + 1)
    ]
    return [
        Case(user, room, None if place is None else Membership(user=user, room=room, **place))
        for (user, place), room in product(people, rooms)
    ]


def threads_of(cases: list[Case]) -> list[Case]:
    """The same cases in a thread of each room, with the membership in the room."""
    rooms = rooms_of(cases)
    now, after = timezone.now(), max(rooms) + 1
    of_room = {
        room.pk: Room(
            pk=room.pk + after,
            kind=Room.Kind.THREAD,
            parent=room,
            parent_message=Message(
                pk=room.pk,
                room=room,
                author=room.created_by,
                position=1,
                revision=1,
                key=uuid.uuid4(),
                created_at=now,
            ),
            created_by=room.created_by,
            deleted_at=room.deleted_at,
        )
        for room in rooms.values()
    }
    return [Case(case.actor, of_room[case.room.pk], case.membership) for case in cases]


def rooms_of(cases: list[Case]) -> dict[int, Room]:
    """The rooms of cases, by their ids."""
    return {case.room.pk: case.room for case in cases}


def store(cases: list[Case]) -> list[Case]:
    """Write the people, rooms and memberships of cases into the database."""
    rooms = rooms_of(cases).values()
    people = {case.actor.pk: case.actor for case in cases} | {room.created_by.pk: room.created_by for room in rooms}
    User.objects.bulk_create(people.values())
    Room.objects.bulk_create(rooms)
    Membership.objects.bulk_create(case.membership for case in cases if case.membership is not None)
    return cases


def store_threads(cases: list[Case]) -> list[Case]:
    """Write the threads of cases and the messages that they hang on into the database."""
    threads = rooms_of(cases).values()
    Message.objects.bulk_create(thread.parent_message for thread in threads if thread.parent_message is not None)
    Room.objects.bulk_create(threads)
    return cases


def existing(cases: list[Case]) -> list[Case]:
    """Those in rooms that are not deleted: nobody finds the others."""
    return [case for case in cases if case.room.deleted_at is None]


def refusal(require: Callable[..., object], *facts: object) -> ChatError | None:
    """What the rule raises."""
    try:
        require(*facts)
    except ChatError as error:
        return error
    return None
