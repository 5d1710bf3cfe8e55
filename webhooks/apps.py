"""Webhooks as a Django app beside the chat."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Adds the page of webhooks to the settings of a room."""

    name = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        from chat.web import room_pages
        from webhooks.room_page import WEBHOOKS_PAGE

        room_pages.register(WEBHOOKS_PAGE)
