"""Who is behind a session, and whether they still are."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat.models import Membership, Space, User
from chat.queries import credentials
from chat.queries.credentials import SessionCredential
from chat.queries.sessions import access_state, authenticate
from chat.services.memberships import leave_room, mark_read, set_role
from chat.services.messages import send_message
from tests.harness.inprocess import sign_in


def credential_of(user: Any, session_key: str) -> SessionCredential:
    """The credential that a session is."""
    return SessionCredential(user.pk, session_key, user.session_version)


def test_a_session_brings_its_person_and_their_rooms(mina: Any, space: Any, general: Any, founders: Any) -> None:
    key = sign_in(mina)
    state = authenticate([key])[0]
    assert state is not None
    assert state.signed_in.user == mina
    assert state.signed_in.credential == credential_of(mina, key)
    assert state.epoch == str(space.epoch)
    assert {room.slug for room in state.rooms} == {"general", "founders"}


def test_many_arrive_together_each_as_who_they_are(mina: Any, joon: Any, stranger: Any, general: Any) -> None:
    keys = [sign_in(mina), "nonsense", sign_in(stranger), sign_in(joon), sign_in(mina)]
    keys.append(keys[0])
    sessions_loader = authenticate(keys)
    names = [state.signed_in.user.username if state else None for state in sessions_loader]
    assert names == ["mina", None, "stranger", "joon", "mina", "mina"]
    rooms = [[room.role for room in state.rooms] if state else None for state in sessions_loader]
    assert rooms == [["owner"], None, [], ["member"], ["owner"], ["owner"]]


@pytest.mark.parametrize("key", ["", "x", "x" * 32, "a'b", "\x00", "한글", "x" * 5_000])
def test_an_invalid_session_authenticates_nobody(space: Any, key: str) -> None:
    assert authenticate([key]) == [None]


def test_an_ended_or_expired_session_authenticates_nobody(mina: Any) -> None:
    ended, old = sign_in(mina), sign_in(mina)
    Session.objects.filter(session_key=ended).delete()
    Session.objects.filter(session_key=old).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert authenticate([ended, old]) == [None, None]


def test_a_session_of_an_old_password_authenticates_nobody(mina: Any) -> None:
    key = sign_in(mina)
    mina.set_password("another one")
    mina.save()
    assert authenticate([key]) == [None]


def test_an_anonymous_session_authenticates_nobody(client: Any, space: Any) -> None:
    client.session.save()
    session = client.session
    session["language"] = "ko"
    session.save()
    assert authenticate([session.session_key]) == [None]


def test_a_deactivated_person_is_known_but_has_no_rooms(mina: Any, general: Any) -> None:
    key = sign_in(mina)
    User.objects.filter(pk=mina.pk).update(is_active=False)
    state = authenticate([key])[0]
    assert state is not None
    assert (state.signed_in.user.is_active, state.rooms) == (False, [])


def test_before_the_first_run_no_session_authenticates(mina: Any) -> None:
    key = sign_in(mina)
    Space.objects.all().delete()
    assert authenticate([key]) == [None]


def test_the_access_state_contains_what_is_still_valid_of_those_requested(
    mina: Any, joon: Any, stranger: Any, general: Any, founders: Any
) -> None:
    keys = [sign_in(user) for user in (mina, joon, stranger)]
    theirs = [credential_of(user, key) for user, key in zip((mina, joon, stranger), keys, strict=True)]
    send_message(joon, room_id=general.pk, key="0d6dc20c-43a6-4f1e-a0ea-1ee53a35ba09", body="hi")  # type: ignore[arg-type]
    mark_read(mina, room_id=general.pk, position=1)
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    Membership.objects.filter(user=joon, room=general).update(notify="mentions")
    leave_room(joon, room_id=founders.pk)
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    Session.objects.filter(session_key=keys[2]).delete()
    found = access_state([mina.pk, joon.pk, stranger.pk], theirs)
    assert set(found.users) == {mina.pk, joon.pk}
    assert found.credentials == set(theirs[:2])
    assert {room: place.last_read for room, place in found.places[mina.pk].items()} == {general.pk: 1, founders.pk: 0}
    assert {room: (place.role, place.notify) for room, place in found.places[joon.pk].items()} == {
        general.pk: ("moderator", "mentions")
    }


def test_thousands_are_asked_about_in_parts(
    mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "CHECKED_AT_ONCE", 1)
    theirs = [credential_of(user, sign_in(user)) for user in (mina, joon)]
    found = access_state([mina.pk, joon.pk], theirs)
    assert (set(found.users), found.credentials, set(found.places)) == (
        *({mina.pk, joon.pk}, set(theirs), {mina.pk, joon.pk}),
    )
