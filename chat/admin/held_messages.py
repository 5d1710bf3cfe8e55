"""Messages that wait for a decision because of a word in them."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.base import ReadOnlyAdmin, actor
from chat.admin.confirmation import Question, ask, is_confirmed
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.admin.messages import EXCERPT_CHARS
from chat.models import HeldMessage
from chat.services import held_decisions


@admin.register(HeldMessage)
class HeldMessageAdmin(ReadOnlyAdmin):
    """For superusers, who post or decline them."""

    list_display = ("excerpt", "author", "room", "held_at")
    list_filter = (("room", VisibleFilter), ("author", VisibleFilter), ("held_at", DaysFilter))
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("pk",)
    actions = ("post_messages", "decline_messages")
    fields = ("body", "author", "room", "held_at")
    readonly_fields = fields

    @display(description=_("text"))
    def excerpt(self, held: HeldMessage) -> str:
        """The beginning of the text."""
        return str(Truncator(" ".join(held.body.split())).chars(EXCERPT_CHARS))

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldMessage]:
        """The messages with what the list shows."""
        found: QuerySet[HeldMessage] = super().get_queryset(request)
        return found.select_related("author", "room")

    @admin.action(description=_("Post in the name of its author"), permissions=["decide"])
    def post_messages(self, request: HttpRequest, queryset: QuerySet[HeldMessage]) -> None:
        """Post these messages."""
        self.run_action(
            request,
            self.chosen(request, queryset),
            lambda held: held_decisions.post_held(actor(request), held_id=held.pk),
            done=lambda n: ngettext("%d message was posted.", "%d messages were posted.", n) % n,
        )

    @admin.action(description=_("Decline: delete it and tell its author"), permissions=["decide"])
    def decline_messages(self, request: HttpRequest, queryset: QuerySet[HeldMessage]) -> HttpResponse | None:
        """Ask for confirmation, then decline these messages."""
        chosen = self.chosen(request, queryset)
        if chosen and not is_confirmed(request):
            return ask(self, request, action="decline_messages", chosen=chosen, question=self._question(chosen))
        self.run_action(
            request,
            chosen,
            lambda held: held_decisions.decline_held(actor(request), held_id=held.pk),
            done=lambda n: ngettext("%d message was declined.", "%d messages were declined.", n) % n,
        )
        return None

    def _question(self, chosen: list[HeldMessage]) -> Question:
        count = len(chosen)
        return Question(
            title=ngettext("Decline %d message?", "Decline %d messages?", count) % count,
            warning=gettext("It is deleted, and can't be restored. Its author is told."),
            button=ngettext("Decline %d message", "Decline %d messages", count) % count,
            rows=[(self.excerpt(held), str(held.author)) for held in chosen],
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One message. Its decision is recorded in the audit, but nothing before that."""
        context = {"show_history": False} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Superusers only; the service makes the final decision."""
        return policy.is_administrator(actor(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))
