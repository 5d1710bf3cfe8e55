"""Webhooks in the admin: superusers see which there are, and neither secrets nor what is sent."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.audit import CHOICES
from chat.admin.base import ReadOnlyAdmin, actor
from chat.admin.filters import DaysFilter
from chat.admin.site import LINKS
from webhooks.models import IncomingWebhook, OutgoingWebhook

ON, OFF = pgettext_lazy("webhook", "on"), pgettext_lazy("webhook", "off")
CHOICES["why"] = dict(OutgoingWebhook.Off.choices)
CHOICES["direction"] = {"incoming": _("incoming"), "outgoing": _("outgoing")}
LINKS += [
    ("call_received", _("Incoming webhooks"), "admin:webhooks_incomingwebhook_changelist"),
    ("call_made", _("Outgoing webhooks"), "admin:webhooks_outgoingwebhook_changelist"),
]


class WebhookAdmin(ReadOnlyAdmin):
    """For superusers."""

    list_filter = (("created_at", DaysFilter),)
    ordering = ("-pk",)
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @display(description=_("state"), label={ON: "success", OFF: "info"})
    def state(self, webhook: IncomingWebhook | OutgoingWebhook) -> object:
        """Whether it is on."""
        return ON if webhook.is_on else OFF

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))


@admin.register(IncomingWebhook)
class IncomingWebhookAdmin(WebhookAdmin):
    """Addresses to which programs post."""

    list_display = ("__str__", "room", "bot", "created_by", "created_at", "used_at", "state")
    list_select_related = ("room", "bot", "created_by")
    fields = ("name", "room", "bot", "created_by", "created_at", "used_at", "state")
    readonly_fields = fields


@admin.register(OutgoingWebhook)
class OutgoingWebhookAdmin(WebhookAdmin):
    """Addresses to which what happens is sent. Only the host is shown: the rest may be a secret."""

    list_display = ("__str__", "room", "owner", "created_at", "state", "off_because")
    list_select_related = ("room", "owner")
    fields = ("name", "host", "room", "owner", "kinds", "created_at", "state", "off_at", "off_because")
    readonly_fields = fields

    @display(description=_("host"))
    def host(self, webhook: OutgoingWebhook) -> str:
        """The host of the address."""
        return webhook.host
