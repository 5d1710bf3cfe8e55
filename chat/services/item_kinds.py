"""The kinds of items of a person: their valid values, and how many there may be."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models import Membership
from chat.models.message import BODY_CHARS
from chat.protocol.commands import LARGEST_INTEGER
from chat.protocol.errors import Invalid, TooLarge

NOTIFY_LEVELS = 1_000
FAVOURITES = 500
DRAFTS = 200
UNREAD_MARKS = 500
"""Most items of each kind that one person may have."""

ORDER_KEY_CHARS = 32
"""Most characters of the order key of a favourite."""

TIME_CHARS = 40
EARLIEST_YEAR = 1970


class ItemKind:
    """One kind of item. The key of each is the id of a room that the person is in."""

    most = 0
    """Most items of this kind that one person may have."""

    too_many: str | Promise = ""

    def clean(self, value: Any) -> Any:
        """Return the value in its stored form. Raises Invalid or TooLarge."""
        raise NotImplementedError

    def merge(self, held: Any, given: Any) -> Any:
        """Return the value after setting `given` where `held` is stored; None unsets the item."""
        return given


class NotifyLevel(ItemKind):
    """The notification level of a room."""

    most = NOTIFY_LEVELS
    too_many = _("You have reached the limit of notification levels.")

    def clean(self, value: Any) -> str:
        if not isinstance(value, str) or value not in Membership.Notify.values:
            raise Invalid(_("A notification level must be all, mentions or none."), field="value")
        return str(value)


class Favourite(ItemKind):
    """A room at the top of the sidebar: true, or its order key.

    Order keys are compared as text, and read as the digits of a fraction: between any two there is another. So moving
    a favourite changes only its own item.
    """

    most = FAVOURITES
    too_many = _("You have reached the limit of favourites. Remove one that you do not need.")

    def clean(self, value: Any) -> bool | str:
        if value is True or (isinstance(value, str) and _is_order_key(value)):
            return value
        raise Invalid(_("A favourite must be true, or an order key of at most 32 letters and digits."), field="value")


class Draft(ItemKind):
    """A text that the person has typed in a room and not sent: `text`, and `at`, when it was typed."""

    most = DRAFTS
    too_many = _("You have reached the limit of drafts. Send or clear one of them.")

    def clean(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise Invalid(_("A draft must have a text."), field="value")
        text = value["text"]
        if "\x00" in text:
            raise Invalid(_("The text contains a character that can't be stored (NUL)."), field="value")
        if len(text) > BODY_CHARS:
            raise TooLarge(_("This is too long: a message can have at most 10,000 characters."), field="value")
        return {"text": text, "at": _time(value.get("at"))}

    def merge(self, held: Any, given: Any) -> Any:
        """Keep the newer text, so that a device that was offline does not undo what was typed since."""
        if given is None:
            return None
        if held is not None and (held["text"] == given["text"] or held["at"] > given["at"]):
            return held
        return given if given["text"] else None


class UnreadMark(ItemKind):
    """Marks a room as unread from a message on: its `position`, and how many messages of people are before it.

    The read position is a fact that only increases, so the mark is kept beside it: no device undoes it by reading.
    """

    most = UNREAD_MARKS
    too_many = _("You have marked as many rooms as unread as one person may.")

    def clean(self, value: Any) -> dict[str, int]:
        if isinstance(value, dict):
            position, counted = value.get("position"), value.get("counted")
            if type(position) is int and type(counted) is int and 0 <= counted < position <= LARGEST_INTEGER:
                return {"position": position, "counted": counted}
        raise Invalid(_("A mark has a position, and a smaller number of messages before it."), field="value")


def _is_order_key(text: str) -> bool:
    """Whether a text is an order key. Without a last 0, no two keys are the same fraction."""
    return len(text) <= ORDER_KEY_CHARS and text.isascii() and text.isalnum() and not text.endswith("0")


def _time(given: Any) -> str:
    """Format a time so that texts compare as times do; use the current time for None or a time in the future."""
    now = timezone.now()
    at = now if given is None else min(_parsed(given), now)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _parsed(given: Any) -> datetime:
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) and len(given) <= TIME_CHARS else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year < EARLIEST_YEAR:
        raise Invalid(_("This must be a time in ISO 8601 with its offset."), field="value")
    return at


KINDS: dict[str, ItemKind] = {
    "notify": NotifyLevel(),
    "favourite": Favourite(),
    "draft": Draft(),
    "unread": UnreadMark(),
}
"""Kinds by their names on the wire."""
