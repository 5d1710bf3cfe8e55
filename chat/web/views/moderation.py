"""The moderation of a room: its rules, and sanctions against one person. Both views change something by POST."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.models import Room, User
from chat.services import sanctions
from chat.services.room_rules import change_rules
from chat.web.answers import answer, refused, wants_json
from chat.web.forms.moderation import RoomRulesForm, SanctionForm
from chat.web.views.access import SignedInRequest, room_or_404
from chat.web.views.settings_page import draw_settings


@login_required
@require_POST
def room_rules(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change the rules of a room."""
    room = room_or_404(request.user, slug)
    form = RoomRulesForm(request.POST, room=room)
    saved = None
    if form.is_valid():
        saved = form.attempt(lambda: change_rules(request.user, room_id=room.pk, **form.wanted))
    if wants_json(request):
        return HttpResponse(status=204) if saved else refused(form)
    if saved is None:
        return draw_settings(request, room, rules_form=form)
    messages.success(request, _("The room is saved."))
    return redirect("room_settings", slug=room.slug)


@login_required
@require_POST
def room_sanction(request: SignedInRequest, slug: str) -> HttpResponse:
    """Mute or ban a person, or end that."""
    room = room_or_404(request.user, slug)
    form = SanctionForm(request.POST)
    if not form.is_valid():
        return refused(form) if wants_json(request) else redirect("room_settings", slug=room.slug)
    return answer(request, _act(request.user, room, form), page=lambda: redirect("room_settings", slug=room.slug))


def _act(actor: User, room: Room, form: SanctionForm) -> Callable[[], object]:
    user_id = form.cleaned_data["user"]
    acts: dict[str, Callable[[], object]] = {
        form.MUTE: lambda: sanctions.mute_member(actor, room_id=room.pk, user_id=user_id, until=form.until),
        form.UNMUTE: lambda: sanctions.unmute_member(actor, room_id=room.pk, user_id=user_id),
        form.BAN: lambda: sanctions.ban_member(actor, room_id=room.pk, user_id=user_id, until=form.until),
        form.LIFT: lambda: sanctions.lift_ban(actor, room_id=room.pk, user_id=user_id),
    }
    return acts[form.cleaned_data["act"]]
