"""The settings of a room: name, topic, people, archiving, deleting, leaving."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat import policy
from chat.models import Membership, Room
from chat.services import room_invitations
from chat.services import rooms as room_services
from chat.web.answers import answer, refused, wants_json
from chat.web.forms import DeleteRoomForm, InviteForm, NotifyForm, RoomSettingsForm
from chat.web.forms.moderation import RoomRulesForm, durations
from chat.web.forms.rooms import people_to_invite
from chat.web.room_pages import room_pages
from chat.web.views.access import SignedInRequest, room_or_404

PEOPLE_PER_PAGE = 100
SANCTIONED_SHOWN = 200


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_settings(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the people of a room, and change its name and topic."""
    room = room_or_404(request.user, slug)
    if request.method != "POST":
        return draw_settings(request, room)
    form = RoomSettingsForm(_with_unchanged(request.POST, room), user=request.user, room=room)
    saved = None
    if form.is_valid():
        saved = form.attempt(lambda: room_services.update_room(request.user, room_id=room.pk, **form.cleaned_data))
    if wants_json(request):
        return HttpResponse(status=204) if saved else refused(form)
    if saved is None:
        return draw_settings(request, room, form=form)
    messages.success(request, _("The room is saved."))
    return redirect("room_settings", slug=room.slug)


def _with_unchanged(data: QueryDict, room: Room) -> QueryDict:
    """The fields of a form, and for those that a script left out, what the room has."""
    fields = data.copy()
    fields.setdefault("name", room.name)
    fields.setdefault("topic", room.topic)
    return fields


@login_required
@require_POST
def room_archive(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make the room read-only."""
    room = room_or_404(request.user, slug)
    return answer(
        request,
        lambda: room_services.archive_room(request.user, room_id=room.pk),
        page=lambda: redirect("room_settings", slug=room.slug),
        done=_("The room is archived. It can still be read."),
    )


@login_required
@require_POST
def room_unarchive(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make the room writable again."""
    room = room_or_404(request.user, slug)
    return answer(
        request,
        lambda: room_services.unarchive_room(request.user, room_id=room.pk),
        page=lambda: redirect(room),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_delete(request: SignedInRequest, slug: str) -> HttpResponse:
    """Delete a room permanently; the owner types its name to confirm."""
    room = room_or_404(request.user, slug)
    form = DeleteRoomForm(request.POST if request.method == "POST" else None, room=room)
    if not policy.may_delete_room(request.user, room, room.memberships.filter(user=request.user).first()):
        if wants_json(request):
            raise PermissionDenied
        return redirect("room_settings", slug=room.slug)
    deleted = None
    if form.is_valid():
        deleted = form.attempt(lambda: room_services.delete_room(request.user, room_id=room.pk))
    if wants_json(request):
        return HttpResponse(status=204) if deleted else refused(form)
    if deleted:
        messages.success(request, _("The room is deleted."))
        return redirect("rooms")
    context = {"room": room, "form": form, "people": room.memberships.current().count()}
    return render(request, "chat/room_delete.html", context)


def sanctioned(room: Room) -> list[Membership]:
    """The people who are muted or banned now, those whose sanction was set last first; most of them."""
    return list(room.memberships.sanctioned().order_by("-revision", "-pk")[:SANCTIONED_SHOWN])


def draw_settings(
    request: SignedInRequest,
    room: Room,
    *,
    form: RoomSettingsForm | None = None,
    invite_form: InviteForm | None = None,
    rules_form: RoomRulesForm | None = None,
) -> HttpResponse:
    """The settings page with what this person may do; otherwise a redirect to the room's page."""
    user, mine = request.user, room.memberships.filter(user=request.user).first()
    if not policy.may_see_members(user, mine) or not policy.has_settings(room):
        return redirect(room)
    is_member = policy.is_member(user, mine)
    may_invite = policy.may_invite(user, room, mine)
    may_moderate = policy.may_moderate(user, room, mine)
    people = Paginator(room.memberships.current().by_role(), PEOPLE_PER_PAGE)
    context = {
        "room": room,
        "is_member": is_member,
        "may_administer": policy.may_administer(user, room, mine),
        "may_change_settings": policy.may_change_settings(user, room, mine),
        "may_show_reads": policy.may_show_reads(user, room, mine),
        "may_delete_room": policy.may_delete_room(user, room, mine),
        "may_invite": may_invite,
        "may_moderate": may_moderate,
        "rules_form": rules_form or RoomRulesForm(room=room),
        "sanctioned": sanctioned(room) if may_moderate else [],
        "durations": durations(),
        "form": form or RoomSettingsForm(user=user, room=room),
        "invite_form": invite_form or InviteForm(room=room, inviter=user),
        "candidates": people_to_invite(room) if may_invite else [],
        "is_last": is_member and room.kind != Room.Kind.PUBLIC and people.count == 1,
        "notify_form": NotifyForm.of(user, room) if is_member else None,
        "invited": room_invitations.pending_in(room) if room.kind == Room.Kind.PRIVATE else [],
        "people": people.get_page(request.GET.get("page")),
        "roles": Membership.Role.choices,
        "more_pages": room_pages(user, room, mine),
    }
    return render(request, "chat/room_settings.html", context)
