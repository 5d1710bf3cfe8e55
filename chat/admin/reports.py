"""The queue of reported messages, with what can be done about each."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.base import ReadOnlyAdmin, actor
from chat.admin.choices import is_id
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.admin.messages import excerpt_of
from chat.models import Report
from chat.queries.reports import reported_message
from chat.services import reports
from chat.services.reports import BAN_DAYS, MUTE_HOURS


class StateFilter(DropdownFilter):  # type: ignore[misc]
    """Filters by whether somebody has dealt with the report. Without a choice, the open ones are shown."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("closed", _("closed")), ("all", _("all"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value() or "open"
        if state == "all":
            return queryset
        return queryset.open() if state == "open" else queryset.exclude(closed_at=None)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """For superusers, who see all rooms. Nobody in a room sees that they look."""

    list_display = ("excerpt", "author", "room", "reason_label", "reporter", "created_at", "state")
    list_filter = (StateFilter, ("reporter", VisibleFilter), ("created_at", DaysFilter))
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)
    actions = ("dismiss",)
    fields = ("reason_label", "note", "reporter", "created_at", "outcome_label", "closed_by", "closed_at")
    readonly_fields = fields
    change_form_outer_after_template = "admin/chat/report/acts.html"

    @display(description=_("message"))
    def excerpt(self, report: Report) -> str:
        """The beginning of the message."""
        return gettext("(deleted)") if report.message.is_deleted else excerpt_of(report.message)

    @display(description=_("author"))
    def author(self, report: Report) -> str:
        """The author of the message."""
        return str(report.message.author)

    @display(description=_("room"))
    def room(self, report: Report) -> str:
        """The room of the message."""
        return str(report.message.room)

    @display(description=_("reason"))
    def reason_label(self, report: Report) -> str:
        """Why it was reported."""
        return str(report.get_reason_display())

    @display(description=_("state"), label={_("open"): "danger", _("closed"): "default"})
    def state(self, report: Report) -> Any:
        """Whether somebody has dealt with it."""
        return _("open") if report.closed_at is None else _("closed")

    @display(description=_("outcome"))
    def outcome_label(self, report: Report) -> str:
        """What was done."""
        return str(report.get_outcome_display()) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Reports with what the list shows."""
        found: QuerySet[Report] = super().get_queryset(request)
        return found.select_related("message__author", "message__room", "reporter", "closed_by")

    def get_urls(self) -> list[URLPattern]:
        """The pages of the queue, and the address to which the acts below a report are posted."""
        act = path("<path:object_id>/act/", self.admin_site.admin_view(self.act_view), name="chat_report_act")
        return [act, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One report, with the messages around it, all reports of the message, and the acts at hand."""
        report = self.get_queryset(request).filter(pk=object_id).first() if is_id(object_id) else None
        context: dict[str, Any] = {"mute_hours": MUTE_HOURS, "ban_days": BAN_DAYS, "show_history": False}
        if report is not None and self.has_view_permission(request):
            context["reported"] = reported_message(report)
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    def act_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Do what was chosen about a message, and close its reports."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_act_permission(request):
            raise PermissionDenied
        report = self.get_queryset(request).filter(pk=object_id) if is_id(object_id) else Report.objects.none()
        self._act(request, list(report), request.POST.get("outcome", ""))
        return redirect("admin:chat_report_changelist")

    @admin.action(description=_("Nothing is wrong: close"), permissions=["act"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        """Close these reports without doing anything."""
        self.run_action(
            request,
            self._messages(self.chosen(request, queryset.filter(closed_at__isnull=True))),
            lambda report: reports.act_on_reports(
                actor(request), message_id=report.message_id, outcome=Report.Outcome.DISMISSED
            ),
            done=_done,
        )

    def _act(self, request: HttpRequest, chosen: list[Report], outcome: str) -> None:
        self.run_action(
            request,
            chosen,
            lambda report: reports.act_on_reports(actor(request), message_id=report.message_id, outcome=outcome),
            done=_done,
        )

    @staticmethod
    def _messages(chosen: list[Report]) -> list[Report]:
        """One report of each message."""
        return list({report.message_id: report for report in chosen}.values())

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Superusers only; the service makes the final decision."""
        return policy.is_administrator(actor(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))


def _done(count: int) -> str:
    return ngettext("The reports of %d message are closed.", "The reports of %d messages are closed.", count) % count
