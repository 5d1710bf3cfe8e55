"""The room page, and the way to it."""

import json
from collections.abc import Iterator
from functools import cache
from urllib.parse import quote, unquote

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from chat import policy
from chat.models import Room, User
from chat.protocol import shapes
from chat.protocol.limits import ROOMS_FRAME_BYTES
from chat.queries import rooms
from chat.queries.space import current_limits
from chat.web.invitations import invitation_path, may_invite
from chat.web.views.access import SignedInRequest, room_or_404

LAST_ROOM_COOKIE = "room"
"""The address (slug) of the room that was last open in this browser, percent-encoded. The room page's script keeps it
up to date while one moves from room to room."""

UNSAFE_IN_AN_ELEMENT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""What could end a script element, as JSON writes it otherwise (the same as Django's json_script)."""

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
    page = rooms.room_page(request.user, slug)
    if page is None:
        found = room_or_404(request.user, slug)
        return _door(request, found)
    response = render(request, "chat/room.html", {"room": page.room, "bootstrap": bootstrap(request, page)})
    response.headers["Cache-Control"] = "no-store"
    if request.COOKIES.get(LAST_ROOM_COOKIE) != quote(slug):
        response.set_cookie(
            LAST_ROOM_COOKIE, quote(slug), max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure()
        )
    return response


def _door(request: SignedInRequest, room: Room) -> HttpResponse:
    """The page to join a public room, or the reason why that is not possible."""
    membership = room.memberships.filter(user=request.user).first()
    context = {
        "room": room,
        "people": room.memberships.current().count(),
        "may_join": policy.may_join(request.user, room, membership),
    }
    return render(request, "chat/room_join.html", context)


def bootstrap(request: SignedInRequest, page: rooms.RoomPage) -> SafeString:
    """All that the page's script needs to draw the room before its socket is open: JSON text, safe in an element.

    The room's contents were encoded once for all its readers; only what is the reader's own is encoded here.
    """
    own = {
        "time_zone": request.user.time_zone,
        "epoch": str(request.space.epoch),
        "socket": "/ws/",
        "urls": page_urls() | {"invite": invitation_path(request.user) if may_invite(request.user) else ""},
    }
    rooms = ",".join(first_rooms(page))
    text = (
        f'{json.dumps(own)[:-1]},"user":{shapes.User.of(request.user).encode()},"limits":{current_limits().encode()},'
        f'"rooms":[{rooms}],"open":{page.opened.encode()}}}'
    )
    for character, escape in UNSAFE_IN_AN_ELEMENT.items():
        text = text.replace(character, escape)  # ten times as fast as str.translate
    return mark_safe(text)  # noqa: S308 (nothing in it can end the element)


def first_rooms(page: rooms.RoomPage) -> Iterator[str]:
    """JSON texts of the top of the reader's list of rooms, as many as a page may hold; the socket sends the rest."""
    bytes_left = ROOMS_FRAME_BYTES
    for room in rooms.latest_first(page.rooms):
        text = room.encode()
        bytes_left -= len(text.encode())
        if bytes_left < 0:
            return
        yield text


@cache
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
