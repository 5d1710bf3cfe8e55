"""The credentials of clients, and which of them are still valid."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Self, TypeVar

from django.conf import settings
from django.utils import timezone

from chat.models import User

CHECKED_AT_ONCE = 1_000
"""Most rows that one query asks for."""

T = TypeVar("T")


class Credential(ABC):
    """What authenticates a client. Compared by value, so that sets can hold it."""

    __slots__ = ()

    @property
    @abstractmethod
    def name(self) -> str:
        """Identifies it in events of the bus; unique among the credentials of one person."""

    @classmethod
    @abstractmethod
    def valid(cls, credentials: Collection[Self], users: Mapping[int, User]) -> set[Self]:
        """Return those `credentials`, all of this class, that still authenticate one of the `users`, given by id.

        Reads all of them together, from the database and not from a cache.
        """


@dataclass(frozen=True, slots=True)
class SessionCredential(Credential):
    """A session of Django, valid until it ends or expires, or the person's `session_version` changes."""

    user_id: int
    session_key: str
    session_version: tuple[str, int] = field(repr=False)

    @staticmethod
    def name_of(session_key: str) -> str:
        """The name of a session's credential."""
        return f"session:{session_key}"

    @property
    def name(self) -> str:
        return self.name_of(self.session_key)

    @classmethod
    def valid(cls, credentials: Collection[Self], users: Mapping[int, User]) -> set[Self]:
        live = _live_keys(credential.session_key for credential in credentials)
        versions = {user_id: user.session_version for user_id, user in users.items()}
        return {
            credential
            for credential in credentials
            if credential.session_key in live and credential.session_version == versions.get(credential.user_id)
        }


def valid_credentials(credentials: Iterable[Credential], users: Mapping[int, User]) -> set[Credential]:
    """Return those that still authenticate one of the `users`, given by id. Queries the database once per class."""
    by_class: defaultdict[type[Credential], list[Credential]] = defaultdict(list)
    for credential in credentials:
        by_class[type(credential)].append(credential)
    return {one for kind, credentials in by_class.items() for one in kind.valid(credentials, users)}


def session_store() -> Any:
    """The session class of this site."""
    return import_module(settings.SESSION_ENGINE).SessionStore


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Split the values into lists of CHECKED_AT_ONCE."""
    ordered = list(values)
    return (ordered[start : start + CHECKED_AT_ONCE] for start in range(0, len(ordered), CHECKED_AT_ONCE))


def _live_keys(session_keys: Iterable[str]) -> set[str]:
    sessions = session_store().get_model_class().objects.filter(expire_date__gt=timezone.now())
    return {
        key
        for keys in in_batches(session_keys)
        for key in sessions.filter(session_key__in=keys).values_list("session_key", flat=True)
    }
