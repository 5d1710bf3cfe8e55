"""Errors with their codes on the wire, and close codes."""

from enum import IntEnum
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

JOIN_FIRST = _("Join the room first.")
MODERATORS_POST = _("Only moderators and owners can write in this room.")


class CloseCode(IntEnum):
    """Why the server closes a socket. Daphne can send only 1000 and 3000 to 4999."""

    RESTARTING = 4012
    BAD_FRAME = 4400
    SIGNED_OUT = 4401
    DEACTIVATED = 4403
    NO_SUBPROTOCOL = 4406
    TOO_SLOW = 4408
    FRAME_TOO_LARGE = 4413
    FLOODING = 4429
    TOO_MANY_SOCKETS = 4430


class ChatError(Exception):
    """A refusal with a code for programs and a message for people.

    `message` may be lazily translated: it is rendered in the reader's language when the error is sent. `field` names
    the invalid input; `retry_after` is in seconds.
    """

    code: ClassVar[str] = "invalid"
    sentence: ClassVar[str | Promise] = _("This is not possible.")

    def __init__(
        self,
        message: str | Promise | None = None,
        *,
        field: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = self.sentence if message is None else message
        self.field = field
        self.retry_after = retry_after
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class Invalid(ChatError):
    """The request is malformed or violates a rule; `field` names the invalid part."""

    code = "invalid"
    sentence = _("This is not valid.")


class UnknownCommand(ChatError):
    """The server has no command of this type."""

    code = "unknown_command"
    sentence = _("The server does not know this command.")


class Unauthenticated(ChatError):
    """The request has no valid token or session. Only over HTTP: a socket is closed instead."""

    code = "unauthenticated"
    sentence = _("Sign in, or send a valid token.")


class NotFound(ChatError):
    """The object does not exist, or the actor may not know of it."""

    code = "not_found"
    sentence = _("This does not exist, or you may not see it.")


class Forbidden(ChatError):
    """The actor may know of the object, but may not do this."""

    code = "forbidden"
    sentence = _("You may not do this.")


class Conflict(ChatError):
    """The request contradicts something that is already stored."""

    code = "conflict"
    sentence = _("This conflicts with something that already exists.")


class Archived(ChatError):
    """The room is archived, and therefore read-only."""

    code = "archived"
    sentence = _("This room is archived: you can read it, but not post in it.")


class Muted(ChatError):
    """A moderator has muted the actor in the room for another `retry_after` seconds."""

    code = "muted"
    sentence = _("You can't write in this room for a while: somebody who looks after it has muted you.")


class TooSoon(ChatError):
    """The room is in slow mode: the actor may post again in `retry_after` seconds."""

    code = "slow"
    sentence = _("This room is in slow mode. Wait a little before your next message.")


class Held(ChatError):
    """The message is not posted yet: administrators decide whether it is. Do not send it again."""

    code = "held"
    sentence = _("Your message waits until somebody has looked at it, because of a word in it. You will be notified.")


class TooLarge(ChatError):
    """The text is longer than the limit."""

    code = "too_large"
    sentence = _("This is too long.")


class RateLimited(ChatError):
    """Too many requests; the actor may try again in `retry_after` seconds."""

    code = "rate_limited"
    sentence = _("That was too fast. Wait a moment.")


class Unavailable(ChatError):
    """The server cannot do this at the moment. A retry with the same key never stores anything twice."""

    code = "unavailable"
    sentence = _("The server can't do this right now. Try again.")


ERRORS: dict[str, type[ChatError]] = {
    error.code: error
    for error in (
        Invalid,
        UnknownCommand,
        Unauthenticated,
        NotFound,
        Forbidden,
        Conflict,
        Archived,
        Muted,
        TooSoon,
        Held,
        TooLarge,
        RateLimited,
        Unavailable,
    )
}
