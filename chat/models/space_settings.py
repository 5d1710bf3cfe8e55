"""The settings of a space that administrators can change while it runs: their names, bounds and defaults.

The default of a setting is the operator's value in the environment, or else a constant here. The row stores only the
settings that an administrator changed. The bounds limit administrators; the operator's own value may exceed them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

T = TypeVar("T")

Text = str | Promise
Stored = Mapping[str, Any]
"""The stored values of a space, by the names of their settings."""


class Section(models.TextChoices):
    """The sections of the settings page."""

    DOORS = "doors", _("Permissions")
    LIMITS = "limits", _("Limits for each person")
    NEWCOMERS = "newcomers", _("Newcomers and words")
    UPKEEP = "upkeep", _("Upkeep")


@dataclass(frozen=True, kw_only=True)
class Setting(Generic[T]):
    """One setting. `read_default` returns its value if no administrator has set one."""

    name: str
    section: Section
    label: Text
    help_text: Text
    read_default: Callable[[], T]

    @property
    def default(self) -> T:
        """The operator's value, or the constant."""
        return self.read_default()

    def accepts(self, value: object) -> bool:
        """Whether an administrator may set this value."""
        raise NotImplementedError

    def value_in(self, stored: Stored) -> T:
        """The effective value. A value that another version stored and this one does not accept is ignored."""
        value = stored.get(self.name)
        return cast("T", value) if self.accepts(value) else self.default


@dataclass(frozen=True, kw_only=True)
class Choice(Setting[str]):
    """One of several values, each with its label."""

    choices: tuple[tuple[str, Text], ...]

    def accepts(self, value: object) -> bool:
        return value in dict(self.choices)


@dataclass(frozen=True, kw_only=True)
class Whole(Setting[int]):
    """A whole number between two bounds."""

    minimum: int
    maximum: int

    def accepts(self, value: object) -> bool:
        return type(value) is int and self.minimum <= value <= max(self.maximum, self.default)


@dataclass(frozen=True, kw_only=True)
class Fraction(Setting[float]):
    """A number between two bounds."""

    minimum: float
    maximum: float

    def accepts(self, value: object) -> bool:
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and self.minimum <= value <= max(self.maximum, self.default)
        )


@dataclass(frozen=True, kw_only=True)
class Words(Setting[list[str]]):
    """A list of words or phrases, each on a line of its own where it is edited."""

    most: int
    chars: int

    def accepts(self, value: object) -> bool:
        return isinstance(value, list) and len(value) <= self.most and all(self.is_word(word) for word in value)

    def is_word(self, word: object) -> bool:
        """Whether this can be one of the words."""
        return isinstance(word, str) and "\x00" not in word and bool(word.strip()) and len(word) <= self.chars


SETTINGS: dict[str, Setting[Any]] = {}
"""All settings by name, in the order in which the page shows them."""

S = TypeVar("S", bound=Setting[Any])


def register(setting: S) -> S:
    """Register a setting. Apps that add settings of their own call this before the first request."""
    assert setting.name not in SETTINGS, setting.name  # noqa: S101 (a programming error, found at startup)
    SETTINGS[setting.name] = setting
    return setting


class Signups(models.TextChoices):
    """Who may sign up."""

    OPEN = "open", _("anybody who reaches the site")
    INVITE = "invite", _("people who follow an invitation link")
    CLOSED = "closed", _("nobody: administrators create accounts")


class TwoSteps(models.TextChoices):
    """Who must sign in in two steps."""

    OPTIONAL = "optional", _("nobody: it is up to each person")
    ADMINISTRATORS = "administrators", _("staff and superusers")


class Creators(models.TextChoices):
    """Who may create rooms of a kind."""

    EVERYBODY = "everybody", _("everybody")
    STAFF = "staff", _("staff and superusers")
    SUPERUSERS = "superusers", _("superusers only")


SIGNUPS = register(
    Choice(
        name="signups",
        section=Section.DOORS,
        label=_("Who may sign up"),
        help_text=_("People who have an account already can always sign in."),
        read_default=lambda: settings.SIGNUPS,
        choices=tuple(Signups.choices),
    )
)
INVITATION_DAYS = register(
    Whole(
        name="invitation_days",
        section=Section.DOORS,
        label=_("Longest validity of an invitation link in days"),
        help_text=_("0 for no limit. Applies to existing links, too."),
        read_default=lambda: 0,
        minimum=0,
        maximum=90,
    )
)
TWO_STEPS = register(
    Choice(
        name="two_steps",
        section=Section.DOORS,
        label=_("Who must use two-step sign-in"),
        help_text=_("Those who must, and have not set it up yet, have no rights in the administration until they do."),
        read_default=lambda: TwoSteps.OPTIONAL.value,
        choices=tuple(TwoSteps.choices),
    )
)
PUBLIC_ROOM_CREATORS = register(
    Choice(
        name="public_room_creators",
        section=Section.DOORS,
        label=_("Who may create public rooms"),
        help_text=_("Everybody can find a public room and join it."),
        read_default=lambda: Creators.EVERYBODY.value,
        choices=tuple(Creators.choices),
    )
)
PRIVATE_ROOM_CREATORS = register(
    Choice(
        name="private_room_creators",
        section=Section.DOORS,
        label=_("Who may create private rooms"),
        help_text=_("Only invited people know that a private room exists."),
        read_default=lambda: Creators.EVERYBODY.value,
        choices=tuple(Creators.choices),
    )
)
SEND_RATE = register(
    Fraction(
        name="send_rate",
        section=Section.LIMITS,
        label=_("Messages per second"),
        help_text=_("How many messages and edits a person may send per second in the long run."),
        read_default=lambda: settings.SEND_RATE_PER_SECOND,
        minimum=0.1,
        maximum=50.0,
    )
)
SEND_BURST = register(
    Whole(
        name="send_burst",
        section=Section.LIMITS,
        label=_("Messages at once"),
        help_text=_("How many messages and edits a person may send at once after a pause."),
        read_default=lambda: settings.SEND_RATE_BURST,
        minimum=1,
        maximum=1_000,
    )
)
ROOMS_PER_PERSON_MAXIMUM = 1_000
"""The upper bound for the rooms of one person, because every `hello` lists all of them."""

