"""Authenticates tokens, and lists those of a person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from chat.models import Token, User
from chat.models.token import Scope
from chat.queries.credentials import Credential, in_batches


@dataclass(frozen=True, slots=True)
class TokenCredential(Credential):
    """A token, valid until it is revoked or expires, or its person or the owner of the bot is deactivated.

    `rooms` are the ids of the rooms to which it is limited; None if it is not.
    """

    user_id: int
    token_id: int
    scopes: frozenset[Scope]
    rooms: frozenset[int] | None

    @staticmethod
    def name_of(token_id: int) -> str:
        """The name of a token's credential."""
        return f"token:{token_id}"

    @property
    def name(self) -> str:
        return self.name_of(self.token_id)

    @classmethod
    def of(cls, token: Token) -> Self:
        """The credential of a row. Scopes of a later version are ignored."""
        scopes = frozenset(Scope(scope) for scope in token.scopes if scope in Scope.values)
        return cls(token.user_id, token.pk, scopes, None if token.rooms is None else frozenset(token.rooms))

    @classmethod
    def valid(cls, credentials: Collection[Self], users: Mapping[int, User]) -> set[Self]:
        live = {
            (token_id, user_id)
            for ids in in_batches(credential.token_id for credential in credentials)
            for token_id, user_id in Token.objects.valid().filter(pk__in=ids).values_list("pk", "user_id")
        }
        return {c for c in credentials if (c.token_id, c.user_id) in live and c.user_id in users}


@dataclass(frozen=True, slots=True)
class TokenAccess:
    """Who sends a valid token, and what they may do with it."""

    user: User
    credential: TokenCredential
    used_at: datetime | None

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the token may be used for."""
        return self.credential.scopes

    @property
    def rooms(self) -> frozenset[int] | None:
        """The ids of the rooms to which it is limited; None if it is not."""
        return self.credential.rooms


def authenticate_tokens(digests: Sequence[str]) -> list[TokenAccess | None]:
    """Return who sends the tokens with these digests; None for one that is not valid. One query for all of them."""
    found = {
        token.digest: TokenAccess(token.user, TokenCredential.of(token), token.used_at)
        for token in Token.objects.valid().filter(digest__in=set(digests)).select_related("user")
    }
    return [found.get(digest) for digest in digests]


def bots_of(owner: User) -> list[User]:
    """The bots for which a person answers, by name."""
    return list(User.objects.bots_of(owner).order_by("username"))


def tokens_of(user: User) -> list[Token]:
    """The tokens of a person or bot, the newest first."""
    return list(Token.objects.filter(user=user).order_by("-pk"))
