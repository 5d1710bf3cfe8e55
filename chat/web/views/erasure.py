"""Deleting one's own account."""

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from chat.services import erasure
from chat.web.forms import EraseForm
from chat.web.views.access import SignedInRequest, confirmed


@login_required
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def account_erase(request: SignedInRequest) -> HttpResponse:
    """Say what is deleted and what stays; then delete the account, and sign out."""
    user = request.user
    form = EraseForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        own_messages = form.cleaned_data["own_messages"]
        if form.attempt(lambda: erasure.erase(user, user_id=user.pk, own_messages=own_messages)):
            logout(request)
            return redirect("account_erased")
    return render(request, "chat/erase.html", {"form": form, "is_last": erasure.is_last_administrator(user)})


@require_safe
def account_erased(request: HttpRequest) -> HttpResponse:
    """The page after it."""
    return render(request, "chat/erased.html")
