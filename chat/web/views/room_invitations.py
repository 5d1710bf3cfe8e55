"""Accepting, declining and withdrawing invitations into private rooms."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.protocol.errors import ChatError, NotFound
from chat.services import room_invitations
from chat.web.answers import answer, refused, wants_json
from chat.web.forms import PersonForm
from chat.web.views.access import SignedInRequest, room_or_404


@login_required
@require_POST
def room_invitation_accept(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Join the room of an invitation, and open it."""
    try:
        membership = room_invitations.accept(request.user, invitation_id=invitation_id)
    except NotFound:
        messages.error(request, _("This invitation was withdrawn."))
    except ChatError as refusal:
        messages.error(request, str(refusal.message))
    else:
        return redirect(membership.room)
    return redirect("inbox")


@login_required
@require_POST
def room_invitation_decline(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Decline an invitation."""
    return answer(
        request,
        lambda: room_invitations.decline(request.user, invitation_id=invitation_id),
        page=lambda: redirect("inbox"),
        done=_("You declined the invitation."),
    )


@login_required
@require_POST
def room_withdraw(request: SignedInRequest, slug: str) -> HttpResponse:
    """Withdraw an invitation into a room."""
    room = room_or_404(request.user, slug)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return refused(form) if wants_json(request) else redirect("room_settings", slug=room.slug)
    user_id = form.cleaned_data["user"]
    return answer(
        request,
        lambda: room_invitations.withdraw(request.user, room_id=room.pk, user_id=user_id),
        page=lambda: redirect("room_settings", slug=room.slug),
    )
