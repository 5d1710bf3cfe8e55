"""The kinds of items of a person: their valid values, and how many there may be."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models import Membership, Room
from chat.models.message import BODY_CHARS
from chat.models.person_item import BLOCKS, HIDE_READS, NOTICE
from chat.protocol.commands import LARGEST_INTEGER
from chat.protocol.errors import Invalid, TooLarge
from chat.protocol.limits import TIME_CHARS

BLOCKED_PEOPLE = 300
HIDDEN_ROOMS = 400
NOTIFY_LEVELS = 1_000
FAVOURITES = 500
DRAFTS = 200
UNREAD_MARKS = 500
"""Most items of each kind that one person may have."""

ORDER_KEY_CHARS = 32
"""Most characters of the order key of a favourite."""

HIDES_PRESENCE = "hides_presence"
"""The setting with which a person hides whether they are here."""

EARLIEST_YEAR = 1970


class ItemKind:
    """One kind of item. The key of each is the id of a room that the person is in, unless the kind says otherwise."""

    most = 0
    """Most items of this kind that one person may have."""

    too_many: str | Promise = ""

    def room_of(self, key: str) -> int | None:
        """The room of the item with this key; None if the kind is not about rooms. Raises Invalid for another key."""
        is_number = key.isascii() and key.isdecimal() and len(key) <= len(str(LARGEST_INTEGER))
        if not is_number or str(int(key)) != key or not 0 < int(key) <= LARGEST_INTEGER:
            raise Invalid(_("The key must be the id of a room, as text."), field="key")
        return int(key)

    def clean(self, value: Any, *, key: str) -> Any:
        """Return the value in its stored form. Raises Invalid or TooLarge."""
        raise NotImplementedError

    def merge(self, held: Any, given: Any) -> Any:
        """Return the value after setting `given` where `held` is stored; None unsets the item."""
        return given

    def check_room(self, room: Room) -> None:
        """Raise Invalid for a room about which there can be no such item."""


class NotifyLevel(ItemKind):
    """The notification level of a room."""

    most = NOTIFY_LEVELS
    too_many = _("You have reached the limit of notification levels.")

    def clean(self, value: Any, *, key: str) -> str:
        return clean_level(value)


class Favourite(ItemKind):
    """A room at the top of the sidebar: true, or its order key.

    Order keys are compared as text, and read as the digits of a fraction: between any two there is another. So moving
    a favourite changes only its own item.
    """

    most = FAVOURITES
    too_many = _("You have reached the limit of favourites. Remove one that you do not need.")

    def clean(self, value: Any, *, key: str) -> bool | str:
        if value is True or (isinstance(value, str) and _is_order_key(value)):
            return value
        raise Invalid(_("A favourite must be true, or an order key of at most 32 letters and digits."), field="value")


class Draft(ItemKind):
    """A text that the person has typed in a room and not sent: `text`, and `at`, when it was typed."""

    most = DRAFTS
    too_many = _("You have reached the limit of drafts. Send or clear one of them.")

    def clean(self, value: Any, *, key: str) -> dict[str, str]:
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise Invalid(_("A draft must have a text."), field="value")
        text = value["text"]
        if "\x00" in text:
            raise Invalid(_("The text contains a character that can't be stored (NUL)."), field="value")
        if len(text) > BODY_CHARS:
            raise TooLarge(_("This is too long: a message can have at most 10,000 characters."), field="value")
        return {"text": text, "at": format_time(_past(value.get("at")))}

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

    def clean(self, value: Any, *, key: str) -> dict[str, int]:
        if isinstance(value, dict):
            position, counted = value.get("position"), value.get("counted")
            if type(position) is int and type(counted) is int and 0 <= counted < position <= LARGEST_INTEGER:
                return {"position": position, "counted": counted}
        raise Invalid(_("A mark has a position, and a smaller number of messages before it."), field="value")


class Hidden(ItemKind):
    """Hides a direct room from the list until a message follows that at `position`."""

    most = HIDDEN_ROOMS
    too_many = _("You have hidden as many conversations as one person may.")

    def clean(self, value: Any, *, key: str) -> dict[str, int]:
        position = value.get("position") if isinstance(value, dict) else None
        if type(position) is int and 0 <= position <= LARGEST_INTEGER:
            return {"position": position}
        raise Invalid(_("To hide a conversation, name the position of its last message."), field="value")

    def check_room(self, room: Room) -> None:
        if room.kind != Room.Kind.DIRECT:
            raise Invalid(_("Only a direct conversation can be hidden."), field="key")


class Block(ItemKind):
    """A person whom this one has blocked. The key is the id of that person. Set by `chat.services.blocks`."""

    most = BLOCKED_PEOPLE
    too_many = _("You have blocked as many people as one person may.")

    def room_of(self, key: str) -> int | None:
        super().room_of(key)
        return None

    def clean(self, value: Any, *, key: str) -> bool:
        if value is True:
            return True
        raise Invalid(_("A block must be true."), field="value")


class Notice(ItemKind):
    """What moderators decided about something of the person, which they only dismiss."""

    def room_of(self, key: str) -> int | None:
        return None

    def clean(self, value: Any, *, key: str) -> Any:
        raise Invalid(_("Only the server sets this."), field="value")


class Setting(ItemKind):
    """A setting of the person for all their devices. Its key is the name under which it was registered."""

    too_many = _("There are no more settings than these.")

    def __init__(self) -> None:
        self.cleaners: dict[str, Callable[[Any], Any]] = {}

    def register(self, key: str, clean: Callable[[Any], Any]) -> None:
        """Add a setting, and the function that returns its value in its stored form, or raises Invalid.

        Apps beside this one call it in `AppConfig.ready`. The key must not look like the id of a room.
        """
        assert not key.isdecimal()  # noqa: S101 (a mistake in code)
        self.cleaners[key] = clean
        self.most = len(self.cleaners)

    def room_of(self, key: str) -> int | None:
        if key not in self.cleaners:
            raise Invalid(_("There is no such setting."), field="key")
        return None

    def clean(self, value: Any, *, key: str) -> Any:
        return self.cleaners[key](value)


def clean_level(value: Any) -> str:
    """Return a notification level. Raises Invalid."""
    if not isinstance(value, str) or value not in Membership.Notify.values:
        raise Invalid(_("A notification level must be all, mentions or none."), field="value")
    return str(value)


def clean_flag(value: Any) -> bool:
    """Return whether a setting is on. Raises Invalid."""
    if not isinstance(value, bool):
        raise Invalid(_("This must be true or false."), field="value")
    return value


def _is_order_key(text: str) -> bool:
    """Whether a text is an order key. Without a last 0, no two keys are the same fraction."""
    return len(text) <= ORDER_KEY_CHARS and text.isascii() and text.isalnum() and not text.endswith("0")


def _past(given: Any) -> datetime:
    """A time; the current one for None or a time in the future."""
    now = timezone.now()
    return now if given is None else min(parse_time(given), now)


def format_time(at: datetime) -> str:
    """A time as text, so that texts compare as times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(given: Any) -> datetime:
    """The time that a client sent as text. Raises Invalid."""
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) and len(given) <= TIME_CHARS else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year < EARLIEST_YEAR:
        raise Invalid(_("This must be a time in ISO 8601 with its offset."), field="value")
    return at


def clean_hide_reads(value: Any) -> bool:
    """Return whether others are not shown how far the person has read. Raises Invalid."""
    if not isinstance(value, bool):
        raise Invalid(_("This must be true or false."), field="value")
    return value


SETTING = Setting()
SETTING.register("notify_default", clean_level)
SETTING.register(HIDES_PRESENCE, clean_flag)
SETTING.register(HIDE_READS, clean_hide_reads)

KINDS: dict[str, ItemKind] = {
    "notify": NotifyLevel(),
    "favourite": Favourite(),
    "draft": Draft(),
    "unread": UnreadMark(),
    "hidden": Hidden(),
    BLOCKS: Block(),
    "setting": SETTING,
}
"""Kinds by their names on the wire."""

ONLY_UNSET: dict[str, ItemKind] = {NOTICE: Notice()}
"""Kinds that clients only unset."""
