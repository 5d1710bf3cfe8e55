"""The person's own profile."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.services.sessions import sign_ins_of
from chat.web.forms import ProfileForm
from chat.web.in_shell import redirect_and_reload
from chat.web.middleware import note_session
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
