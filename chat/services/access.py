"""Who is behind a session, and whether they still are: asked when a socket opens, and again every half a minute."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.models import Membership, Space, User
from chat.protocol.events import RoomSummary
from chat.services.snapshots import Place, room_summaries

CHECKED_AT_ONCE = 1_000
"""So many sessions or people are asked for in one query."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, by the session that proves it; `session_hash` changes when their password does."""

    user: User
    session_key: str
    session_hash: str


@dataclass(slots=True)
class Standing:
    """What still holds of many people: who is active, which sessions live, and who is in which rooms, by ids."""

    users: dict[int, User]
    sessions: set[str]
    places: dict[int, dict[int, Place]]


def signed_in(session_key: str | None) -> SignedIn | None:
    """The person whose session this is, deactivated or not; None where there is no such session any more."""
    if not session_key:
        return None
    session = _session_store()(session_key)
    user_id, session_hash = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY, "")
    if user_id is None:
        return None
    user = User.objects.filter(pk=user_id).first()
    if user is None or not constant_time_compare(session_hash, user.get_session_auth_hash()):
        return None
    return SignedIn(user, session_key, session_hash)


@dataclass(frozen=True, slots=True)
class Arrival:
    """All that the first frame of a socket tells a person."""

    signed_in: SignedIn
    epoch: str
    rooms: list[RoomSummary]


def arrive(session_key: str | None) -> Arrival | None:
    """Who opens a socket with this session, and their rooms; None for nobody."""
    found = signed_in(session_key)
    space = Space.objects.current()
    if found is None or space is None:
        return None
    rooms = room_summaries(found.user) if found.user.is_active else []
    return Arrival(found, str(space.epoch), rooms)


def standing(user_ids: Iterable[int], session_keys: Iterable[str]) -> Standing:
    """What still holds of these people and sessions, read from the database and not from any cache."""
    found = Standing(users={}, sessions=set(), places={})
    session_model = _session_store().get_model_class()
    for ids in _batches(user_ids):
        for user in User.objects.filter(pk__in=ids, is_active=True):
            found.users[user.pk] = user
        for user_id, room_id, role, notify, last_read in (
            Membership.objects.current()
            .filter(user_id__in=ids)
            .values_list("user_id", "room_id", "role", "notify", "last_read")
        ):
            found.places.setdefault(user_id, {})[room_id] = Place(role, notify, last_read)
    for keys in _batches(session_keys):
        live = session_model.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        found.sessions.update(live.values_list("session_key", flat=True))
    return found


def _session_store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore


def _batches(values: Iterable[Any]) -> Iterable[list[Any]]:
    ordered = list(values)
    return (ordered[start : start + CHECKED_AT_ONCE] for start in range(0, len(ordered), CHECKED_AT_ONCE))
