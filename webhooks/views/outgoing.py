"""Pages of outgoing webhooks."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.models import Room
from chat.web.answers import answer
from chat.web.views.access import SignedInRequest, confirmed
from webhooks.forms import OutgoingForm, SpanForm
from webhooks.models import OutgoingWebhook
from webhooks.services import outgoing as services
from webhooks.views.access import managed_room_or_404

DELIVERIES_PER_PAGE = 30


@login_required
@confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """Create an outgoing webhook, and show its secret this once."""
    room = managed_room_or_404(request, slug)
    form = OutgoingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        created = form.attempt(lambda: services.create_outgoing(request.user, room_id=room.pk, **form.cleaned_data))
        if created is not None:
            return _show_secret(request, room, *created)
    return render(request, "webhooks/outgoing_create.html", {"room": room, "form": form})


@login_required
@confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_secret(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Give a webhook a new secret, after asking once more, and show it this once."""
    room, webhook = _found(request, slug, webhook_id)
    if request.method != "POST":
        return render(request, "webhooks/new_secret.html", {"room": room, "webhook": webhook})
    return _show_secret(request, room, *services.new_outgoing_secret(request.user, webhook_id=webhook.pk))


def _show_secret(request: SignedInRequest, room: Room, webhook: OutgoingWebhook, secret: str) -> HttpResponse:
    return render(request, "webhooks/secret.html", {"room": room, "webhook": webhook, "secret": secret})


@login_required
@require_safe
def outgoing(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Show a webhook with its log."""
    room, webhook = _found(request, slug, webhook_id)
    deliveries = Paginator(webhook.deliveries.order_by("-pk"), DELIVERIES_PER_PAGE)
    now = timezone.now()
    context = {
        "room": room,
        "webhook": webhook,
        "deliveries": deliveries.get_page(request.GET.get("page")),
        "waiting": webhook.deliveries.waiting().count(),
        "span_form": SpanForm(initial={"start": now - timedelta(days=1), "end": now + timedelta(minutes=1)}),
    }
    return render(request, "webhooks/outgoing.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_edit(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Change what a webhook is called, where it goes and what it reports."""
    room, webhook = _found(request, slug, webhook_id)
    form = OutgoingForm.of(webhook, request.POST if request.method == "POST" else None)
    if form.is_valid():
        saved = form.attempt(lambda: services.update_outgoing(request.user, webhook_id=webhook.pk, **form.cleaned_data))
        if saved is not None:
            return redirect("outgoing_webhook", slug=room.slug, webhook_id=webhook.pk)
    return render(request, "webhooks/outgoing_edit.html", {"room": room, "webhook": webhook, "form": form})


@login_required
@require_POST
def outgoing_switch(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Switch a webhook off or on."""
    room, webhook = _found(request, slug, webhook_id)
    on = bool(request.POST.get("on"))
    return answer(
        request,
        lambda: services.switch_outgoing(request.user, webhook_id=webhook.pk, on=on),
        page=lambda: _page(room, webhook),
        done=_("The webhook is on.") if on else _("The webhook is off."),
    )


@login_required
@require_POST
def outgoing_delete(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Delete a webhook."""
    room, webhook = _found(request, slug, webhook_id)
    return answer(
        request,
        lambda: services.delete_outgoing(request.user, webhook_id=webhook.pk),
        page=lambda: redirect("webhooks", slug=room.slug),
        done=_("The webhook is deleted."),
    )


@login_required
@require_POST
def outgoing_test(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Send a test."""
    room, webhook = _found(request, slug, webhook_id)
    return answer(
        request,
        lambda: services.send_test(request.user, webhook_id=webhook.pk),
        page=lambda: _page(room, webhook),
        done=_("A test is on its way."),
    )


@login_required
@require_POST
def outgoing_replay(request: SignedInRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Send everything of a span of time again."""
    room, webhook = _found(request, slug, webhook_id)
    form = SpanForm(request.POST)
    if not form.is_valid():
        return _page(room, webhook)
    return answer(
        request,
        lambda: services.replay_between(request.user, webhook_id=webhook.pk, **form.cleaned_data),
        page=lambda: _page(room, webhook),
        done=_("What happened in this time is being sent again."),
    )


def _page(room: Room, webhook: OutgoingWebhook) -> HttpResponse:
    return redirect("outgoing_webhook", slug=room.slug, webhook_id=webhook.pk)


def _found(request: SignedInRequest, slug: str, webhook_id: int) -> tuple[Room, OutgoingWebhook]:
    """A room and one of its webhooks. Raises Http404 for somebody who may not manage them."""
    room = managed_room_or_404(request, slug)
    return room, get_object_or_404(OutgoingWebhook.objects.select_related("owner"), pk=webhook_id, room=room)
