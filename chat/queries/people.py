"""Finds the people that a typed text may refer to. Never picks one of several similar names without asking."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Case, IntegerField, Q, QuerySet, When

from chat import policy
from chat.models import Membership, PersonItem, Room, User
from chat.models.person_item import BLOCKS
from chat.models.user import USERNAME_CHARS
from chat.unicode import fold, skeleton_digest

TYPED_CHARS = 254
"""The longest text that can identify somebody: an email address."""

SHOWN = 10
"""Most people offered for one text. A person with exactly this username comes first."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The people that a text may refer to: outside the room, inside it, and whether there are more outside.

    `person` can be invited without asking: nobody else matches, and the text is exactly their name or address.
    """

    outside: list[User]
    inside: list[User]
    are_more: bool
    person: User | None


def find_to_invite(actor: User, *, room: Room, typed: str) -> Meant:
    """Return the active people whose username, name or address a text matches.

    Raises NotFound, Forbidden or Archived unless the actor may invite into the room.
    """
    policy.require_invite(actor, room, room.memberships.filter(user=actor).first())
    typed = typed.strip()[: TYPED_CHARS + 1]
    if not typed or len(typed) > TYPED_CHARS:
        return Meant([], [], are_more=False, person=None)
    people = _meant_by(typed)
    in_room = Membership.objects.current().filter(room=room).values("user_id")
    outside = list(people.exclude(pk__in=in_room)[: SHOWN + 1])
    inside = list(people.filter(pk__in=in_room)[:SHOWN])
    only = outside[0] if len(outside) == 1 and not inside else None
    return Meant(
        outside=outside[:SHOWN],
        inside=inside,
        are_more=len(outside) > SHOWN,
        person=only if only is not None and _is_really(only, typed) else None,
    )


def blocked_by(user: User) -> "QuerySet[User]":
    """The people whom somebody has blocked, by name."""
    blocks = PersonItem.objects.present().filter(user=user, kind=BLOCKS).values_list("key", flat=True)
    return User.objects.filter(pk__in=[int(key) for key in blocks]).order_by("display_name", "username")


def _meant_by(typed: str) -> "QuerySet[User]":
    look = skeleton_digest(typed)
    username = fold(typed).removeprefix("@")[:USERNAME_CHARS]
    called = Q(display_name__iexact=typed) | Q(name_skeleton=look)
    named = Q(username__iexact=username) | Q(username_skeleton__in={look, skeleton_digest(username)})
    exactly_first = Case(When(username__iexact=username, then=0), default=1, output_field=IntegerField())
    people = User.objects.active().filter(called | named | Q(email__iexact=typed))
    return people.order_by(exactly_first, "display_name", "username")


def _is_really(user: User, typed: str) -> bool:
    """Whether a text is a person's name, ignoring case and width, or an address that they have confirmed."""
    if fold(typed).removeprefix("@") == fold(user.username) or _tidied(typed) == _tidied(user.name):
        return True
    confirmed = EmailAddress.objects.filter(user=user, email__iexact=typed, verified=True)
    return bool(confirmed.exists())


def _tidied(name: str) -> str:
    return " ".join(fold(name).split())
