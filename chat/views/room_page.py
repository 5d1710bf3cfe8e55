"""The room page, and the way to it."""

from typing import Any
from urllib.parse import quote, unquote

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from chat.models import Room, User
from chat.protocol import events
from chat.protocol.errors import Forbidden
from chat.protocol.limits import current_limits
from chat.services import snapshots
from chat.views.access import SignedInRequest, room_or_404

LAST_ROOM_COOKIE = "room"
"""The address (slug) of the room that was last open in this browser, percent-encoded. The room page's script keeps it
up to date while one moves from room to room."""

COOKIE_SECONDS = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to where one left off: the last room in this browser, any room of one's own, or the directory."""
    user = request.user
    if not isinstance(user, User):
        return redirect("account_login")
    last = unquote(request.COOKIES.get(LAST_ROOM_COOKIE, ""))
    mine = list(Room.objects.of(user).exclude(slug=None).order_by("memberships__joined_at")[:200])
    for room in mine:
        if room.slug == last:
            return redirect(room)
    return redirect(mine[0]) if mine else redirect("rooms")


@login_required
@require_safe
def room(request: SignedInRequest, slug: str) -> HttpResponse:
    """A room: its newest messages, drawn by the page's script; or the way in, for somebody who is not in it."""
    found = room_or_404(request.user, slug)
    try:
        opened = snapshots.open_room(request.user, room_id=found.pk)
    except Forbidden:
        return render(request, "chat/room_join.html", {"room": found, "people": found.memberships.current().count()})
    context = {"room": found, "bootstrap": bootstrap(request, opened)}
    response = render(request, "chat/room.html", context)
    response.headers["Cache-Control"] = "no-store"
    if request.COOKIES.get(LAST_ROOM_COOKIE) != quote(slug):
        response.set_cookie(
            LAST_ROOM_COOKIE, quote(slug), max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure()
        )
    return response


def bootstrap(request: SignedInRequest, opened: events.OpenReply) -> dict[str, Any]:
    """All that the page's script needs to draw the room before its socket is open, ready for JSON."""
    user = request.user
    return {
        "user": events.User.of(user).model_dump(mode="json"),
        "time_zone": user.time_zone,
        "epoch": str(request.space.epoch),  # type: ignore[attr-defined]
        "limits": current_limits().model_dump(mode="json"),
        "rooms": [summary.model_dump(mode="json") for summary in snapshots.room_summaries(user)],
        "open": opened.model_dump(mode="json"),
        "socket": "/ws/",
        "urls": page_urls(),
    }


def page_urls() -> dict[str, str]:
    """Addresses of the pages that the room page leads to; SLUG stands for a room's."""
    return {
        "rooms": reverse("rooms"),
        "room_create": reverse("room_create"),
        "room": reverse("room", args=["SLUG"]),
        "room_settings": reverse("room_settings", args=["SLUG"]),
        "login": reverse("account_login"),
        "logout": reverse("account_logout"),
        "profile": reverse("profile"),
    }
