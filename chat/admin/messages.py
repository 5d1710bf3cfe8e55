"""Messages can be found, read and deleted, but never added or edited."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat.admin.base import ReadOnlyAdmin, actor
from chat.admin.confirmation import Question, ask, is_confirmed
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.admin.system_lines import words
from chat.models import Message
from chat.models.message import MessageQuerySet
from chat.models.reaction import REACTIONS
from chat.protocol.errors import ChatError
from chat.services.messages import delete_message

EXCERPT_CHARS = 120

WARNING = gettext_noop(
    "Its text disappears for everybody at once and can't be restored. "
    "A note that a message was deleted takes its place."
)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Designed for millions of rows: nothing is counted, and every page costs the same few queries.

    Staff see messages of private rooms only if they are members; superusers see all.
    """

    list_display = ("excerpt", "author", "room", "created_at", "state")
    list_filter = (
        ("room", VisibleFilter),
        ("author", VisibleFilter),
        ("created_at", DaysFilter),
    )
    search_fields = ("body",)
    search_help_text = _("Search messages")
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("delete_messages",)
    fields = (
        *("body", "author", "room", "position", "revision", "created_at", "edited_at", "deleted_at"),
        *("answered", "reactions"),
    )
    readonly_fields = fields

    @display(description=_("text"))
    def excerpt(self, message: Message) -> Any:
        """The beginning of the text."""
        return excerpt_of(message)

    @display(description=_("state"), label={_("edited"): "info", _("deleted"): "danger"})
    def state(self, message: Message) -> Any:
        """Whether the message was edited or deleted."""
        if message.is_deleted:
            return _("deleted")
        return _("edited") if message.edited_at else None

    @display(description=_("in reply to"))
    def answered(self, message: Message) -> Any:
        """The beginning of the message to which it replies."""
        return None if message.reply_to is None else excerpt_of(message.reply_to)

    @display(description=_("reactions"))
    def reactions(self, message: Message) -> str | None:
        """Each emoji with the number of people who reacted with it."""
        return " · ".join(f"{entry['emoji']} {entry['count']}" for entry in message.extras.get(REACTIONS, [])) or None

    def named(self, message: Message) -> str:
        """Author, room and time, for people who may see them."""
        when = date_format(localtime(message.created_at), "DATETIME_FORMAT")
        names = {"author": message.author, "room": message.room, "when": when}
        return gettext("%(author)s in %(room)s, %(when)s") % names

    def get_ordering(self, request: HttpRequest) -> Sequence[str]:
        """Newest first; within one room by position, for which there is an index that begins with the room."""
        return ("-position",) if "room__id__exact" in request.GET else ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """All messages for superusers; for others, those of rooms that they may see."""
        found: MessageQuerySet = super().get_queryset(request).select_related("author", "room")
        return found.inspectable_by(actor(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether Django's permission allows it; the service makes the final decision."""
        return bool(request.user.has_perm("chat.delete_message"))

    def get_actions(self, request: HttpRequest) -> Any:
        """Without Django's own delete action, which would leave gaps in the positions."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[Any], list[Any]]:
        """No related objects: a tombstone remains, so nothing is deleted in cascade."""
        return [str(message) for message in objs], {_("messages"): len(objs)}, set(), []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask for confirmation, then delete. A refusal is shown as an error message and rolls back the transaction."""
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except ChatError as refusal:
            self.message_user(request, str(refusal.message), messages.ERROR)
            return redirect("admin:chat_message_change", object_id)
        return response

    def delete_model(self, request: HttpRequest, obj: Message) -> None:
        """Delete the message with its service, which leaves a tombstone."""
        delete_message(actor(request), message_id=obj.pk)

    @admin.action(description=_("Delete: leave a tombstone"), permissions=["delete"])
    def delete_messages(self, request: HttpRequest, queryset: QuerySet[Message]) -> HttpResponse | None:
        """Ask for confirmation, then delete these messages."""
        chosen = self.chosen(request, queryset.filter(deleted_at__isnull=True))
        if chosen and not is_confirmed(request):
            return ask(self, request, action="delete_messages", chosen=chosen, question=self._question(chosen))
        self.run_action(
            request,
            chosen,
            lambda message: self.delete_model(request, message),
            done=lambda n: ngettext("%d message was deleted.", "%d messages were deleted.", n) % n,
        )
        return None

    def _question(self, chosen: Sequence[Message]) -> Question:
        count = len(chosen)
        return Question(
            title=ngettext("Delete %d message?", "Delete %d messages?", count) % count,
            warning=gettext(WARNING),
            button=ngettext("Delete %d message", "Delete %d messages", count) % count,
            rows=[(excerpt_of(message), self.named(message)) for message in chosen],
        )


def excerpt_of(message: Message) -> str:
    """The beginning of a message's text, on one line; what a system line says."""
    if message.is_system:
        return words(message)
    return Truncator(" ".join(message.body.split())).chars(EXCERPT_CHARS) or "–"
