"""Which credentials are still valid: asked of each kind of them, for all people together."""

from typing import Any, Self

import pytest
from django.contrib.sessions.models import Session

from chat.models import User
from chat.queries.credentials import Credential, SessionCredential, valid_credentials
from tests.harness.inprocess import sign_in


def session_of(user: User) -> SessionCredential:
    """The credential that a new session of this person is."""
    return SessionCredential(user.pk, sign_in(user), user.session_version)


class Badge(Credential):
    """A credential of another kind, of which one is valid."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    @classmethod
    def valid(cls, credentials: Any, users: Any) -> set[Self]:
        return {badge for badge in credentials if badge.name == "good"}


def test_a_session_is_valid_until_it_is_deleted(mina: User) -> None:
    kept, ended = session_of(mina), session_of(mina)
    Session.objects.filter(session_key=ended.session_key).delete()
    assert valid_credentials([kept, ended], {mina.pk: mina}) == {kept}


@pytest.mark.parametrize("change", [{"password": "another"}, {"sessions_ended": 1}])
def test_a_session_from_before_all_sessions_of_its_person_ended_is_not_valid(
    mina: User, change: dict[str, Any]
) -> None:
    old = session_of(mina)
    for name, value in change.items():
        setattr(mina, name, value)
    assert valid_credentials([old, session_of(mina)], {mina.pk: mina}).isdisjoint({old})


def test_a_credential_of_somebody_who_is_not_among_the_people_is_not_valid(mina: User, joon: User) -> None:
    theirs = session_of(joon)
    assert valid_credentials([theirs, session_of(mina)], {mina.pk: mina}).isdisjoint({theirs})


def test_a_session_is_valid_for_its_own_person_only(mina: User, joon: User) -> None:
    mina.password = joon.password
    stolen = SessionCredential(joon.pk, session_of(mina).session_key, mina.session_version)
    assert valid_credentials([stolen], {mina.pk: mina}) == set()


def test_credentials_of_several_kinds_are_each_asked_of_their_own_kind(mina: User) -> None:
    session, good, bad = session_of(mina), Badge("good"), Badge("bad")
    assert valid_credentials([session, bad, good], {mina.pk: mina}) == {session, good}


def test_names_distinguish_sessions_from_other_credentials(mina: User) -> None:
    session = session_of(mina)
    assert session.name == SessionCredential.name_of(session.session_key) == f"session:{session.session_key}"


def test_a_credential_is_printed_without_its_password(mina: User) -> None:
    assert mina.password not in repr(session_of(mina))
