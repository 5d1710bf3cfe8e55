"""The directory of rooms, and creating one."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from chat.models import Room
from chat.services import rooms as room_services
from chat.services.rooms import kinds_to_create
from chat.web.forms import RoomForm
from chat.web.views.access import SignedInRequest

ROOMS_PER_PAGE = 50
SEARCH_CHARS = 100


def searched_for(request: HttpRequest) -> str:
    """The text to search for in names and topics; empty for all rooms."""
    return request.GET.get("q", "")[:SEARCH_CHARS].strip()


@login_required
@require_safe
def rooms(request: SignedInRequest) -> HttpResponse:
    """List the public rooms, the person's private rooms, and the archived rooms that the person may read."""
    query = searched_for(request)
    is_archive = "archived" in request.GET
    found = Room.objects.visible_to(request.user).listed_for(request.user).matching(query)
    found = found.archived() if is_archive else found.active()
    page = Paginator(found, ROOMS_PER_PAGE).get_page(request.GET.get("page"))
    recurring = Room.objects.visible_to(request.user).names_that_recur(room.name for room in page)
    twins = {room.pk for room in page if room.name.lower() in recurring}
    context = {
        "page": page,
        "query": query,
        "is_archive": is_archive,
        "twins": twins,
        "may_create": bool(kinds_to_create(request.user)),
    }
    return render(request, "chat/rooms.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_create(request: SignedInRequest) -> HttpResponse:
    """Create a room; its creator becomes its owner."""
    form = RoomForm(request.POST or None, user=request.user)
    if form.is_valid():
        room = form.attempt(lambda: room_services.create_room(request.user, **form.cleaned_data))
        if room is not None:
            return redirect(room)
    return render(request, "chat/room_create.html", {"form": form})
