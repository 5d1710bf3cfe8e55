"""Search as a Django app beside the chat."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """Registers the deriver of the index, the command `search`, and the page that searches."""

    name = "search"
    verbose_name = _("Search")

    def ready(self) -> None:
        from chat import handlers
        from chat.derive import registry
        from chat.models.token import Scope
        from chat.web import shell_pages
        from search.command import Search, search
        from search.deriver import search_deriver

        registry.register(search_deriver())
        handlers.register(Search, search, scope=Scope.READ)
        shell_pages.register("search")
