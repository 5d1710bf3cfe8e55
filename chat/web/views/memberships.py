"""Joining and leaving a room, and managing its members. All of these views change something only by POST."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat import policy
from chat.models import Room, RoomInvitation, User
from chat.protocol import shapes
from chat.services import memberships, room_invitations
from chat.services.person_items import set_item
from chat.web.answers import answer, refused, wants_json
from chat.web.forms import InviteForm, NotifyForm, PersonForm, RoleForm
from chat.web.forms.rooms import people_to_invite
from chat.web.views.access import SignedInRequest, room_or_404
from chat.web.views.settings_page import draw_settings


@login_required
@require_POST
def room_join(request: SignedInRequest, slug: str) -> HttpResponse:
    """Join a public room."""
    room = room_or_404(request.user, slug)
    return answer(request, lambda: memberships.join_room(request.user, room_id=room.pk), page=lambda: redirect(room))


@login_required
@require_POST
def room_leave(request: SignedInRequest, slug: str) -> HttpResponse:
    """Leave a room."""
    room = room_or_404(request.user, slug)
    return answer(
        request,
        lambda: memberships.leave_room(request.user, room_id=room.pk),
        page=lambda: redirect("rooms"),
        done=_("You left %(room)s.") % {"room": room.name},
    )


@login_required
@require_POST
def room_notify(request: SignedInRequest, slug: str) -> HttpResponse:
    """Set one's notification level in a room."""
    room = room_or_404(request.user, slug)
    form = NotifyForm(request.POST)
    if not form.is_valid():
        return _settings_or_refusal(request, room, form)
    return answer(
        request,
        lambda: set_item(request.user, kind="notify", key=str(room.pk), value=form.value),
        page=lambda: redirect("room_settings", slug=room.slug),
        done=_("Your notifications are saved."),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_invite(request: SignedInRequest, slug: str) -> HttpResponse:
    """Invite somebody into a room: the only match for a text, or the person chosen among several matches.

    A script may GET the people to suggest while somebody types.
    """
    room = room_or_404(request.user, slug)
    if request.method != "POST":
        return _people_to_suggest(request, room)
    form = InviteForm(request.POST, room=room, inviter=request.user)
    member = None
    if form.is_valid():
        user_id = form.cleaned_data["user"]
        member = form.attempt(lambda: room_invitations.invite(request.user, room_id=room.pk, user_id=user_id))
    is_asked = isinstance(member, RoomInvitation)
    if wants_json(request):
        meant = form.meant.outside if form.meant else []
        if is_asked:
            return JsonResponse({"asked": True}, status=202)
        return HttpResponse(status=204) if member else refused(form, meant=[_shape(user) for user in meant])
    if member is None:
        return draw_settings(request, room, invite_form=form)
    done = _("%(name)s is invited, and can accept or decline.") if is_asked else _("%(name)s is in the room.")
    messages.success(request, done % {"name": str(member.user)})
    return redirect("room_settings", slug=room.slug)


def _people_to_suggest(request: SignedInRequest, room: Room) -> HttpResponse:
    if not wants_json(request):
        return HttpResponseNotAllowed(["POST"])
    if not policy.may_invite(request.user, room, room.memberships.filter(user=request.user).first()):
        raise PermissionDenied
    return JsonResponse({"people": [_shape(user) for user in people_to_invite(room)]})


def _shape(user: User) -> dict[str, object]:
    return shapes.User.of(user).model_dump(exclude_defaults=True)


@login_required
@require_POST
def room_remove(request: SignedInRequest, slug: str) -> HttpResponse:
    """Remove somebody from a room."""
    room = room_or_404(request.user, slug)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _settings_or_refusal(request, room, form)
    user_id = form.cleaned_data["user"]
    return answer(
        request,
        lambda: memberships.remove_member(request.user, room_id=room.pk, user_id=user_id),
        page=lambda: redirect("room_settings", slug=room.slug),
    )


@login_required
@require_POST
def room_role(request: SignedInRequest, slug: str) -> HttpResponse:
    """Change somebody's role in a room."""
    room = room_or_404(request.user, slug)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _settings_or_refusal(request, room, form)
    user_id, role = form.cleaned_data["user"], form.cleaned_data["role"]
    return answer(
        request,
        lambda: memberships.set_role(request.user, room_id=room.pk, user_id=user_id, role=role),
        page=lambda: redirect("room_settings", slug=room.slug),
    )


def _settings_or_refusal(
    request: SignedInRequest, room: Room, form: NotifyForm | PersonForm | RoleForm
) -> HttpResponse:
    """What follows a form that no page sends."""
    return refused(form) if wants_json(request) else redirect("room_settings", slug=room.slug)
