"""Quotas of one person. Rates are counted in this process, totals in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Room, User
from chat.models.space_settings import (
    INVITATIONS_PER_HOUR,
    NEW_ROOMS_PER_HOUR,
    ROOMS_CREATED,
    ROOMS_PER_PERSON,
    Setting,
)
from chat.protocol.errors import Conflict, RateLimited
from chat.protocol.limits import (
    FOLLOWS_PER_MINUTE,
    MENTIONS_READ_PER_MINUTE,
    NEW_DIRECT_ROOMS_PER_HOUR,
    PINS_PER_MINUTE,
    POLLS_PER_HOUR,
    REACTIONS_PER_MINUTE,
    REPORTS_PER_HOUR,
    SHOW_PEOPLE_PER_MINUTE,
    STATUSES_PER_MINUTE,
    VERSIONS_PER_MINUTE,
    VOTES_PER_MINUTE,
)
from chat.queries.space import value_of
from chat.services.rates import RateTable, whole_seconds

MINUTE, HOUR = 60, 3600

DIRECT_ROOMS_PER_PERSON = 1_000
"""Most direct rooms of one person: nobody can leave them, and every `hello` lists all of them."""


class Quota:
    """A limit on how often one person may do something: `burst` times at once, and `burst` times per `seconds`.

    `burst` is a number or a setting of the space. Administrators are exempt. Each process counts separately.
    """

    def __init__(self, *, burst: int | Setting[int], seconds: int, sentence: str | Promise) -> None:
        self.setting = burst if isinstance(burst, Setting) else None
        self.default = burst.default if isinstance(burst, Setting) else burst
        self.seconds = seconds
        self.sentence = sentence
        self.table = RateTable(per_second=self.default / seconds, burst=self.default)

    def _limit_to(self, burst: int) -> None:
        if burst != self.table.burst:
            self.table.change(per_second=burst / self.seconds, burst=burst)

    def take(self, actor: User, *, about: int = 0) -> None:
        """Count one action of a person, separately for each `about`. Raises RateLimited."""
        if _is_exempt(actor):
            return
        if self.setting is not None:
            self._limit_to(value_of(self.setting))
        wait = self.table.take(_key(actor, about))
        if wait:
            raise RateLimited(self.sentence, retry_after=whole_seconds(wait))

    def charge(self, actor: User, times: int) -> None:
        """Count an expensive action this many times more, or until nothing is left. Never refuses."""
        for _time in range(0 if _is_exempt(actor) else times):
            if self.table.take(_key(actor, 0)):
                return


def _is_exempt(actor: User) -> bool:
    return policy.is_administrator(actor) or _is_unlimited.get()


def _key(actor: User, about: int) -> str:
    return f"{actor.pk}:{about}"


NEW_ROOMS = Quota(
    burst=NEW_ROOMS_PER_HOUR,
    seconds=HOUR,
    sentence=_("You have created many rooms in a short time. Try again in a few minutes."),
)
NEW_DIRECT_ROOMS = Quota(
    burst=NEW_DIRECT_ROOMS_PER_HOUR,
    seconds=HOUR,
    sentence=_("You have started many conversations in a short time. Try again in a few minutes."),
)
INVITATIONS = Quota(
    burst=INVITATIONS_PER_HOUR,
    seconds=HOUR,
    sentence=_("You have invited many people in a short time. Try again in a few minutes."),
)
INVITATION_LINKS = Quota(
    burst=20,
    seconds=HOUR,
    sentence=_("You have created many invitation links in a short time. Try again in a few minutes."),
)
INVITATIONS_OF_ONE = Quota(
    burst=10,
    seconds=HOUR,
    sentence=_("You have invited this person often in a short time. Try again in a few minutes."),
)
MOVES = Quota(
    burst=30, seconds=MINUTE, sentence=_("You have joined and left many rooms in a short time. Wait a moment.")
)
"""Joining and leaving rooms."""

NEW_NAMES = Quota(
    burst=10, seconds=HOUR, sentence=_("You have changed your name often in a short time. Try again in a few minutes.")
)
"""A new name is published in all rooms of the person."""

NEW_PICTURES = Quota(
    burst=20,
    seconds=HOUR,
    sentence=_("You have changed pictures often in a short time. Try again in a few minutes."),
)
"""Attempts with a new picture, also refused ones: each is decoded, and a new one is published in all rooms."""

ITEM_CHANGES_A_MINUTE = 120
CATCH_UPS_A_MINUTE = 60

ITEMS = Quota(
    burst=ITEM_CHANGES_A_MINUTE,
    seconds=MINUTE,
    sentence=_("You have changed many settings in a short time. Wait a moment."),
)
"""Changes of a person's items: drafts, favourites, notification levels."""

