"""Who is shown how far people have read: a switch of each room, and one of each person."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.models.person_item import HIDE_READS
from chat.services.person_items import set_item
from chat.services.room_reads import show_reads
from chat.web.answers import answer
from chat.web.views.access import SignedInRequest, room_or_404

ON = "1"


@login_required
@require_POST
def room_reads(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show everybody in the room who has read its messages, or nobody."""
    room = room_or_404(request.user, slug)
    is_on = request.POST.get("on") == ON
    return answer(
        request,
        lambda: show_reads(request.user, room_id=room.pk, on=is_on),
        page=lambda: redirect("room_settings", slug=room.slug),
        done=_("The room is saved."),
    )


@login_required
@require_POST
def profile_reads(request: SignedInRequest) -> HttpResponse:
    """Show others how far one has read, and be shown how far they have; or neither."""
    value = None if request.POST.get("on") == ON else True
    return answer(
        request,
        lambda: set_item(request.user, kind="setting", key=HIDE_READS, value=value),
        page=lambda: redirect("profile"),
        done=_("Your profile is saved."),
    )
