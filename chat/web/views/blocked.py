"""The people whom the person has blocked."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.queries.people import blocked_by
from chat.services.blocks import set_block
from chat.web.answers import answer, refused, wants_json
from chat.web.forms import PersonForm
from chat.web.views.access import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def blocked_people(request: SignedInRequest) -> HttpResponse:
    """List the people whom the person has blocked, and unblock one of them."""
    form = PersonForm(request.POST or None)
    if form.is_valid():
        user_id = form.cleaned_data["user"]
        return answer(
            request,
            lambda: set_block(request.user, user_id=user_id, on=False),
            page=lambda: redirect("blocked_people"),
            done=_("This person can write to you again."),
        )
    if request.method == "POST" and wants_json(request):
        return refused(form)
    return render(request, "chat/blocked_people.html", {"people": blocked_by(request.user)})
