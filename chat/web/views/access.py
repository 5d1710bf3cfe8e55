"""The signed-in person and the requested room of a view."""

from collections.abc import Callable
from typing import TypeVar, cast

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from chat.models import Room, Space, User

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def confirmed(view: V) -> V:
    """Decorates a view that people open only after they have recently entered their password or a code."""
    return cast("V", reauthentication_required(view))


class SignedInRequest(HttpRequest):
    """A request that passed `login_required` and `SpaceMiddleware`: it has a user and a space."""

    user: User
    space: Space


def room_or_404(user: User, slug: str) -> Room:
    """The room with this slug. Raises Http404 if it does not exist, or if this person may not know of it."""
    return get_object_or_404(Room.objects.visible_to(user), slug=slug)