ROOMS_PER_PERSON = register(
    Whole(
        name="rooms_per_person",
        section=Section.LIMITS,
        label=_("Rooms that a person may be in"),
        help_text=_("People who are already in more rooms stay in them."),
        read_default=lambda: ROOMS_PER_PERSON_MAXIMUM,
        minimum=1,
        maximum=ROOMS_PER_PERSON_MAXIMUM,
    )
)
ROOMS_CREATED = register(
    Whole(
        name="rooms_created",
        section=Section.LIMITS,
        label=_("Existing rooms that a person may have created"),
        help_text=_("Does not apply to superusers."),
        read_default=lambda: 200,
        minimum=1,
        maximum=10_000,
    )
)
NEW_ROOMS_PER_HOUR = register(
    Whole(
        name="new_rooms_per_hour",
        section=Section.LIMITS,
        label=_("New rooms per hour"),
        help_text=_("How many rooms a person may create per hour. Does not apply to superusers."),
        read_default=lambda: 20,
        minimum=1,
        maximum=1_000,
    )
)
INVITATIONS_PER_HOUR = register(
    Whole(
        name="invitations_per_hour",
        section=Section.LIMITS,
        label=_("Invitations per hour"),
        help_text=_("How many people a person may invite into rooms per hour. Does not apply to superusers."),
        read_default=lambda: 300,
        minimum=1,
        maximum=10_000,
    )
)


class WordsAct(models.TextChoices):
    """What happens to a message with one of the blocked words."""

    OFF = "off", _("nothing")
    REFUSE = "refuse", _("it is refused")
    HOLD = "hold", _("it waits until an administrator posts or declines it")


NEWCOMER_HOURS = register(
    Whole(
        name="newcomer_hours",
        section=Section.NEWCOMERS,
        label=_("Hours for which a person is new"),
        help_text=_("The limits below apply to people whose account is younger. 0 for no such limits."),
        read_default=lambda: 0,
        minimum=0,
        maximum=24 * 30,
    )
)
NEWCOMER_LINKS = register(
    Whole(
        name="newcomer_links",
        section=Section.NEWCOMERS,
        label=_("Links in a message of a new person"),
        help_text=_("A message with more links is refused."),
        read_default=lambda: 2,
        minimum=0,
        maximum=500,
    )
)
NEWCOMER_ROOMS = register(
    Whole(
        name="newcomer_rooms",
        section=Section.NEWCOMERS,
        label=_("Rooms that a new person may create"),
        help_text=_("Existing rooms count."),
        read_default=lambda: 2,
        minimum=0,
        maximum=10_000,
    )
)
NEWCOMER_DIRECT = register(
    Whole(
        name="newcomer_direct",
        section=Section.NEWCOMERS,
        label=_("Direct conversations that a new person may begin"),
        help_text=_("Existing conversations count."),
        read_default=lambda: 5,
        minimum=0,
        maximum=10_000,
    )
)
BLOCKED_WORDS_ACT = register(
    Choice(
        name="blocked_words_act",
        section=Section.NEWCOMERS,
        label=_("What happens to a message with a blocked word"),
        help_text=_("Messages of superusers are not looked at."),
        read_default=lambda: WordsAct.OFF.value,
        choices=tuple(WordsAct.choices),
    )
)
BLOCKED_WORDS = register(
    Words(
        name="blocked_words",
        section=Section.NEWCOMERS,
        label=_("Blocked words"),
        help_text=_("One word or phrase on each line. Case, width and invisible characters do not matter."),
        read_default=list,
        most=200,
        chars=50,
    )
)
BACKGROUND_DAYS = register(
    Whole(
        name="background_days",
        section=Section.UPKEEP,
        label=_("Days for which finished background tasks are kept"),
        help_text=_("They are listed in the administration. A task that is kept is not done twice."),
        read_default=lambda: 7,
        minimum=1,
        maximum=365,
    )
)


def contradiction(stored: Stored) -> tuple[Setting[Any], Text] | None:
    """A setting that contradicts another one, and the reason; None if the values are consistent."""
    if SEND_BURST.value_in(stored) < SEND_RATE.value_in(stored):
        return SEND_BURST, _("This must not be less than the number of messages per second.")
    if NEW_ROOMS_PER_HOUR.value_in(stored) > ROOMS_CREATED.value_in(stored):
        return NEW_ROOMS_PER_HOUR, _("This must not exceed the number of rooms that a person may have created.")
    return None
