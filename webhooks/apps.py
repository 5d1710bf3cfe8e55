"""Webhooks as a Django app beside the chat."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Registers the deriver of deliveries, how they are sent, system checks, and the page among those of a room."""

    name = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        from chat.derive import registry
        from chat.web import room_pages
        from webhooks import checks  # noqa: F401 (they register themselves)
        from webhooks.deriver import Webhooks
        from webhooks.room_page import WEBHOOKS_PAGE
        from webhooks.sending import SendDeliveries

        registry.register(Webhooks())
        registry.register_kind(SendDeliveries())
        room_pages.register(WEBHOOKS_PAGE)
