"""Who a session authenticates, and what is still valid: asked when a client connects, and again every half a minute."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.models import Membership, User
from chat.protocol.shapes import RoomSummary
from chat.queries.credentials import Credential, SessionCredential, in_batches, session_store, valid_credentials
from chat.queries.rooms import MembershipState, room_summaries
from chat.queries.space import space_memory

IS_A_KEY = re.compile("[0-9a-z]{1,64}")
"""What a session key can look like. A cookie holds what anybody likes, and shares its query with those of others."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and the credential that proves it."""

    user: User
    credential: Credential


@dataclass(slots=True)
class AccessState:
    """What is still valid of many people: who is active, by which credentials, and who is in which rooms, by ids."""

    users: dict[int, User]
    credentials: set[Credential]
    places: dict[int, dict[int, MembershipState]]


@dataclass(frozen=True, slots=True)
class ConnectState:
    """All that the first frames of a connection tell a person."""

    signed_in: SignedIn
    epoch: str
    rooms: list[RoomSummary]


def authenticate(session_keys: Sequence[str]) -> list[ConnectState | None]:
    """Who connects with each of these sessions, deactivated or not, and their rooms; None for nobody.

    Three queries for all of them, read from the database and not from any cache.
    """
    space = space_memory.read()
    found = _signed_in({key for key in session_keys if IS_A_KEY.fullmatch(key)}) if space is not None else {}
    rooms = room_summaries(someone.user for someone in found.values())
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
    store = session_store()
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
            found[key] = SignedIn(user, SessionCredential(user.pk, key, user.session_version))
    return found


def access_state(user_ids: Iterable[int], credentials: Iterable[Credential]) -> AccessState:
    """What is still valid of these people and credentials, read from the database and not from any cache."""
    found = AccessState(users={}, credentials=set(), places={})
    for ids in in_batches(user_ids):
        for user in User.objects.active().filter(pk__in=ids):
            found.users[user.pk] = user
        for membership in Membership.objects.current().filter(user_id__in=ids):
            found.places.setdefault(membership.user_id, {})[membership.room_id] = MembershipState.of(membership)
    found.credentials = valid_credentials(credentials, found.users)
    return found