CATCH_UPS = Quota(burst=CATCH_UPS_A_MINUTE, seconds=MINUTE, sentence=RateLimited.sentence)
"""Reads of a person's items, each of which may fill a frame."""

REACTIONS = Quota(
    burst=REACTIONS_PER_MINUTE,
    seconds=MINUTE,
    sentence=_("You have reacted to many messages in a short time. Wait a moment."),
)
"""Reactions added and removed, each of which is published in the room."""

MENTIONS_READ = Quota(burst=MENTIONS_READ_PER_MINUTE, seconds=MINUTE, sentence=RateLimited.sentence)
"""Marking mentions as read."""

VERSIONS = Quota(burst=VERSIONS_PER_MINUTE, seconds=MINUTE, sentence=RateLimited.sentence)
"""Reads of the former texts of messages, each of which may fill a frame."""

PINS = Quota(
    burst=PINS_PER_MINUTE,
    seconds=MINUTE,
    sentence=_("You have pinned or unpinned many messages in a short time. Wait a moment."),
)
"""Messages pinned and unpinned: a new pin is also a line in the room."""

SHOWN_PEOPLE = Quota(burst=SHOW_PEOPLE_PER_MINUTE, seconds=MINUTE, sentence=RateLimited.sentence)
"""Naming the people whom a client shows, which are looked up."""

STATUSES = Quota(
    burst=STATUSES_PER_MINUTE,
    seconds=MINUTE,
    sentence=_("You have changed your status often in a short time. Wait a moment."),
)
"""Changes of a person's status, each of which is published."""

EXPORTS = Quota(
    burst=3,
    seconds=24 * HOUR,
    sentence=_("You have prepared your data several times today. Try again tomorrow."),
)
"""Archives of a person's own data, each of which reads all of their messages."""

POLLS = Quota(
    burst=POLLS_PER_HOUR,
    seconds=HOUR,
    sentence=_("You have sent many polls in a short time. Try again in a few minutes."),
)
"""New polls, each of which is a dozen rows."""

VOTES = Quota(
    burst=VOTES_PER_MINUTE, seconds=MINUTE, sentence=_("You have voted many times in a short time. Wait a moment.")
)
"""Votes, each of which is published in the room with the whole result."""

REPORTS = Quota(
    burst=REPORTS_PER_HOUR,
    seconds=HOUR,
    sentence=_("You have reported many messages in a short time. Try again in a few minutes."),
)

FOLLOWS = Quota(burst=FOLLOWS_PER_MINUTE, seconds=MINUTE, sentence=RateLimited.sentence)
"""Threads followed, or not followed any more."""

NEW_TOKENS = Quota(
    burst=30,
    seconds=HOUR,
    sentence=_("You have created many tokens in a short time. Try again in a few minutes."),
)
NEW_BOTS = Quota(
    burst=10,
    seconds=HOUR,
    sentence=_("You have created many bots in a short time. Try again in a few minutes."),
)

FINDS = Quota(burst=120, seconds=MINUTE, sentence=RateLimited.sentence)
"""Searches for people and rooms by name, while somebody types."""

_is_unlimited: ContextVar[bool] = ContextVar("is_unlimited", default=False)


@contextmanager
def unlimited() -> Iterator[None]:
    """Exempt what a management command does on behalf of people from these quotas. Never use this for requests."""
    token = _is_unlimited.set(True)
    try:
        yield
    finally:
        _is_unlimited.reset(token)


IN_MANY_ROOMS = _("You can't join any more rooms. Leave one that you do not need.")


def check_place(user: User, sentence: str | Promise = IN_MANY_ROOMS) -> None:
    """Raise Conflict with this sentence if the person is in as many rooms as one may be."""
    rooms = user.memberships.filter(left_at__isnull=True).exclude(room__kind=Room.Kind.DIRECT)
    if rooms.count() >= value_of(ROOMS_PER_PERSON):
        raise Conflict(sentence)


def check_direct_place(user: User) -> None:
    """Raise Conflict if the person is in as many direct rooms as one may be."""
    rooms = user.memberships.filter(left_at__isnull=True, room__kind=Room.Kind.DIRECT)
    if rooms.count() >= DIRECT_ROOMS_PER_PERSON:
        raise Conflict(_("One of these people can't take part in any more conversations."))


def check_rooms_created(user: User) -> None:
    """Raise Conflict if as many rooms that the person created exist as one may create."""
    created = user.created_rooms.exclude(kind=Room.Kind.DIRECT)
    if not policy.is_administrator(user) and created.count() >= value_of(ROOMS_CREATED):
        raise Conflict(_("You can't create any more rooms. Delete some that nobody needs."))
