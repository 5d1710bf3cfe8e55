"""Ending the person's own sessions in other browsers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.services import sessions
from chat.web.answers import answer
from chat.web.views.access import SignedInRequest


@login_required
@require_POST
def session_end(request: SignedInRequest, sign_in_id: int) -> HttpResponse:
    """Sign out of one other browser."""
    return answer(
        request,
        lambda: sessions.end_one(request.user, sign_in_id=sign_in_id),
        page=lambda: redirect("profile"),
        done=_("That browser is signed out."),
    )


@login_required
@require_POST
def sessions_end(request: SignedInRequest) -> HttpResponse:
    """Sign out of all browsers but this one."""
    sessions.end_others(request.user, session=request.session)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("profile")
