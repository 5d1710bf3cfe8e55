"""Pages of incoming webhooks."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.models import Room
from chat.web.answers import answer
from chat.web.views.access import SignedInRequest, confirmed
from webhooks.forms import IncomingForm
from webhooks.incoming import PREFIX
from webhooks.models import IncomingWebhook
from webhooks.services import incoming as services
from webhooks.views.access import managed_room_or_404


@login_required
@confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """Create an incoming webhook, and show its address this once."""
    room = managed_room_or_404(request, slug)
    form = IncomingForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        created = form.attempt(
            lambda: services.create_incoming(request.user, room_id=room.pk, **form.cleaned_data),
        )
        if created is not None:
            return _show_address(request, room, *created)
    return render(request, "webhooks/incoming_create.html", {"room": room, "form": form})


@login_required
@confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_address(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Give a webhook a new address, after asking once more, and show it this once."""
    room, webhook = _found(request, slug, webhook_id)
    if request.method != "POST":
        return render(request, "webhooks/new_secret.html", {"room": room, "webhook": webhook, "is_incoming": True})
    return _show_address(request, room, *services.new_incoming_secret(request.user, webhook_id=webhook.pk))


def _show_address(request: SignedInRequest, room: Room, webhook: IncomingWebhook, secret: str) -> HttpResponse:
    address = request.build_absolute_uri(f"{PREFIX}{secret}/")
    return render(request, "webhooks/address.html", {"room": room, "webhook": webhook, "address": address})


@login_required
@require_safe
def incoming(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Show a webhook, without its address."""
    room, webhook = _found(request, slug, webhook_id)
    return render(request, "webhooks/incoming.html", {"room": room, "webhook": webhook})


@login_required
@require_POST
def incoming_switch(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Switch a webhook off or on."""
    room, webhook = _found(request, slug, webhook_id)
    on = bool(request.POST.get("on"))
    return answer(
        request,
        lambda: services.switch_incoming(request.user, webhook_id=webhook.pk, on=on),
        page=lambda: redirect("incoming_webhook", slug=room.slug, webhook_id=webhook.pk),
        done=_("The webhook is on.") if on else _("The webhook is off."),
    )


@login_required
@require_POST
def incoming_delete(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Delete a webhook."""
    room, webhook = _found(request, slug, webhook_id)
    return answer(
        request,
        lambda: services.delete_incoming(request.user, webhook_id=webhook.pk),
        page=lambda: redirect("webhooks", slug=room.slug),
        done=_("The webhook is deleted."),
    )


def _found(request: SignedInRequest, slug: str, webhook_id: int) -> tuple[Room, IncomingWebhook]:
    """A room and one of its webhooks. Raises Http404 for somebody who may not manage them."""
    room = managed_room_or_404(request, slug)
    return room, get_object_or_404(IncomingWebhook.objects.select_related("bot"), pk=webhook_id, room=room)
