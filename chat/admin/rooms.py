"""Rooms and their members."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from chat import policy
from chat.admin.base import ServiceModelAdmin, actor
from chat.admin.confirmation import Question, ask, is_confirmed
from chat.admin.members import MembersInline, NewMembersInline, save_members
from chat.models import Room
from chat.queries.direct import load_people
from chat.services import rooms
from chat.services.room_rules import RULES, change_rules
from chat.web.forms.moderation import rule_choices

UNCHOSEN = {Room.Kind.DIRECT, Room.Kind.THREAD}
"""Kinds of rooms that are not made in the admin."""


class RoomForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, topic, kind (only for a new room), rules, and whether the room is archived."""

    who_mentions_all = forms.ChoiceField(
        label=_("Who may mention everybody"), required=False, widget=UnfoldAdminSelectWidget
    )
    slow_seconds = forms.TypedChoiceField(
        label=_("Slow mode"),
        coerce=int,
        widget=UnfoldAdminSelectWidget,
        help_text=_("How long a person waits between two messages. Moderators and owners don't wait."),
    )

    archived = forms.BooleanField(
        label=_("Archived"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("An archived room can be read, but nobody can post in it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["archived"].initial = self.instance.is_archived
        for name, choices in rule_choices(self.instance).items():
            if self.instance.pk is None:
                self.fields.pop(name, None)
            elif name in self.fields:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
        if "kind" in self.fields:
            kinds = self.fields["kind"]
            kinds.choices = [choice for choice in kinds.choices if choice[0] not in UNCHOSEN]  # type: ignore[attr-defined]


class KindFilter(DropdownFilter):  # type: ignore[misc]
    """Filters by the kinds of rooms that the list contains."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [choice for choice in Room.Kind.choices if choice[0] != Room.Kind.THREAD]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return queryset.filter(kind=chosen) if chosen in Room.Kind.values else queryset


class StateFilter(DropdownFilter):  # type: ignore[misc]
    """Filters by whether rooms are archived."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("archived", _("archived"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value()
        if state == "open":
            return queryset.active()
        return queryset.archived() if state == "archived" else queryset


@admin.register(Room)
class RoomAdmin(ServiceModelAdmin):
    """Rooms. Staff who are not superusers see the rooms that they could find without the admin."""

    form = RoomForm
    list_display = ("room", "kind_label", "people", "message_count", "last_message_at", "state")
    list_filter = (KindFilter, StateFilter)
    search_fields = ("name", "topic")
    search_help_text = _("Search names and topics")
    ordering = ("name",)
    readonly_fields = ("title", "slug", "created_by", "created_at", "archived_at", "message_count", "revision")
    inlines = (MembersInline, NewMembersInline)
    actions = ("archive", "unarchive", "delete_rooms")
    fieldsets = (
        (None, {"fields": ("name", "topic", "archived")}),
        (_("Rules"), {"fields": RULES}),
        (_("Details"), {"fields": ("slug", "message_count", "revision", "created_by", "created_at", "archived_at")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "topic", "kind")}),)

    @display(description=_("room"), header=True, ordering="name")
    def room(self, room: Room) -> list[str]:
        """Name and topic; the people of a direct room."""
        return [self.title(room), room.topic]

    @display(description=_("people"))
    def title(self, room: Room) -> str:
        """The name; the names of the people of a direct room."""
        if room.kind == Room.Kind.DIRECT:
            return ", ".join(person.name for person in room.direct_people)
        return room.name

    @display(description=_("kind"), ordering="kind", label={"public": "success", "private": "warning"})
    def kind_label(self, room: Room) -> tuple[str, str]:
        """The kind, which selects a colour, and its label."""
        return room.kind, room.get_kind_display()

    @display(description=_("people"), ordering="people")
    def people(self, room: Any) -> int:
        """The number of current members."""
        return int(room.people)

    @display(description=_("last message"), ordering="last_message_at")
    def last_message_at(self, room: Any) -> Any:
        """The time of the last message."""
        return room.last_message_at

    @display(description=_("state"), ordering="archived_at", label={_("open"): "success", _("archived"): "default"})
    def state(self, room: Room) -> Any:
        """Whether the room is archived."""
        return _("archived") if room.is_archived else _("open")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """All rooms for superusers; for others, those that they may know of."""
        return (
            Room.objects.inspectable_by(actor(request))
            .without_threads()
            .with_life()
            .order_by(*self.get_ordering(request))
        )

    def view_on_site(self, room: Room) -> str | None:
        """The URL of the room's page; only its people can open that of a direct room."""
        return room.get_absolute_url() if room.slug and room.kind != Room.Kind.DIRECT else None

    def has_change_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        """Nobody administers a direct room."""
        is_direct = obj is not None and obj.kind == Room.Kind.DIRECT
        return not is_direct and bool(super().has_change_permission(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Room | None = None) -> Any:
        """A direct room has people instead of a name and a topic, and no rules."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.kind != Room.Kind.DIRECT:
            return fieldsets
        return ((None, {"fields": ("title",)}), *fieldsets[2:])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """A list that reads the people of its direct rooms at once."""
        return _reading_people(super().get_changelist(request, **kwargs))

    def get_inlines(self, request: HttpRequest, obj: Room | None) -> Any:
        """No inlines for a room that is being created, or whose people never change."""
        return super().get_inlines(request, obj) if obj is not None and obj.kind != Room.Kind.DIRECT else ()

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        """Create, rename or archive the room, each with its service."""
        who, given = actor(request), form.cleaned_data
        if not change:
            created = rooms.create_room(who, name=given["name"], topic=given["topic"], kind=given["kind"])
            obj.pk = created.pk
            obj.refresh_from_db()
            return
        settings = {field: given[field] for field in ("name", "topic") if field in form.changed_data}
        rules = {field: given[field] for field in RULES if field in form.changed_data}
        if not given["archived"]:
            rooms.unarchive_room(who, room_id=obj.pk)
        if settings:
            rooms.update_room(who, room_id=obj.pk, **settings)
        if rules:
            change_rules(who, room_id=obj.pk, **rules)
        if given["archived"]:
            rooms.archive_room(who, room_id=obj.pk)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Add and remove members, and change their roles."""
        save_members(actor(request), form.instance, formset)

    @admin.action(description=_("Archive: make read-only"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        self.run_action(
            request,
            self.chosen(request, queryset),
            lambda room: rooms.archive_room(actor(request), room_id=room.pk),
            done=lambda n: ngettext("%d room is archived.", "%d rooms are archived.", n) % n,
        )

    @admin.action(description=_("Unarchive: allow posting again"), permissions=["change"])
    def unarchive(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        self.run_action(
            request,
            self.chosen(request, queryset),
            lambda room: rooms.unarchive_room(actor(request), room_id=room.pk),
            done=lambda n: ngettext("%d room is open again.", "%d rooms are open again.", n) % n,
        )

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Superusers only; owners delete a room on its settings page."""
        return policy.is_administrator(actor(request))

    @admin.action(description=_("Delete with everything in it"), permissions=["erase"])
    def delete_rooms(self, request: HttpRequest, queryset: QuerySet[Room]) -> HttpResponse | None:
        """Ask for confirmation, then delete these rooms, which must be archived."""
        chosen = self.chosen(request, queryset)
        if chosen and not is_confirmed(request):
            return ask(self, request, action="delete_rooms", chosen=chosen, question=_deletion_of(chosen))
        self.run_action(
            request,
            chosen,
            lambda room: rooms.delete_room(actor(request), room_id=room.pk),
            done=lambda n: ngettext("%d room is deleted.", "%d rooms are deleted.", n) % n,
        )
        return None


def _reading_people(base: type[Any]) -> type[Any]:
    class ListWithPeople(base):  # type: ignore[misc]
        def get_results(self, request: HttpRequest) -> None:
            super().get_results(request)
            load_people(self.result_list)

    return ListWithPeople


def _deletion_of(chosen: Sequence[Any]) -> Question:
    count = len(chosen)
    return Question(
        title=ngettext("Delete %d room?", "Delete %d rooms?", count) % count,
        warning=gettext("All messages disappear for everybody at once and can't be restored."),
        button=ngettext("Delete %d room", "Delete %d rooms", count) % count,
        rows=[(str(room), _contents(room)) for room in chosen],
    )


def _contents(room: Any) -> str:
    count: int = room.counted
    return ngettext("%d message", "%d messages", count) % count
