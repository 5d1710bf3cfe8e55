"""The room of a page of webhooks."""

from django.http import Http404

from chat import policy
from chat.models import Room
from chat.web.views.access import SignedInRequest, room_or_404


def managed_room_or_404(request: SignedInRequest, slug: str) -> Room:
    """The room with this slug, if the person may manage its webhooks. Raises Http404."""
    room = room_or_404(request.user, slug)
    if not policy.may_manage_webhooks(request.user, room, room.memberships.filter(user=request.user).first()):
        raise Http404
    return room
