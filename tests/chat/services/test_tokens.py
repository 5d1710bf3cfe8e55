"""Tokens: who may create and revoke them, what is stored, and when they stop being valid."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.bus.events import Deactivated, Event, SessionEnded
from chat.models import AuditEntry, Token, User
from chat.models.audit import Action
from chat.models.token import Scope, digest_of
from chat.protocol.errors import ChatError, Conflict, Invalid, NotFound, RateLimited
from chat.queries.credentials import valid_credentials
from chat.queries.tokens import TokenCredential, authenticate_tokens, tokens_of
from chat.services import tokens
from chat.services.erasure import OwnMessages, erase
from chat.services.messages import send_message
from chat.services.people import activate_user, deactivate_user
from chat.services.quotas import unlimited
from chat.services.threads import reply_in_thread
from tests.conftest import person
from tests.harness.tokens import made, token_of

Published = Callable[..., list[Event]]


@pytest.fixture
def robot(mina: User) -> Any:
    """A bot of mina."""
    bot = person("robot", "Robot")
    bot.is_bot, bot.owner = True, mina
    bot.save()
    return bot


def is_valid(text: str) -> bool:
    return authenticate_tokens([digest_of(text)]) != [None]


def test_a_token_authenticates_its_person_with_its_scopes_and_rooms(mina: User, general: Any) -> None:
    token, text = made(mina, "write", "read", rooms=[general.pk])
    (access,) = authenticate_tokens([digest_of(text)])
    assert access is not None
    assert access.user == mina
    assert access.scopes == {Scope.READ, Scope.WRITE}
    assert access.rooms == frozenset({general.pk})
    assert access.credential.name == f"token:{token.pk}"


def test_nothing_that_is_stored_contains_the_token(mina: User) -> None:
    token, text = made(mina)
    stored = str(Token.objects.filter(pk=token.pk).values().get())
    assert text not in stored
    assert text[5:-4] not in stored
    assert text.endswith(token.hint)
    assert text not in str(AuditEntry.objects.values())


def test_many_are_authenticated_together_each_as_who_they_are(mina: User, joon: User) -> None:
    digests = [digest_of(text) for text in (token_of(mina), "nonsense", token_of(joon))]
    found = authenticate_tokens(digests)
    assert [access and access.user.username for access in found] == ["mina", None, "joon"]


def test_an_expired_token_authenticates_nobody(mina: User) -> None:
    token, text = made(mina, expires_at=timezone.now() + timedelta(days=1))
    credential = TokenCredential.of(token)
    assert is_valid(text)
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not is_valid(text)
    assert valid_credentials([credential], {mina.pk: mina}) == set()


def test_a_revoked_token_is_refused_and_its_connections_are_named(mina: User, published_by: Published) -> None:
    (token, text), other = made(mina), token_of(mina)
    events = published_by(lambda: tokens.revoke_token(mina, token_id=token.pk))
    assert events == [SessionEnded(mina.pk, credential=f"token:{token.pk}")]
    assert not is_valid(text)
    assert valid_credentials([TokenCredential.of(token)], {mina.pk: mina}) == set()
    assert is_valid(other)


def test_only_its_person_and_administrators_revoke_a_token(mina: User, joon: User, keeper: User) -> None:
    (first, _text), (second, _other) = made(mina), made(mina)
    with pytest.raises(NotFound):
        tokens.revoke_token(joon, token_id=first.pk)
    with pytest.raises(NotFound):
        tokens.revoke_token(joon, token_id=second.pk + 1)
    tokens.revoke_token(mina, token_id=first.pk)
    tokens.revoke_token(keeper, token_id=second.pk)
    assert not Token.objects.exists()


def test_nobody_creates_a_token_for_somebody_else(mina: User, joon: User, keeper: User) -> None:
    for actor in (joon, keeper):
        with pytest.raises(NotFound):
            tokens.create_token(actor, user_id=mina.pk, name="x", scopes=["read"])
    with pytest.raises(NotFound):
        tokens.create_token(mina, user_id=0, name="x", scopes=["read"])


def test_an_owner_creates_and_revokes_tokens_of_their_bot(mina: User, joon: User, robot: User) -> None:
    token, text = tokens.create_token(mina, user_id=robot.pk, name="Deploys", scopes=["write"])
    assert text.startswith("srbb_")
    assert tokens_of(robot) == [token]
    (access,) = authenticate_tokens([digest_of(text)])
    assert access is not None
    assert access.user == robot
    with pytest.raises(NotFound):
        tokens.create_token(joon, user_id=robot.pk, name="x", scopes=["write"])
    with pytest.raises(NotFound):
        tokens.revoke_token(joon, token_id=token.pk)
    tokens.revoke_token(mina, token_id=token.pk)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": ""}, Invalid),
        ({"name": " \u200b "}, Invalid),
        ({"name": "x" * 61}, ChatError),
        ({"scopes": []}, Invalid),
        ({"scopes": ["read", "everything"]}, Invalid),
        ({"room_ids": []}, Invalid),
        ({"room_ids": range(1, 60)}, Invalid),
        ({"expires_at": timezone.now()}, Invalid),
        ({"expires_at": timezone.now() + timedelta(days=40_000)}, Invalid),
    ],
)
def test_what_a_token_cannot_be_is_refused(mina: User, change: dict[str, Any], error: type[ChatError]) -> None:
    wanted: dict[str, Any] = {"user_id": mina.pk, "name": "Script", "scopes": ["read"], **change}
    with pytest.raises(error):
        tokens.create_token(mina, **wanted)


def test_a_token_is_limited_only_to_rooms_of_its_person(mina: User, joon: User, stranger: User, general: Any) -> None:
    question = send_message(mina, room_id=general.pk, key=uuid4(), body="Tea?")
    thread = reply_in_thread(joon, room_id=general.pk, message_id=question.pk, key=uuid4(), body="Yes").room_id
    for user, room_id in ((stranger, general.pk), (mina, thread)):
        with pytest.raises(Invalid):
            made(user, rooms=[room_id])


def test_the_number_of_tokens_and_of_new_ones_is_limited(mina: User) -> None:
    for _time in range(30):
        made(mina)
    with pytest.raises(RateLimited):
        made(mina)
    with unlimited():
        for _time in range(tokens.TOKENS - 30):
            made(mina)
        with pytest.raises(Conflict):
            made(mina)
    assert Token.objects.count() == tokens.TOKENS


def test_deactivation_revokes_the_tokens_of_a_person_and_their_bots(
    mina: User, robot: User, keeper: User, published_by: Published
) -> None:
    (own, text), (of_bot, bot_text) = made(mina), made(robot)
    events = published_by(lambda: deactivate_user(keeper, user_id=mina.pk))
    assert {event for event in events if isinstance(event, SessionEnded)} == {
        SessionEnded(mina.pk, credential=f"token:{own.pk}"),
        SessionEnded(robot.pk, credential=f"token:{of_bot.pk}"),
    }
    assert Deactivated(mina.pk) in events
    activate_user(keeper, user_id=mina.pk)
    assert not is_valid(text)
    assert not is_valid(bot_text)


def test_a_bot_whose_owner_is_inactive_is_nobody(mina: User, robot: User) -> None:
    token, text = made(robot)
    User.objects.filter(pk=mina.pk).update(is_active=False)
    assert not is_valid(text)
    assert valid_credentials([TokenCredential.of(token)], {robot.pk: robot}) == set()


def test_erasure_removes_the_tokens(mina: User, keeper: User) -> None:
    text = token_of(mina)
    erase(mina, user_id=mina.pk, own_messages=OwnMessages.KEEP)
    assert not is_valid(text)
    assert not Token.objects.exists()


def test_a_token_of_somebody_else_is_not_valid_for_a_person(mina: User, joon: User) -> None:
    token = made(mina)[0]
    stolen = TokenCredential(joon.pk, token.pk, frozenset(Scope), None)
    assert valid_credentials([stolen], {mina.pk: mina, joon.pk: joon}) == set()


def test_use_is_recorded_at_most_once_a_minute(mina: User) -> None:
    token = made(mina)[0]
    assert tokens.is_due_to_note(None)
    tokens.note_used([token.pk])
    token.refresh_from_db()
    first = token.used_at
    assert first is not None
    assert not tokens.is_due_to_note(first)
    tokens.note_used([token.pk])
    token.refresh_from_db()
    assert token.used_at == first
    Token.objects.update(used_at=first - timedelta(minutes=1))
    tokens.note_used([token.pk])
    token.refresh_from_db()
    assert token.used_at > first


def test_creation_and_revocation_are_in_the_audit(mina: User) -> None:
    token = made(mina)[0]
    tokens.revoke_token(mina, token_id=token.pk)
    entries = AuditEntry.objects.order_by("pk").filter(action__in=[Action.TOKEN_CREATED, Action.TOKEN_REVOKED])
    assert [entry.action for entry in entries] == [Action.TOKEN_CREATED, Action.TOKEN_REVOKED]
    assert {entry.details["token"] for entry in entries} == {f"…{token.hint}"}
