"""Accepting, declining and withdrawing invitations into private rooms."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat import policy
from chat.models import Room
from chat.protocol import shapes
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
@require_http_methods(["GET", "HEAD", "POST"])
def room_withdraw(request: SignedInRequest, slug: str) -> HttpResponse:
    """Withdraw an invitation into a room. A script may GET those that are neither accepted nor declined."""
    room = room_or_404(request.user, slug)
    if request.method != "POST":
        return _pending(request, room)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return refused(form) if wants_json(request) else redirect("room_settings", slug=room.slug)
    user_id = form.cleaned_data["user"]
    return answer(
        request,
        lambda: room_invitations.withdraw(request.user, room_id=room.pk, user_id=user_id),
        page=lambda: redirect("room_settings", slug=room.slug),
    )


def _pending(request: SignedInRequest, room: Room) -> HttpResponse:
    if not wants_json(request):
        return HttpResponseNotAllowed(["POST"])
    membership = room.memberships.filter(user=request.user).first()
    if not policy.may_see_members(request.user, membership):
        raise PermissionDenied
    administers = policy.may_administer(request.user, room, membership)
    return JsonResponse(
        {
            "invited": [
                {
                    "user": shapes.User.of(invitation.user).model_dump(exclude_defaults=True),
                    "by": invitation.invited_by.name,
                    "may_withdraw": administers or invitation.invited_by_id == request.user.pk,
                }
                for invitation in room_invitations.pending_in(room)
            ]
        }
    )
