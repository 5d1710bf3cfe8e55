"""Background work: derivers and how far they have come, and due things."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.base import AdministratorsOnly, ReadOnlyAdmin, actor
from chat.admin.confirmation import Question, ask, is_confirmed
from chat.models import DeriverState, Due
from chat.queries.derivers import Progress, progress_of
from chat.services import deriving


@admin.register(DeriverState)
class DeriverAdmin(AdministratorsOnly, ReadOnlyAdmin):
    """The derivers. A page of one only repeats its row, so nothing links to it."""

    list_display = ("name", "rooms_behind", "behind_since", "error", "failed_at")
    list_display_links = None
    ordering = ("name",)
    actions = ("rewind_derivers",)
    show_full_result_count = False

    @display(description=_("rooms behind"))
    def rooms_behind(self, state: DeriverState) -> int:
        """The number of rooms with changes that it has not derived."""
        return self._progress(state).rooms_behind

    @display(description=_("behind since"))
    def behind_since(self, state: DeriverState) -> Any:
        """The time of the oldest change that it has not derived."""
        since = self._progress(state).behind_since
        return None if since is None else date_format(localtime(since), "DATETIME_FORMAT")

    @admin.action(description=_("Rewind: derive everything again"), permissions=["rewind"])
    def rewind_derivers(self, request: HttpRequest, queryset: "QuerySet[DeriverState]") -> HttpResponse | None:
        """Ask for confirmation, then let these derivers start again."""
        chosen = self.chosen(request, queryset)
        if chosen and not is_confirmed(request):
            return ask(self, request, action="rewind_derivers", chosen=chosen, question=self._question(chosen))
        self.run_action(
            request,
            chosen,
            lambda state: deriving.rewind(actor(request), name=state.name),
            done=lambda n: ngettext("%d deriver starts again.", "%d derivers start again.", n) % n,
        )
        return None

    def has_rewind_permission(self, request: HttpRequest) -> bool:
        """Superusers only; the service makes the final decision."""
        return policy.is_administrator(actor(request))

    def _progress(self, state: Any) -> Progress:
        """Queried once for each row."""
        if not hasattr(state, "progress"):
            state.progress = progress_of(state)
        progress: Progress = state.progress
        return progress

    def _question(self, chosen: Sequence[DeriverState]) -> Question:
        count = len(chosen)
        return Question(
            title=ngettext("Rewind %d deriver?", "Rewind %d derivers?", count) % count,
            warning=gettext("All messages are read again, which takes a while. Nothing is lost, and people can go on."),
            button=ngettext("Rewind %d deriver", "Rewind %d derivers", count) % count,
            rows=[
                (state.name, ngettext("%d room behind", "%d rooms behind", behind) % behind)
                for state in chosen
                for behind in [self._progress(state).rooms_behind]
            ],
        )


class DueStateFilter(DropdownFilter):  # type: ignore[misc]
    """Filters background tasks by whether they are finished."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting")), ("done", _("done")), ("failed", _("failed"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = {
            "waiting": queryset.waiting,
            "done": lambda: queryset.filter(done_at__isnull=False),
            "failed": lambda: queryset.filter(failed_at__isnull=False),
        }.get(self.value())
        return queryset if chosen is None else chosen()


@admin.register(Due)
class DueAdmin(AdministratorsOnly, ReadOnlyAdmin):
    """Due things. What they are about is not shown: it may be private."""

    list_display = ("kind", "state", "due_at", "tries", "last_error")
    list_display_links = None
    list_filter = (DueStateFilter,)
    ordering = ("-due_at",)
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    @display(description=_("state"), label={_("done"): "success", _("failed"): "danger", _("waiting"): "info"})
    def state(self, due: Due) -> Any:
        """Whether it is finished."""
        if due.failed_at:
            return _("failed")
        return _("done") if due.done_at else _("waiting")
