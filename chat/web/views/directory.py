"""The directory of rooms, and creating one."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from chat.models import Room
from chat.models.room import NAME_CHARS
from chat.services import rooms as room_services
from chat.services.rooms import kinds_to_create
from chat.web.answers import refused, wants_json
from chat.web.forms import RoomForm
from chat.web.views.access import SignedInRequest

ROOMS_PER_PAGE = 50
SEARCH_CHARS = 100
SIMILAR_SHOWN = 3
SIMILAR_FROM_CHARS = 2


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
    """Create a room; its creator becomes its owner.

    A script may GET the kinds that the person may create, and the rooms whose names are like `name`.
    """
    if request.method != "POST" and wants_json(request):
        return JsonResponse({"kinds": kinds_to_create(request.user), "similar": _similar(request)})
    form = RoomForm(request.POST if request.method == "POST" else None, user=request.user)
    room = None
    if form.is_valid():
        room = form.attempt(lambda: room_services.create_room(request.user, **form.cleaned_data))
    if wants_json(request):
        return JsonResponse({"id": room.pk, "slug": room.slug}, status=201) if room else refused(form)
    return redirect(room) if room else render(request, "chat/room_create.html", {"form": form})


def _similar(request: SignedInRequest) -> list[dict[str, str | None]]:
    """Rooms that the person can see whose names contain the requested one."""
    name = request.GET.get("name", "")[:NAME_CHARS].strip()
    if len(name) < SIMILAR_FROM_CHARS:
        return []
    found = Room.objects.visible_to(request.user).with_name_like(name).only("name", "slug")
    return [{"name": room.name, "slug": room.slug} for room in found[:SIMILAR_SHOWN]]
