"""The person's own profile, and invitations to the space."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chat import policy
from chat.models.space_settings import INVITATION_DAYS, SIGNUPS
from chat.queries.space import value_of
from chat.services.sessions import sign_ins_of
from chat.web.forms import ProfileForm
from chat.web.in_shell import redirect_and_reload
from chat.web.invitations import invitation_path
from chat.web.middleware import note_session
from chat.web.site_links import site_link
from chat.web.views.access import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Change the person's own name, time zone and language."""
    form = ProfileForm(request.POST or None, user=request.user)
    if form.is_valid():
        form.attempt(form.save)
    if not form.is_valid():
        note_session(request)
        context = {
            "form": form,
            "sign_ins": sign_ins_of(request.user),
            "session_key": request.session.session_key,
        }
        return render(request, "chat/profile.html", context)
    language = form.cleaned_data["language"]
    with translation.override(language):
        messages.success(request, _("Your profile is saved."))
    response = redirect_and_reload(request, "profile")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE or 365 * 24 * 3600,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


@login_required
@never_cache
@require_safe
def people_invite(request: SignedInRequest) -> HttpResponse:
    """A new invitation link to copy, for people who may invite."""
    if not policy.may_invite_people(request.user):
        raise PermissionDenied
    link = site_link(request, invitation_path(request.user))
    context = {"link": link, "days": value_of(INVITATION_DAYS), "signups": value_of(SIGNUPS)}
    return render(request, "chat/people_invite.html", context)
