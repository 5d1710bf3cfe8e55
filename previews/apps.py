"""Previews of links as a Django app beside the chat."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PreviewsConfig(AppConfig):
    """Registers the deriver of previews, how pages are fetched, the switch of the space, and the command."""

    name = "previews"
    verbose_name = _("Link previews")

    def ready(self) -> None:
        from chat import handlers
        from chat.demo import additions
        from chat.derive import registry
        from chat.models.token import Scope
        from chat.services import deleted_rooms
        from previews import demo, switch  # noqa: F401 (the setting of the space registers itself)
        from previews.command import RemovePreview, remove
        from previews.deriver import Previews, remove_links_of
        from previews.due_kinds import FetchPreviews, RemoveImages

        registry.register(Previews())
        registry.register_kind(FetchPreviews())
        registry.register_kind(RemoveImages())
        deleted_rooms.before_removal.append(remove_links_of)
        additions.register("previews of links", demo.add_previews)
        handlers.register(RemovePreview, remove, scope=Scope.WRITE)
