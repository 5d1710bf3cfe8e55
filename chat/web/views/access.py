"""The signed-in person and the requested room of a view."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from chat.models import Room, Space, User
from chat.protocol.errors import ChatError, NotFound


class SignedInRequest(HttpRequest):
    """A request that passed `login_required` and `SpaceMiddleware`: it has a user and a space."""

    user: User
    space: Space


def room_or_404(user: User, slug: str) -> Room:
    """The room with this slug. Raises Http404 if it does not exist, or if this person may not know of it."""
    return get_object_or_404(Room.objects.visible_to(user), slug=slug)


def attempt(request: HttpRequest, act: Callable[[], object]) -> bool:
    """Whether a service call succeeded. A refusal becomes a message on the next page; NotFound becomes Http404."""
    try:
        act()
    except NotFound as error:
        raise Http404(str(error)) from error
    except ChatError as error:
        messages.error(request, str(error.message))
        return False
    return True
