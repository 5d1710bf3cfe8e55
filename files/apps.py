"""Files of messages as a Django app beside the chat."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    """Lets messages carry files, and registers what removes and finishes them, and their part of a person's data."""

    name = "files"
    verbose_name = _("Files")

    def ready(self) -> None:
        from chat.demo import files as demo_files
        from chat.derive import registry
        from chat.services import attaching
        from files import (
            checks,  # noqa: F401 (system checks register themselves)
            demo,
            limits,  # noqa: F401 (the settings of a space register themselves)
        )
        from files.due_kinds import KINDS
        from files.services.attaching import Files

        attaching.register(Files())
        demo_files.register(demo.make)
        for kind in KINDS:
            registry.register_kind(kind)
