"""Who is behind a session, and whether they still are: asked when a socket opens, and again every half a minute."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.models import Membership, User
from chat.protocol.shapes import RoomSummary
from chat.queries.rooms import MembershipState, room_summaries
from chat.queries.space import space_memory

IS_A_KEY = re.compile("[0-9a-z]{1,64}")
"""What a session key can look like. A cookie holds what anybody likes, and shares its query with those of others."""

CHECKED_AT_ONCE = 1_000
"""So many sessions or people are asked for in one query."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, by the session that proves it; `session_hash` changes when their password does."""

    user: User
    session_key: str
    session_hash: str


@dataclass(slots=True)
class AccessState:
    """What still holds of many people: who is active, which sessions live, and who is in which rooms, by ids."""

    users: dict[int, User]
    sessions: set[str]
    places: dict[int, dict[int, MembershipState]]


@dataclass(frozen=True, slots=True)
class ConnectState:
    """All that the first frame of a socket tells a person."""

    signed_in: SignedIn
    epoch: str
    rooms: list[RoomSummary]


def authenticate(session_keys: Sequence[str]) -> list[ConnectState | None]:
    """Who opens a socket with each of these sessions, deactivated or not, and their rooms; None for nobody.

    Three queries for all of them, read from the database and not from any cache.
    """
    space = space_memory.read()
    found = _signed_in({key for key in session_keys if IS_A_KEY.fullmatch(key)}) if space is not None else {}
    rooms = room_summaries(someone.user for someone in found.values() if someone.user.is_active)
    arrivals = {
        key: ConnectState(someone, str(space.epoch) if space else "", rooms.get(someone.user.pk, []))
        for key, someone in found.items()
    }
    return [arrivals.get(key) for key in session_keys]


def live_sessions(session_keys: set[str]) -> set[str]:
    """The sessions among these in which somebody is signed in, read from the database and not from a cache."""
    return set(_signed_in(session_keys))


def _signed_in(session_keys: set[str]) -> dict[str, SignedIn]:
    """The people of those sessions that live and fit their password, by session key."""
    store = _session_store()
    sessions = store.get_model_class().objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    contents = {key: store().decode(data) for key, data in sessions.values_list("session_key", "session_data")}
    for key in session_keys - contents.keys():
        store(key).delete()  # a cache may still have it, and pages would go on where sockets are refused
    users = User.objects.in_bulk(
        {session[SESSION_KEY] for session in contents.values() if SESSION_KEY in session}  # ids, as text
    )
    found: dict[str, SignedIn] = {}
    for key, session in contents.items():
        user = users.get(int(session.get(SESSION_KEY, 0)))
        session_hash = session.get(HASH_SESSION_KEY, "")
        if user is not None and constant_time_compare(session_hash, user.get_session_auth_hash()):
            found[key] = SignedIn(user, key, session_hash)
    return found


def standing(user_ids: Iterable[int], session_keys: Iterable[str]) -> AccessState:
    """What still holds of these people and sessions, read from the database and not from any cache."""
    found = AccessState(users={}, sessions=set(), places={})
    session_model = _session_store().get_model_class()
    for ids in _batches(user_ids):
        for user in User.objects.filter(pk__in=ids, is_active=True):
            found.users[user.pk] = user
        for user_id, room_id, role, notify, last_read in (
            Membership.objects.current()
            .filter(user_id__in=ids)
            .values_list("user_id", "room_id", "role", "notify", "last_read")
        ):
            found.places.setdefault(user_id, {})[room_id] = MembershipState(role, notify, last_read)
    for keys in _batches(session_keys):
        live = session_model.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        found.sessions.update(live.values_list("session_key", flat=True))
    return found


def _session_store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _batches(values: Iterable[Any]) -> Iterable[list[Any]]:
    ordered = list(values)
    return (ordered[start : start + CHECKED_AT_ONCE] for start in range(0, len(ordered), CHECKED_AT_ONCE))
