"""Authenticates sessions when clients connect, and checks every 30 s what is still valid."""

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
"""The form of session keys. A cookie can hold anything, and is looked up in one query with those of others."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and the credential that authenticates them."""

    user: User
    credential: Credential


@dataclass(slots=True)
class AccessState:
    """What is still valid of many people: active users by id, credentials, and memberships by user and room id."""

    users: dict[int, User]
    credentials: set[Credential]
    places: dict[int, dict[int, MembershipState]]


@dataclass(frozen=True, slots=True)
class ConnectState:
    """The data of a connection's first frames."""

    signed_in: SignedIn
    epoch: str
    rooms: list[RoomSummary]


def authenticate(session_keys: Sequence[str]) -> list[ConnectState | None]:
    """Return the person of each session, active or not, with their rooms; None for an invalid session.

    Three queries for all sessions. Sessions are read from the database, never from a cache.
    """
    space = space_memory.read()
    found = _signed_in({key for key in session_keys if IS_A_KEY.fullmatch(key)}) if space is not None else {}
    rooms = room_summaries(someone.user for someone in found.values())
    states = {
        key: ConnectState(someone, str(space.epoch) if space else "", rooms.get(someone.user.pk, []))
        for key, someone in found.items()
    }
    return [states.get(key) for key in session_keys]


def signed_in(session_keys: Sequence[str]) -> list[SignedIn | None]:
    """Return the person of each session, active or not; None for an invalid one. Two queries for all sessions."""
    found = _signed_in({key for key in session_keys if IS_A_KEY.fullmatch(key)})
    return [found.get(key) for key in session_keys]


def connect_states(people: Sequence[SignedIn]) -> list[ConnectState]:
    """The data of the first frames of people who were authenticated otherwise. Three queries for all of them."""
    space = space_memory.read()
    rooms = room_summaries(someone.user for someone in people)
    epoch = str(space.epoch) if space else ""
    return [ConnectState(someone, epoch, rooms.get(someone.user.pk, [])) for someone in people]


def live_sessions(session_keys: set[str]) -> set[str]:
    """The sessions among these in which somebody is signed in, read from the database, never from a cache."""
    return set(_signed_in(session_keys))


def _signed_in(session_keys: set[str]) -> dict[str, SignedIn]:
    """The people of the sessions that are live and match their password, by session key."""
    store = session_store()
    sessions = store.get_model_class().objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    contents = {key: store().decode(data) for key, data in sessions.values_list("session_key", "session_data")}
    for key in session_keys - contents.keys():
        store(key).delete()  # a cache may still hold it, and pages would accept what sockets refuse
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
    """Return what is still valid of these people and credentials, read from the database, never from a cache."""
    found = AccessState(users={}, credentials=set(), places={})
    for ids in in_batches(user_ids):
        for user in User.objects.active().filter(pk__in=ids):
            found.users[user.pk] = user
        for membership in Membership.objects.current().filter(user_id__in=ids):
            found.places.setdefault(membership.user_id, {})[membership.room_id] = MembershipState.of(membership)
    found.credentials = valid_credentials(credentials, found.users)
    return found
