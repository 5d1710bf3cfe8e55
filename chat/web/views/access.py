"""What pages need to know of the person who asks, and of the room they ask for."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from chat.models import Room, Space, User
from chat.protocol.errors import ChatError, NotFound


class SignedInRequest(HttpRequest):
    """A request behind `login_required`, of a space that exists (`SpaceMiddleware`)."""

    user: User
    space: Space


def room_or_404(user: User, slug: str) -> Room:
    """The room at this address, if this person may know of it; Http404 else, as if it did not exist."""
    return get_object_or_404(Room.objects.visible_to(user), slug=slug)


def attempt(request: HttpRequest, act: Callable[[], object]) -> bool:
    """Whether the service did it. A refusal becomes a message on the next page; NotFound becomes Http404."""
    try:
        act()
    except NotFound as error:
        raise Http404(str(error)) from error
    except ChatError as error:
        messages.error(request, str(error.message))
        return False
    return True
