"""Notifications as a Django app beside the chat."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    """Adds the settings of notifications to what a person sets for all their devices."""

    name = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from chat.services.item_kinds import SETTING
        from notify import preferences

        SETTING.register("quiet_hours", preferences.clean_quiet_hours)
        SETTING.register("paused_until", preferences.clean_paused_until)
        SETTING.register("sound", preferences.clean_sound)
