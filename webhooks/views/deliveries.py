"""The page of one delivery: the request and the answer."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat.web.answers import answer
from chat.web.views.access import SignedInRequest
from webhooks.event_payload import body_of
from webhooks.models import WebhookDelivery
from webhooks.services import outgoing as services
from webhooks.views.access import managed_room_or_404


@login_required
@require_safe
def delivery(request: SignedInRequest, slug: str, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Show a delivery, with the body that it would have now."""
    room = managed_room_or_404(request, slug)
    related = ("webhook__room", "webhook__owner", "message__author", "message__room__parent")
    rows = WebhookDelivery.objects.select_related(*related).filter(webhook=webhook_id, webhook__room=room)
    found = get_object_or_404(rows, pk=delivery_id)
    body = json.dumps(json.loads(body_of(found)), ensure_ascii=False, indent=2)
    context = {"room": room, "webhook": found.webhook, "delivery": found, "body": body}
    return render(request, "webhooks/delivery.html", context)


@login_required
@require_POST
def delivery_replay(request: SignedInRequest, slug: str, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Send a delivery again."""
    managed_room_or_404(request, slug)
    return answer(
        request,
        lambda: services.replay(request.user, webhook_id=webhook_id, delivery_id=delivery_id),
        page=lambda: redirect("outgoing_webhook", slug=slug, webhook_id=webhook_id),
        done=_("It is being sent again."),
    )
