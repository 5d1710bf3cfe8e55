"""The room page, and the redirect to it."""

import json
from collections.abc import Iterator
from functools import cache
from typing import cast
from urllib.parse import quote, unquote

from django.contrib.auth.decorators import login_required
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from chat import policy
from chat.models import Room, User
from chat.protocol import shapes
from chat.protocol.events import HistoryReply, OpenReply
from chat.protocol.limits import ROOMS_FRAME_BYTES
from chat.protocol.shapes import RoomSummary
from chat.queries import rooms
from chat.queries.space import current_limits
from chat.web.in_shell import is_in_shell, open_in_place
from chat.web.invitations import may_invite
from chat.web.shell_pages import shell_pages
from chat.web.views.access import SignedInRequest, room_or_404

LAST_ROOM_COOKIE = "room"
"""The cookie with the slug of the room that was last open in this browser, percent-encoded. The script of the room page
updates it when the person switches rooms."""

UNSAFE_IN_AN_ELEMENT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""JSON escapes for characters that could end a script element (the same as in Django's json_script)."""

COOKIE_SECONDS = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the last room in this browser, to any room of the person, or to the directory."""
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
def room(request: SignedInRequest, slug: str, position: int | None = None, reply: int | None = None) -> HttpResponse:
    """A room, rendered by the page's script; for people who are not in it, the page to join it.

    With a position, the page opens at that message; with the position of a reply in its thread, the script opens that.
    """
    if is_in_shell(request) and Room.objects.of(request.user).filter(slug=slug).exists():
        return open_in_place()
    reader = cast(User, get_user(request))  # request.user is lazy: many times slower to read, and read very often here
    page = rooms.room_page(reader, slug, around=position)
    if page is None:
        found = room_or_404(reader, slug)
        return _door(request, found)
    data = bootstrap(request, page.rooms, page.opened, page.around)
    response = render(request, "chat/room.html", {"room": page.room, "bootstrap": data})
    response.headers["Cache-Control"] = "no-store"
    if request.COOKIES.get(LAST_ROOM_COOKIE) != quote(slug):
        response.set_cookie(
            LAST_ROOM_COOKIE, quote(slug), max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure()
        )
    return response


def _door(request: SignedInRequest, room: Room) -> HttpResponse:
    """The page to join a public room, or the reason why the person cannot join it."""
    membership = room.memberships.filter(user=request.user).first()
    context = {
        "room": room,
        "people": room.memberships.current().count(),
        "may_join": policy.may_join(request.user, room, membership),
        "banned_until": membership.banned_until if membership is not None and membership.is_banned else None,
    }
    return render(request, "chat/room_join.html", context)


def bootstrap(
    request: SignedInRequest,
    summaries: list[RoomSummary],
    opened: OpenReply | None,
    around: HistoryReply | None = None,
) -> SafeString:
    """The data with which the page's script renders the shell and the open room, if there is one, before its socket is
    open, as JSON safe in an element.

    `around` contains the messages around the one of the page's address, if `opened` does not.

    The room's contents are encoded once for all readers; only the reader's own data is encoded here.
    """
    own = {
        "time_zone": request.user.time_zone,
        "epoch": str(request.space.epoch),
        "socket": "/ws/",
        "pages": content_paths(),
        "urls": page_urls() | urls_of(request.user),
    }
    rooms = ",".join(first_rooms(summaries))
    room = "null" if opened is None else opened.encode()
    page = "null" if around is None else around.encode()
    text = (
        f'{json.dumps(own)[:-1]},"user":{shapes.User.of(request.user).encode()},"limits":{current_limits().encode()},'
        f'"rooms":[{rooms}],"open":{room},"around":{page}}}'
    )
    for character, escape in UNSAFE_IN_AN_ELEMENT.items():
        text = text.replace(character, escape)  # ten times faster than str.translate
    return mark_safe(text)  # noqa: S308 (it cannot end the element)


def first_rooms(summaries: list[RoomSummary]) -> Iterator[str]:
    """JSON texts of the first rooms in the reader's list, as many as fit into a page; the socket sends the rest."""
    bytes_left = ROOMS_FRAME_BYTES
    for room in rooms.latest_first(summaries):
        text = room.encode()
        bytes_left -= len(text.encode())
        if bytes_left < 0:
            return
        yield text


@cache
def page_urls() -> dict[str, str]:
    """URLs of the pages that the room page links to; SLUG is the placeholder for a room's slug."""
    return {
        "rooms": reverse("rooms"),
        "room_create": reverse("room_create"),
        "room": reverse("room", args=["SLUG"]),
        "room_settings": reverse("room_settings", args=["SLUG"]),
        "room_leave": reverse("room_leave", args=["SLUG"]),
        "room_archive": reverse("room_archive", args=["SLUG"]),
        "room_unarchive": reverse("room_unarchive", args=["SLUG"]),
        "room_delete": reverse("room_delete", args=["SLUG"]),
        "room_invite": reverse("room_invite", args=["SLUG"]),
        "room_withdraw": reverse("room_withdraw", args=["SLUG"]),
        "room_remove": reverse("room_remove", args=["SLUG"]),
        "room_role": reverse("room_role", args=["SLUG"]),
        "room_reads": reverse("room_reads", args=["SLUG"]),
        "room_rules": reverse("room_rules", args=["SLUG"]),
        "room_sanction": reverse("room_sanction", args=["SLUG"]),
        "login": reverse("account_login"),
        "logout": reverse("account_logout"),
        "inbox": reverse("inbox"),
        "profile": reverse("profile"),
        "find": reverse("find"),
        "person": reverse("person", args=[0]),
        "emoji": reverse("emoji_list"),
        "emoji_en": static("chat/emoji/en.json"),
        "emoji_ko": static("chat/emoji/ko.json"),
        "late_styles": static("chat/css/late.css"),
        **{name: reverse(name) for name in shell_pages()},
    }


def urls_of(user: User) -> dict[str, str]:
    """URLs of pages that not everybody may open; empty for those who may not."""
    return {
        "invite": reverse("people_invite") if may_invite(user) else "",
        "space_emoji": reverse("space_emoji") if policy.may_manage_emoji(user) else "",
    }


@cache
def content_paths() -> list[str]:
    """What the paths of the pages begin with whose content the shell fetches and shows in the place of a room."""
    names = (
        "rooms",
        "inbox",
        "profile",
        "people",
        "account_change_password",
        "account_set_password",
        "account_email",
        "space_picture",
        "space_emoji",
        *shell_pages(),
    )
    return [reverse(name) for name in names]
