"""Tokens for tests."""

from collections.abc import Collection
from typing import Any

from chat.models import Token
from chat.services.tokens import create_token


def token_of(user: Any, *scopes: str, rooms: Collection[int] | None = None, **more: Any) -> str:
    """The text of a new token of this person, with these scopes or with all."""
    return made(user, *scopes, rooms=rooms, **more)[1]


def made(user: Any, *scopes: str, rooms: Collection[int] | None = None, **more: Any) -> tuple[Token, str]:
    """A new token of this person and its text."""
    chosen = scopes or ("read", "write", "manage")
    return create_token(user, user_id=user.pk, name="Script", scopes=chosen, room_ids=rooms, **more)
