"""Inlines of a room's page: its members, and people to add."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.forms import PaginationInlineFormSet

from chat.admin.choices import ChoosingAdmin
from chat.models import Membership, Room, User
from chat.services.memberships import invite_member, remove_members, set_role

MEMBERS_PER_PAGE = 50


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """The role of one member. In a table the field has no visible label, so it gets an accessible name."""

    class Meta:
        model = Membership
        fields = ("role",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = gettext("Role of %(name)s") % {"name": self.instance.user} if self.instance.pk else gettext("Role")
        self.fields["role"].widget.attrs["aria-label"] = name


class MembersFormSet(PaginationInlineFormSet):  # type: ignore[misc]  # unfold has no types
    """Some of the members, by page."""

    def get_page_num(self) -> int:
        """The page that was asked for. Unfold takes every numeric character for a number, `²` as well."""
        try:
            return int(super().get_page_num())
        except ValueError:
            return 1


class MembersInline(TabularInline):  # type: ignore[misc]
    """The members of the room, whose roles can be changed and who can be removed."""

    model = Membership
    form = MemberForm
    verbose_name = _("member")
    verbose_name_plural = _("members")
    fields = ("person", "role", "joined_at")
    readonly_fields = ("person", "joined_at")
    formset = MembersFormSet
    per_page = MEMBERS_PER_PAGE
    hide_title = True
    extra = 0
    max_num = 0

    @display(description=_("person"))
    def person(self, membership: Membership) -> SafeString:
        """A link to the person."""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:chat_user_change", args=[membership.user_id]), membership.user
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Current members only; people who left keep their row."""
        queryset: QuerySet[Membership] = super().get_queryset(request)
        return queryset.filter(left_at__isnull=True).select_related("user", "room").order_by("joined_at", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """People are added in the inline below."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Everybody who may see a room may see its members."""
        return request.user.has_perm("chat.view_room")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Offered to everybody who may change rooms; the service decides."""
        return request.user.has_perm("chat.change_room")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("chat.change_room")


class NewMemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person to add. People who left still have a row, and can be added again."""

    class Meta:
        model = Membership
        fields = ("user", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].widget.attrs["aria-label"] = gettext("Role")

    def validate_unique(self) -> None:
        """Do nothing: the service reactivates the row of somebody who left."""

    def validate_constraints(self) -> None:
        """Do nothing: the service reactivates the row of somebody who left."""


class NewMembersInline(ChoosingAdmin, TabularInline):  # type: ignore[misc]
    """People to add."""

    model = Membership
    form = NewMemberForm
    verbose_name = _("person")
    verbose_name_plural = _("add people")
    autocomplete_fields = ("user",)
    fields = ("user", "role")
    hide_title = True
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """No rows: the current members are in the inline above."""
        queryset: QuerySet[Membership] = super().get_queryset(request)
        return queryset.none()

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Offered to everybody who may change rooms; the service decides."""
        return request.user.has_perm("chat.change_room")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def save_members(actor: User, room: Room, formset: "BaseInlineFormSet[Membership, Room, Any]") -> None:
    """Apply the changes of the rows: additions first, then promotions, then demotions, then removals.

    In this order, one request can transfer ownership. Raises the errors of the services.
    """
    new, changed, removed = _sorted_out(formset)
    for membership in new:
        invite_member(actor, room_id=room.pk, user_id=membership.user_id)
    for membership in sorted((*new, *changed), key=lambda member: member.role != Membership.Role.OWNER):
        set_role(actor, room_id=room.pk, user_id=membership.user_id, role=membership.role)
    if removed:
        remove_members(actor, room_id=room.pk, user_ids=[membership.user_id for membership in removed])
    # Django reads these lists for its log message.
    formset.new_objects = list(new)
    formset.changed_objects = [(membership, ["role"]) for membership in changed]
    formset.deleted_objects = list(removed)


def _sorted_out(
    formset: "BaseInlineFormSet[Membership, Room, Any]",
) -> tuple[list[Membership], list[Membership], list[Membership]]:
    removed = [form.instance for form in formset.initial_forms if form in formset.deleted_forms]
    return (
        _changed(form for form in formset.extra_forms if form not in formset.deleted_forms),
        _changed(form for form in formset.initial_forms if form not in formset.deleted_forms),
        removed,
    )


def _changed(rows: Iterable[Any]) -> list[Membership]:
    return [form.instance for form in rows if form.has_changed()]
