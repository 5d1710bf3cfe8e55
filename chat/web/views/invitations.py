"""Invitation links to the space."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from chat import policy
from chat.models import Invitation, User
from chat.models.space_settings import SIGNUPS
from chat.queries.invitations import newest_open
from chat.queries.space import value_of
from chat.services import invitations
from chat.web.answers import answer, refused, wants_json
from chat.web.forms import InvitationForm
from chat.web.invitations import about, invitation_path, qr_code
from chat.web.site_links import site_link
from chat.web.views.access import SignedInRequest


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people_invite(request: SignedInRequest) -> HttpResponse:
    """Make an invitation link, which is shown only once, and list the open ones; for people who may invite."""
    if not policy.may_invite_people(request.user):
        raise PermissionDenied
    form = InvitationForm(request.POST if request.method == "POST" else None, inviter=request.user)
    made = None
    if form.is_valid():
        made = form.attempt(lambda: invitations.create_invitation(request.user, **form.wanted))
    context: dict[str, Any] = {}
    if made is not None:
        link = site_link(request, invitation_path(made[1]))
        context = {"link": link, "qr": qr_code(link)}
    if wants_json(request):
        return _for_script(request, form, context)
    context |= {"form": form, "signups": value_of(SIGNUPS), "links": _links(request.user)}
    return render(request, "chat/people_invite.html", context)


def _for_script(request: SignedInRequest, form: InvitationForm, made: dict[str, Any]) -> HttpResponse:
    if form.is_bound and not made:
        return refused(form)
    answered: dict[str, Any] = {"signups": value_of(SIGNUPS), "links": _links(request.user)}
    if made:
        answered |= {"link": made["link"], "qr": {"size": made["qr"].size, "path": made["qr"].path}}
    else:
        answered |= {"days": _choices(form, "days"), "uses": _choices(form, "max_uses")}
        answered |= {"kinds": _choices(form, "guest_room")}
    return JsonResponse(answered, status=201 if made else 200)


def _choices(form: InvitationForm, name: str) -> list[dict[str, Any]]:
    field = form.fields[name]
    choices = field.choices  # type: ignore[attr-defined]
    return [{"value": value, "label": str(label), "first": value == field.initial} for value, label in choices]


def _links(user: User) -> list[dict[str, Any]]:
    """The open links, as the page and the script show them."""
    return [_link(user, invitation) for invitation in newest_open()]


def _link(user: User, invitation: Invitation) -> dict[str, Any]:
    may_revoke = policy.may_revoke_invitation(user, invitation)
    return {
        "id": invitation.pk,
        "by": invitation.created_by.name,
        "about": about(invitation),
        "joined": invitation.uses,
        "revoke": reverse("invitation_revoke", args=[invitation.pk]) if may_revoke else "",
    }


@login_required
@require_POST
def invitation_revoke(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Close an invitation link."""
    if not policy.may_invite_people(request.user):
        raise PermissionDenied
    return answer(
        request,
        lambda: invitations.revoke_invitation(request.user, invitation_id=invitation_id),
        page=lambda: redirect("people_invite"),
        done=_("The link is revoked. Nobody can sign up with it any more."),
    )
