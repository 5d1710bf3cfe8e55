"""What can go wrong, by the codes of the wire, and the codes with which a socket is closed."""

from enum import IntEnum
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

JOIN_FIRST = _("Join the room first.")


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
    """A refusal with a code for programs and a sentence for a person.

    `message` may be lazily translated: it is turned into text in the language of the reader, where the error is
    answered. `field` names the input at fault; `retry_after` is in seconds.
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
    """Something in the request is malformed or breaks a rule; `field` says which part."""

    code = "invalid"
    sentence = _("This is not valid.")


class UnknownCommand(ChatError):
    """The server knows no command of that type."""

    code = "unknown_command"
    sentence = _("The server does not know this command.")


class NotFound(ChatError):
    """It does not exist, or is not the asker's to know of."""

    code = "not_found"
    sentence = _("This does not exist, or is not yours to see.")


class Forbidden(ChatError):
    """It exists and the asker may know of it, but may not do this."""

    code = "forbidden"
    sentence = _("You may not do this.")


class Conflict(ChatError):
    """It contradicts something that is already stored."""

    code = "conflict"
    sentence = _("This contradicts something that is already there.")


class Archived(ChatError):
    """The room is archived: it can be read, not written."""

    code = "archived"
    sentence = _("This room is archived: it can be read but not written.")


class TooLarge(ChatError):
    """The text is longer than the limit."""

    code = "too_large"
    sentence = _("This is too long.")


class RateLimited(ChatError):
    """Too much in too short a time; `retry_after` says in how many seconds it may be tried again."""

    code = "rate_limited"
    sentence = _("That was too fast. Wait a moment.")


class Unavailable(ChatError):
    """The server can't do it just now. Try again with the same key: nothing will be doubled."""

    code = "unavailable"
    sentence = _("The server can't do this just now. Try again.")


ERRORS: dict[str, type[ChatError]] = {
    error.code: error
    for error in (
        Invalid,
        UnknownCommand,
        NotFound,
        Forbidden,
        Conflict,
        Archived,
        TooLarge,
        RateLimited,
        Unavailable,
    )
}
