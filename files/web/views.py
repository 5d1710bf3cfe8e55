"""The files of a room, for the panel on its page."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from chat.models import Room
from chat.web.views.access import SignedInRequest
from files.queries.listing import KINDS, LINKS, Place, files_of, links_of


@login_required
@require_safe
def room_files(request: SignedInRequest, slug: str) -> HttpResponse:
    """A page of the files of a room of a `kind`, or of links, `before` a place."""
    kind, given = request.GET.get("kind", ""), request.GET.get("before", "")
    before = Place.read(given) if given else None
    if (given and before is None) or kind not in {*KINDS, LINKS}:
        raise Http404
    room = get_object_or_404(Room.objects.of(request.user).without_threads(), slug=slug)
    shown = links_of(room, before=before) if kind == LINKS else files_of(room, kind=kind, before=before)
    return JsonResponse(shown)
