"""The API as a Django app beside the chat."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """Registers the system check of API_ORIGINS."""

    name = "api"
    verbose_name = _("API")

    def ready(self) -> None:
        from api import checks  # noqa: F401 (they register themselves)
