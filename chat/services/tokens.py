"""Creates and revokes tokens, and records when they were last used."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.bus.bus import bus
from chat.bus.events import SessionEnded
from chat.models import Room, Token, User
from chat.models.audit import Action
from chat.models.token import TOKEN_NAME_CHARS, TOKEN_ROOMS, Scope, digest_of, new_token
from chat.protocol.errors import Conflict, Invalid, NotFound
from chat.queries.tokens import TokenCredential
from chat.services import audit, quotas
from chat.services.text import clean_line

TOKENS = 50
"""Most tokens of one person or bot."""

LONGEST = timedelta(days=10 * 366)

HINT_CHARS = 4

NOTED_EVERY = timedelta(minutes=1)
"""How often it is recorded that a token was used."""


@transaction.atomic
def create_token(
    actor: User | None,
    *,
    user_id: int,
    name: str,
    scopes: Collection[str],
    room_ids: Collection[int] | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    """Create a token of the actor or of one of their bots. Returns its row and its text, which is never seen again.

    Without an actor, a management command creates it, for anybody.

    Raises NotFound, Invalid, TooLarge, RateLimited, or Conflict if there are too many.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound
    if actor is not None:
        policy.require_tokens_of(actor, user)
        quotas.NEW_TOKENS.take(actor)
    name = clean_line(name, field="name", limit=TOKEN_NAME_CHARS, required=True)
    chosen = _scopes(scopes)
    rooms = None if room_ids is None else _rooms(user, room_ids)
    _require_future(expires_at)
    if Token.objects.filter(user=user).count() >= TOKENS:
        raise Conflict(_("There are too many tokens. Revoke some that nobody needs."))
    text = new_token(is_bot=user.is_bot)
    token: Token = Token.objects.create(
        user=user,
        name=name,
        digest=digest_of(text),
        hint=text[-HINT_CHARS:],
        scopes=chosen,
        rooms=rooms,
        expires_at=expires_at,
    )
    audit.record(actor, Action.TOKEN_CREATED, target=user, details=_details(token))
    return token, text


def _scopes(scopes: Collection[str]) -> list[str]:
    chosen = [scope for scope in Scope.values if scope in scopes]
    if not chosen or len(chosen) != len(set(scopes)):
        raise Invalid(_("Choose one or more of read, write and manage."), field="scopes")
    return chosen


def _rooms(user: User, room_ids: Collection[int]) -> list[int]:
    """The ids of rooms of the person. Threads belong to their rooms."""
    wanted = set(room_ids)
    if not 1 <= len(wanted) <= TOKEN_ROOMS:
        raise Invalid(_("Choose between 1 and 50 rooms."), field="rooms")
    found = set(Room.objects.of(user).without_threads().filter(pk__in=wanted).values_list("pk", flat=True))
    if found != wanted:
        raise Invalid(_("Choose only rooms that the account is in."), field="rooms")
    return sorted(found)


def _require_future(expires_at: datetime | None) -> None:
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        raise Invalid(_("This time must be in the next ten years."), field="expires_at")


@transaction.atomic
def revoke_token(actor: User, *, token_id: int) -> None:
    """Revoke a token of the actor or of one of their bots, or as an administrator any.

    Its streams and sockets close with 4401 at once. Raises NotFound.
    """
    token = Token.objects.select_related("user").filter(pk=token_id).first()
    if token is None:
        raise NotFound
    policy.require_revoke_token(actor, token.user)
    audit.record(actor, Action.TOKEN_REVOKED, target=token.user, details=_details(token))
    _revoke([token])


def revoke_all(user: User) -> None:
    """Revoke all tokens of a person and of their bots, because their account is deactivated or erased."""
    _revoke(list(Token.objects.filter(Q(user=user) | Q(user__owner=user))))


def _revoke(tokens: Sequence[Token]) -> None:
    ended = [SessionEnded(token.user_id, credential=TokenCredential.name_of(token.pk)) for token in tokens]
    if ended:
        Token.objects.filter(pk__in=[token.pk for token in tokens]).delete()
        transaction.on_commit(lambda: bus.publish(ended))


def _details(token: Token) -> dict[str, object]:
    """Without its name, which may say who somebody was after their account is erased."""
    return {"token": f"…{token.hint}", "scopes": token.scopes, "limited_to_rooms": token.rooms is not None}


def is_due_to_note(used_at: datetime | None) -> bool:
    """Whether the use of a token that was last recorded as used at this time is to be recorded again."""
    return used_at is None or timezone.now() - used_at >= NOTED_EVERY


def note_used(token_ids: Collection[int]) -> None:
    """Record that these tokens are used now, unless another process has just done that."""
    now = timezone.now()
    long_ago = Q(used_at=None) | Q(used_at__lte=now - NOTED_EVERY)
    Token.objects.filter(long_ago, pk__in=token_ids).update(used_at=now)
