"""The signed-in person and the requested room of a view."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from chat.models import Room, Space, User


class SignedInRequest(HttpRequest):
    """A request that passed `login_required` and `SpaceMiddleware`: it has a user and a space."""

    user: User
    space: Space


def room_or_404(user: User, slug: str) -> Room:
    """The room with this slug. Raises Http404 if it does not exist, or if this person may not know of it."""
    return get_object_or_404(Room.objects.visible_to(user), slug=slug)
