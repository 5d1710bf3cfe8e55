"""The page on which people set what they are notified of, and how."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.web.views.access import SignedInRequest


@login_required
@require_safe
def notifications(request: SignedInRequest) -> HttpResponse:
    """Show the settings. The shell's script draws and stores them as items of the person."""
    return render(request, "notify/notifications.html")
