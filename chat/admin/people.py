"""People: their accounts and rights."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from chat import policy
from chat.admin.base import ServiceModelAdmin, actor
from chat.admin.choices import ChoosingAdmin
from chat.admin.filters import DaysFilter
from chat.admin.permissions import ReadablePermissions
from chat.admin.site import own_password
from chat.models import User
from chat.services import accounts, people, pictures
from chat.templatetags.people import initials
from chat.web.forms.profile import time_zone_choices

ACCOUNT_FIELDS = ("username", "display_name", "email", "time_zone", "is_bot")
RIGHTS_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")
SUPERUSERS_FIELDS = ("is_active", *RIGHTS_FIELDS)


class PersonForm(UserChangeForm):  # type: ignore[misc]
    """A person's account."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=time_zone_choices, widget=UnfoldAdminSelectWidget
    )


class NewPersonForm(UserCreationForm):  # type: ignore[misc]
    """A new person."""

    class Meta:
        model = User
        fields = ("username", "display_name", "email", "is_bot")


def password_form(giver: User) -> type[AdminPasswordChangeForm]:
    """The form in which `giver` sets somebody's password."""

    class PasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]
        def save(self, commit: bool = True) -> User:
            """Set or disable the password, and end the person's sessions."""
            usable = self.cleaned_data["set_usable_password"]
            password = self.cleaned_data["password1"] if usable else None
            self.user: User = accounts.set_password(giver, user_id=self.user.pk, password=password)
            return self.user

    return PasswordForm


@admin.register(User)
class PersonAdmin(ChoosingAdmin, ReadablePermissions, UserAdmin, ServiceModelAdmin):  # type: ignore[misc,type-arg]
    """Accounts are deactivated, never deleted, so that messages keep their authors."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("person", "email", "kind", "is_active", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "is_bot", ("date_joined", DaysFilter))
    search_fields = ("username", "display_name", "email")
    search_help_text = _("Search names and addresses")
    ordering = ("-date_joined",)
    autocomplete_fields = ("groups",)
    filter_horizontal = ("user_permissions",)
    readonly_fields = ("last_login", "date_joined")
    actions = ("deactivate", "activate", "remove_picture")
    fieldsets = (
        (None, {"fields": ("username", "password", "display_name", "email", "time_zone", "is_bot")}),
        (_("Permissions"), {"fields": SUPERUSERS_FIELDS}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "is_bot")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )

    @display(description=_("person"), header=True, ordering="display_name")
    def person(self, user: User) -> list[str]:
        """Name, username, initials, and the URL of the picture."""
        return [user.name, user.username, initials(user.name), user.avatar.url if user.avatar else ""]

    @display(
        description=_("kind"),
        label={_("superuser"): "success", _("staff"): "info", _("bot"): "warning", _("member"): "default"},
    )
    def kind(self, user: User) -> Any:
        """The highest status that the person has."""
        if user.is_superuser:
            return _("superuser")
        if user.is_staff:
            return _("staff")
        return _("bot") if user.is_bot else _("member")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Staff may change people who have no further rights; superusers may change everybody."""
        return super().has_change_permission(request, obj) and (
            obj is None or policy.may_look_after(actor(request), obj)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only superusers may change rights; people change their own address on their account page."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if obj is not None and obj.pk == request.user.pk:
            fields = (*fields, "email")
        return fields if policy.is_administrator(actor(request)) else (*fields, *SUPERUSERS_FIELDS)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Pass each part of the form to its service."""
        if change:
            self._update(actor(request), obj.pk, form)
            return
        given = form.cleaned_data
        created = accounts.create_person(
            actor(request),
            username=given["username"],
            password=given["password1"] if obj.has_usable_password() else None,
            display_name=given["display_name"],
            email=given["email"],
            is_bot=given["is_bot"],
        )
        obj.pk = created.pk
        obj.refresh_from_db()

    def _update(self, who: User, user_id: int, form: Any) -> None:
        given, changed = form.cleaned_data, set(form.changed_data)
        account = {field: given[field] for field in ACCOUNT_FIELDS if field in changed}
        if account:
            accounts.update_person(who, user_id=user_id, **account)
        if changed & set(RIGHTS_FIELDS):
            accounts.set_rights(
                who,
                user_id=user_id,
                is_staff=given["is_staff"],
                is_superuser=given["is_superuser"],
                groups=given["groups"],
                permissions=given["user_permissions"],
            )
        if "is_active" in changed:
            act = people.activate_user if given["is_active"] else people.deactivate_user
            act(who, user_id=user_id)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: groups and permissions were saved with the rights."""

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Set somebody else's password on behalf of the actor."""
        who = self.get_object(request, unquote(id))
        if who is not None and who.pk == request.user.pk:
            return own_password(request)
        asked = copy(self)
        asked.change_password_form = password_form(actor(request))
        return super(PersonAdmin, asked).user_change_password(request, id, form_url)

    @admin.action(description=_("Deactivate: sign out at once and block sign-in"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.run_action(
            request,
            self.chosen(request, queryset.filter(is_active=True)),
            lambda user: people.deactivate_user(actor(request), user_id=user.pk),
            done=lambda n: ngettext("%d person was deactivated.", "%d people were deactivated.", n) % n,
        )

    @admin.action(description=_("Activate: allow sign-in again"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.run_action(
            request,
            self.chosen(request, queryset.filter(is_active=False)),
            lambda user: people.activate_user(actor(request), user_id=user.pk),
            done=lambda n: ngettext("%d person was activated.", "%d people were activated.", n) % n,
        )

    @admin.action(description=_("Remove the picture"), permissions=["change"])
    def remove_picture(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self.run_action(
            request,
            self.chosen(request, queryset.exclude(avatar="")),
            lambda user: pictures.remove_picture_of(actor(request), user_id=user.pk),
            done=lambda n: (
                ngettext("The picture of %d person was removed.", "The pictures of %d people were removed.", n) % n
            ),
        )
