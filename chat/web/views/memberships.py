"""Joining and leaving a room, and managing its members. All of these views accept only POST."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.services import memberships
from chat.services.person_items import set_item
from chat.web.forms import InviteForm, NotifyForm, PersonForm, RoleForm
from chat.web.views.access import SignedInRequest, attempt, room_or_404
from chat.web.views.settings_page import draw_settings


@login_required
@require_POST
def room_join(request: SignedInRequest, slug: str) -> HttpResponse:
    """Join a public room."""
    room = room_or_404(request.user, slug)
    attempt(request, lambda: memberships.join_room(request.user, room_id=room.pk))
    return redirect(room)


@login_required
@require_POST
def room_leave(request: SignedInRequest, slug: str) -> HttpResponse:
    """Leave a room."""
    room = room_or_404(request.user, slug)
    if attempt(request, lambda: memberships.leave_room(request.user, room_id=room.pk)):
        messages.success(request, _("You left %(room)s.") % {"room": room.name})
    return redirect("rooms")


@login_required
@require_POST
def room_notify(request: SignedInRequest, slug: str) -> HttpResponse:
    """Set one's notification level in a room."""
    room = room_or_404(request.user, slug)
    form = NotifyForm(request.POST)
    if form.is_valid():
        level = form.cleaned_data["level"]
        if attempt(request, lambda: set_item(request.user, kind="notify", key=str(room.pk), value=level)):
            messages.success(request, _("Your notifications are saved."))
    return redirect("room_settings", slug=room.slug)


@login_required
@require_POST
def room_invite(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add somebody to a room: the only match for a text, or the person chosen among several matches."""
    room = room_or_404(request.user, slug)
    form = InviteForm(request.POST, room=room, inviter=request.user)
    if not form.is_valid():
        return draw_settings(request, room, invite_form=form)
    user_id = form.cleaned_data["user"]
    member = form.attempt(lambda: memberships.invite_member(request.user, room_id=room.pk, user_id=user_id))
    if member is None:
        return draw_settings(request, room, invite_form=form)
    messages.success(request, _("%(name)s is in the room.") % {"name": str(member.user)})
    return redirect("room_settings", slug=room.slug)


@login_required
@require_POST
def room_remove(request: SignedInRequest, slug: str) -> HttpResponse:
    """Remove somebody from a room."""
    room = room_or_404(request.user, slug)
    form = PersonForm(request.POST)
    if form.is_valid():
        user_id = form.cleaned_data["user"]
        attempt(request, lambda: memberships.remove_member(request.user, room_id=room.pk, user_id=user_id))
    return redirect("room_settings", slug=room.slug)


@login_required
@require_POST
def room_role(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change somebody's role in a room."""
    room = room_or_404(request.user, slug)
    form = RoleForm(request.POST)
    if form.is_valid():
        user_id, role = form.cleaned_data["user"], form.cleaned_data["role"]
        attempt(request, lambda: memberships.set_role(request.user, room_id=room.pk, user_id=user_id, role=role))
    return redirect("room_settings", slug=room.slug)
