"""The queue of reported messages, with what can be done about each."""

from collections.abc import Callable
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
from chat.admin.confirmation import Question, ask, is_confirmed
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.admin.messages import WARNING, excerpt_of
from chat.models import Report
from chat.models.report import ReportQuerySet
from chat.queries.reports import possible_outcomes, reported_message
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
    """For superusers, who see all rooms, and staff who may delete messages. Nobody in a room sees that they look."""

    list_display = ("excerpt", "author", "room", "reason_label", "reporters", "created_at", "state")
    list_filter = (StateFilter, ("reporter", VisibleFilter), ("created_at", DaysFilter))
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)
    actions = ("dismiss",)
    fields = ()
    change_form_outer_before_template = "admin/chat/report/review.html"
    nothing = (_("No reports here"), _("When somebody reports a message, it waits here until you have dealt with it."))

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

    @display(description=_("reported by"))
    def reporters(self, report: Any) -> str:
        """Who reported the message, or how many people did."""
        if report.count == 1:
            return str(report.reporter)
        return str(ngettext("%d person", "%d people", report.count) % report.count)

    @display(description=_("state"), label={_("open"): "danger", _("closed"): "default"})
    def state(self, report: Report) -> Any:
        """Whether somebody has dealt with it."""
        return _("open") if report.closed_at is None else _("closed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Reports that the person may see, with what the list shows."""
        found: ReportQuerySet = super().get_queryset(request)
        return found.reviewable_by(actor(request)).select_related("message__author", "message__room", "reporter")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """A list with one row for each message."""
        return _of_messages(super().get_changelist(request, **kwargs))

    def get_urls(self) -> list[URLPattern]:
        """The pages of the queue, and the address to which the acts below a report are posted."""
        act = path("<path:object_id>/act/", self.admin_site.admin_view(self.act_view), name="chat_report_act")
        return [act, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One report, with the messages around it, all reports of the message, and the acts at hand."""
        report = self._found(request, object_id)
        context: dict[str, Any] = {"mute_hours": MUTE_HOURS, "ban_days": BAN_DAYS, "show_history": False}
        if report is not None and self.has_view_permission(request):
            reported = reported_message(report)
            context |= {"reported": reported, "outcomes": possible_outcomes(actor(request), reported)}
            context |= {"title": report.get_reason_display(), "subtitle": None}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    def act_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Do what was chosen about a message, and close its reports. What its author notices is asked once."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_act_permission(request):
            raise PermissionDenied
        report = self._found(request, object_id)
        outcome = request.POST.get("action") or request.POST.get("outcome", "")
        if report is not None and outcome in QUESTIONS and not is_confirmed(request):
            return ask(self, request, action=outcome, chosen=[report], question=QUESTIONS[outcome](report))
        self._act(request, [report] if report is not None else [], outcome)
        return redirect("admin:chat_report_changelist")

    @admin.action(description=_("Nothing is wrong: close"), permissions=["act"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        """Close the reports of these messages without doing anything."""
        self._act(request, self.chosen(request, queryset.filter(closed_at__isnull=True)), Report.Outcome.DISMISSED)

    def _act(self, request: HttpRequest, chosen: list[Report], outcome: str) -> None:
        self.run_action(
            request,
            chosen,
            lambda report: reports.act_on_reports(actor(request), message_id=report.message_id, outcome=outcome),
            done=lambda n: (
                ngettext("The reports of %d message are closed.", "The reports of %d messages are closed.", n) % n
            ),
        )

    def _found(self, request: HttpRequest, object_id: str) -> Report | None:
        return self.get_queryset(request).filter(pk=object_id).first() if is_id(object_id) else None

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether the person may open the queue; the service makes the final decision."""
        return policy.may_review(actor(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person may open the queue."""
        return policy.may_review(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the person may open the queue, which contains only what they may see."""
        return policy.may_review(actor(request))


def _of_messages(base: type[Any]) -> type[Any]:
    class ListOfMessages(base):  # type: ignore[misc]
        def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return super().get_queryset(request, *args, **kwargs).one_of_each_message()

    return ListOfMessages


def _deletion_of(report: Report) -> Question:
    return Question(
        title=gettext("Delete the message?"),
        warning=gettext(WARNING),
        button=gettext("Delete the message"),
        rows=[_row(report)],
    )


def _mute_for(report: Report) -> Question:
    names = {"name": report.message.author.name, "room": report.message.room, "hours": MUTE_HOURS}
    return Question(
        title=gettext("Mute %(name)s for %(hours)s hours?") % names,
        warning=gettext("Until then they can read %(room)s, but not write in it or react. Only they are notified.")
        % names,
        button=gettext("Mute for %(hours)s hours") % names,
        rows=[_row(report)],
    )


def _ban_for(report: Report) -> Question:
    names = {"name": report.message.author.name, "room": report.message.room, "days": BAN_DAYS}
    return Question(
        title=gettext("Ban %(name)s for %(days)s days?") % names,
        warning=gettext("They are removed from %(room)s, which people there see, and can return only then.") % names,
        button=gettext("Ban for %(days)s days") % names,
        rows=[_row(report)],
    )


def _row(report: Report) -> tuple[str, str]:
    return excerpt_of(report.message), str(report.message.author)


QUESTIONS: dict[str, Callable[[Report], Question]] = {
    Report.Outcome.DELETED.value: _deletion_of,
    Report.Outcome.MUTED.value: _mute_for,
    Report.Outcome.BANNED.value: _ban_for,
}
"""What is asked before the outcomes that the author of a message notices."""
