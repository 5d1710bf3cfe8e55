"""Limits for people whose account is new, if the space has such limits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Room, User
from chat.models.space_settings import NEWCOMER_DIRECT, NEWCOMER_HOURS, NEWCOMER_LINKS, NEWCOMER_ROOMS, Setting
from chat.protocol.errors import Conflict, Forbidden
from chat.queries.space import held_value_of, value_of

Read = Callable[[Setting[Any]], Any]

LINK = "<a href="
"""How every link begins in rendered HTML. Typed text can't contain it there."""


def is_new(user: User, *, read: Read = value_of) -> bool:
    """Whether the limits apply to a person."""
    hours = read(NEWCOMER_HOURS)
    is_young = bool(hours) and user.date_joined > timezone.now() - timedelta(hours=hours)
    return is_young and not policy.is_administrator(user)


def check_links(author: User, html: str, *, on_loop: bool = False) -> None:
    """Raise Forbidden if a new person's message has too many links. With `on_loop`, never queries the database."""
    if LINK not in html:
        return
    read: Read = held_value_of if on_loop else value_of
    if is_new(author, read=read) and html.count(LINK) > read(NEWCOMER_LINKS):
        raise Forbidden(_("Your account is new: your messages can't have that many links yet."), field="body")


def check_rooms(actor: User) -> None:
    """Raise Conflict if a new person has created as many rooms as they may."""
    if is_new(actor) and actor.created_rooms.exclude(kind=Room.Kind.DIRECT).count() >= value_of(NEWCOMER_ROOMS):
        raise Conflict(_("Your account is new: you can't create any more rooms yet."))


def check_direct(actor: User) -> None:
    """Raise Conflict if a new person has begun as many direct conversations as they may."""
    if is_new(actor) and actor.created_rooms.filter(kind=Room.Kind.DIRECT).count() >= value_of(NEWCOMER_DIRECT):
        raise Conflict(_("Your account is new: you can't begin any more conversations yet."))
