"""The audit: a searchable record of who did what."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat.admin.base import AdministratorsOnly, ReadOnlyAdmin
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.models import AuditEntry, Membership, Report, Room
from chat.models.audit import Action, Target, Way
from chat.models.space_settings import SETTINGS, Choice
from chat.services.erasure import OwnMessages
from chat.services.two_steps import WAYS

OTHER_LOOKUPS = {"target_kind", "target_id", "at__year", "at__month", "at__day"}
"""The lookups of links to the history of an object, and of the dates above the list."""

DETAILS: dict[str, str | Promise] = {
    "author": _("author"),
    "before": _("older than"),
    "bot": _("bot"),
    "days": _("days"),
    "direction": _("direction"),
    "display_name": _("name"),
    "email": _("email address"),
    "entries": _("entries"),
    "fields": _("changed"),
    "groups": _("groups"),
    "host": _("host"),
    "is_bot": _("bot"),
    "is_guest": _("guest"),
    "is_staff": _("staff"),
    "is_superuser": _("superuser"),
    "limited_to_rooms": _("limited to rooms"),
    "max_uses": _("number of people"),
    "messages": _("messages"),
    "name": _("name"),
    "outcome": _("outcome"),
    "own_messages": _("messages"),
    "permissions": _("permissions"),
    "reports": _("reports"),
    "role": _("role"),
    "scopes": _("scopes"),
    "shows_reads": _("shows who has read"),
    "slow_seconds": _("slow mode, in seconds"),
    "time_zone": _("time zone"),
    "token": _("token"),
    "topic": _("topic"),
    "until": _("until"),
    "usable": _("can be used to sign in"),
    "username": _("username"),
    "uses": _("joined"),
    "way": _("way"),
    "webhook": _("webhook"),
    "who_invites": _("who may invite people"),
    "who_mentions_all": _("who may mention everybody"),
    "who_posts": _("who may post"),
    "why": _("why"),
}


class CodeFilter(DropdownFilter):  # type: ignore[misc]
    """Filters entries by a code of a column."""

    codes: Any

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.codes.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.filter(**{self.parameter_name: chosen}) if chosen in self.codes.values else queryset


class ActionFilter(CodeFilter):
    title = _("what")
    parameter_name = "action"
    codes = Action


class WayFilter(CodeFilter):
    title = _("way")
    parameter_name = "way"
    codes = Way


@admin.register(AuditEntry)
class AuditAdmin(AdministratorsOnly, ReadOnlyAdmin):
    """For superusers, who see all rooms. Entries are not counted, so a page costs the same for millions of them."""

    list_display = ("at", "who", "what", "target", "where", "said", "origin")
    list_filter = (
        ("actor", VisibleFilter),
        ActionFilter,
        ("room", VisibleFilter),
        WayFilter,
        ("at", DaysFilter),
    )
    search_fields = ("actor_name", "target_name", "network")
    search_help_text = _("Search names and addresses")
    date_hierarchy = "at"
    ordering = ("-pk",)
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = ("at", "who", "what", "target", "where", "said", "origin")
    readonly_fields = fields

    @display(description=_("who"))
    def who(self, entry: AuditEntry) -> str:
        """The name of the person at the time."""
        return entry.actor_name or gettext("A command")

    @display(description=_("what"))
    def what(self, entry: AuditEntry) -> str | Promise:
        return dict(Action.choices).get(entry.action, entry.action)

    @display(description=_("on"))
    def target(self, entry: AuditEntry) -> str:
        """The name of the object at the time; for a private room, its current name."""
        if entry.target_kind == Target.ROOM:
            return room_name(entry)
        if entry.target_kind == Target.MESSAGE:
            return gettext("Message %(id)s") % {"id": entry.target_id}
        return entry.target_name

    @display(description=_("room"))
    def where(self, entry: AuditEntry) -> str | None:
        """The room of the target, if the target is in a room."""
        return None if entry.room_id is None or entry.target_kind == Target.ROOM else room_name(entry)

    @display(description=_("details"))
    def said(self, entry: AuditEntry) -> SafeString | None:
        """The old and new values."""
        lines = [(line,) for line in details_of(entry)]
        return format_html("<div>{}</div>", format_html_join("", "<div>{}</div>", lines)) if lines else None

    @display(description=_("from"))
    def origin(self, entry: AuditEntry) -> str:
        """The kind of the request, and its address or network."""
        return " ".join(filter(None, (str(dict(Way.choices).get(entry.way, entry.way)), entry.network)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Entries with their rooms: the names of private rooms are not stored."""
        found: QuerySet[AuditEntry] = super().get_queryset(request).select_related("room")
        return found

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list. A date beyond any calendar is a wrong parameter, as Django treats other wrong dates."""
        try:
            found: ChangeList = super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters(error) from error
        return found

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the lookups of the filters, of the dates, and of one object."""
        return lookup in OTHER_LOOKUPS or super().lookup_allowed(lookup, value, request)


def room_name(entry: AuditEntry) -> str:
    """The name of the room of an entry, if known."""
    if entry.target_kind == Target.ROOM and entry.target_name:
        return entry.target_name
    if entry.room is not None and entry.room.deleted_at is None:
        return str(entry.room)
    return gettext("Deleted room %(id)s") % {"id": entry.room_id}


def details_of(entry: AuditEntry) -> list[str]:
    """The details of an entry, one line each. Fields that are listed with values are not repeated without them."""
    details = dict(entry.details)
    details["fields"] = [field for field in details.get("fields", ()) if field not in details]
    details.pop("author_id", None)  # beside the name, for chat.services.erasure
    return [f"{detail_name(name)}: {shown(name, value)}" for name, value in details.items() if value != []]


def detail_name(name: str) -> str:
    """The label of a detail."""
    setting = SETTINGS.get(name)
    return str(DETAILS.get(name, name) if setting is None else setting.label)


def shown(name: str, value: Any) -> str:
    """The value of a detail. A pair is the old and the new value; of two lists, only the differences are shown."""
    if name == "fields":
        return ", ".join(detail_name(field) for field in value)
    if not isinstance(value, list):
        return worded(name, value)
    old, new = value
    if isinstance(old, list):
        signed = [f"+{item}" for item in new if item not in old] + [f"−{item}" for item in old if item not in new]
        return ", ".join(signed)
    return f"{worded(name, old)} → {worded(name, new)}"


CHOICES: dict[str, dict[Any, Any]] = {
    "outcome": dict(Report.Outcome.choices),
    "own_messages": dict(OwnMessages.choices),
    "way": dict(WAYS),
    "role": dict(Membership.Role.choices),
    **{name: dict(Room.Who.choices) for name in ("who_posts", "who_mentions_all", "who_invites")},
}
"""The words for values that are one of several."""


MOMENTS = {"before", "until"}
"""The details that are times."""


def _moment(value: Any) -> str:
    """A time in the zone of the page. What another version stored in another form is shown as it is."""
    moment = parse_datetime(value) if isinstance(value, str) else None
    return str(value) if moment is None else date_format(localtime(moment), "SHORT_DATETIME_FORMAT")


def worded(name: str, value: Any) -> str:
    """A single value in readable form."""
    setting = SETTINGS.get(name)
    if isinstance(setting, Choice):
        return str(dict(setting.choices).get(value, value))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if value is None:
        return gettext("any number") if name == "max_uses" else "–"
    if name in MOMENTS:
        return _moment(value)
    return str(CHOICES.get(name, {}).get(value, value)) if value != "" else "–"
