"""The chat as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """Registers the system checks that explain a misconfigured site, the derivers, and the particles of Korean."""

    name = "chat"
    verbose_name = _("Chat")

    def ready(self) -> None:
        from chat import checks  # noqa: F401 (they register themselves)
        from chat.derive import registry
        from chat.derive.closed_rooms import UpdateClosedRooms
        from chat.derive.closing_polls import ClosePoll
        from chat.derive.data_exports import ExportData, RemoveExport
        from chat.derive.erasure import EraseAccount
        from chat.derive.mentions import Mentions
        from chat.derive.status_end import StatusEnd
        from chat.web import signals  # noqa: F401
        from chat.web.sentences import choose_particles

        choose_particles()
        registry.register(Mentions())
        for kind in (
            StatusEnd(),
            ClosePoll(),
            UpdateClosedRooms(),
            EraseAccount(),
            ExportData(),
            RemoveExport(),
        ):
            registry.register_kind(kind)
