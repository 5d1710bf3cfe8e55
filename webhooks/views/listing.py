"""The list of the webhooks of a room."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.web.views.access import SignedInRequest
from webhooks.models import IncomingWebhook, OutgoingWebhook
from webhooks.views.access import managed_room_or_404


@login_required
@require_safe
def webhooks(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the webhooks of a room."""
    room = managed_room_or_404(request, slug)
    context = {
        "room": room,
        "incoming": IncomingWebhook.objects.filter(room=room).select_related("bot").order_by("-pk"),
        "outgoing": OutgoingWebhook.objects.filter(room=room).select_related("owner").order_by("-pk"),
    }
    return render(request, "webhooks/webhooks.html", context)
