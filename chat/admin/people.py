"""People: their accounts and rights."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from chat import policy
from chat.admin.base import ServiceModelAdmin, actor
from chat.admin.choices import ChoosingAdmin
from chat.admin.confirmation import Question, ask, is_confirmed
from chat.admin.filters import DaysFilter
from chat.admin.permissions import ReadablePermissions
from chat.admin.site import own_password
from chat.models import User
from chat.services import accounts, erasure, people, pictures, two_steps
from chat.templatetags.people import initials
from chat.web.forms.profile import time_zone_choices

ACCOUNT_FIELDS = ("username", "display_name", "email", "time_zone", "is_bot", "is_guest")
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
        fields = ("username", "display_name", "email", "is_bot", "is_guest")


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


def _reset_question(chosen: Sequence[User]) -> Question:
    count = len(chosen)
    return Question(
        title=ngettext("Reset the two-step sign-in of %d person?", "Reset the two-step sign-in of %d people?", count)
        % count,
        warning=gettext(
            "Whoever knows their password can then sign in. Make sure that the request really comes from them."
        ),
        button=gettext("Reset two-step sign-in"),
        rows=[(user.name, user.username) for user in chosen],
    )


def _erase_question(chosen: Sequence[User], own_messages: str) -> Question:
    count = len(chosen)
    keeps = own_messages == erasure.OwnMessages.KEEP
    messages = (
        gettext("Their messages stay, as those of a deleted account.")
        if keeps
        else gettext("Their messages are deleted in all rooms.")
    )
    return Question(
        title=ngettext("Erase %d account?", "Erase %d accounts?", count) % count,
        warning=" ".join(
            (
                gettext("This can’t be undone."),
                gettext("Name, picture, address and settings are removed, and the person leaves all rooms."),
                messages,
            )
        ),
        button=ngettext("Erase %d account", "Erase %d accounts", count) % count,
        rows=[(user.name, user.username) for user in chosen],
    )


@admin.register(User)
class PersonAdmin(ChoosingAdmin, ReadablePermissions, UserAdmin, ServiceModelAdmin):  # type: ignore[misc,type-arg]
    """Accounts are deactivated or erased, and their rows never deleted, so that messages keep their authors."""

    form = PersonForm
    add_form = NewPersonForm
    list_display = ("person", "email", "kind", "two_steps", "is_active", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "is_bot", "is_guest", ("date_joined", DaysFilter))
    search_fields = ("username", "display_name", "email")
    search_help_text = _("Search names and addresses")
    ordering = ("-date_joined",)
    autocomplete_fields = ("groups",)
    filter_horizontal = ("user_permissions",)
    readonly_fields = ("owner", "last_login", "date_joined")
    actions = ("deactivate", "activate", "reset_two_steps", "remove_picture", "erase_keeping", "erase_deleting")
    fieldsets = (
        (None, {"fields": ("username", "password", *ACCOUNT_FIELDS[1:], "owner")}),
        (_("Permissions"), {"fields": SUPERUSERS_FIELDS}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "is_bot", "is_guest")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )

    @display(description=_("person"), header=True, ordering="display_name")
    def person(self, user: User) -> list[str]:
        """Name, username, initials, and the URL of the picture."""
        return [user.name, user.username, initials(user.name), user.avatar.url if user.avatar else ""]

    @display(
        description=_("kind"),
        label={
            _("superuser"): "success",
            _("staff"): "info",
            _("bot"): "warning",
            _("guest"): "warning",
            _("member"): "default",
        },
    )
    def kind(self, user: User) -> Any:
        """The highest status that the person has."""
        if user.is_superuser:
            return _("superuser")
        if user.is_staff:
            return _("staff")
        if user.is_guest:
            return _("guest")
        return _("bot") if user.is_bot else _("member")

    @display(description=_("two-step sign-in"), boolean=True)
    def two_steps(self, user: Any) -> bool:
        """Whether the person has set it up."""
        return bool(user.has_two_steps)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """People, and whether they sign in in two steps."""
        return two_steps.with_two_steps(super().get_queryset(request))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Staff may change people who have no further rights; superusers may change everybody."""
        return super().has_change_permission(request, obj) and (
            obj is None or (obj.erased_at is None and policy.may_look_after(actor(request), obj))
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
            is_guest=given["is_guest"],
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

    @admin.action(description=_("Reset two-step sign-in: the password alone signs in"), permissions=["change"])
    def reset_two_steps(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Ask for confirmation, then remove all ways of two-step sign-in."""
        chosen = self.chosen(request, queryset.filter(pk__in=two_steps.ways().values("user")))
        if chosen and not is_confirmed(request):
            return ask(self, request, action="reset_two_steps", chosen=chosen, question=_reset_question(chosen))
        self.run_action(
            request,
            chosen,
            lambda user: two_steps.reset(actor(request), user_id=user.pk),
            done=lambda n: (
                ngettext(
                    "The two-step sign-in of %d person was reset.", "The two-step sign-in of %d people was reset.", n
                )
                % n
            ),
        )
        return None

    @admin.action(description=_("Erase the account, and keep its messages"), permissions=["erase"])
    def erase_keeping(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._erase(request, queryset, "erase_keeping", erasure.OwnMessages.KEEP)

    @admin.action(description=_("Erase the account, and delete its messages"), permissions=["erase"])
    def erase_deleting(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._erase(request, queryset, "erase_deleting", erasure.OwnMessages.DELETE)

    def _erase(
        self, request: HttpRequest, queryset: QuerySet[User], action: str, own_messages: str
    ) -> HttpResponse | None:
        """Ask for confirmation, then erase these accounts."""
        chosen = self.chosen(request, queryset.filter(erased_at=None))
        if chosen and not is_confirmed(request):
            return ask(self, request, action=action, chosen=chosen, question=_erase_question(chosen, own_messages))
        self.run_action(
            request,
            chosen,
            lambda user: erasure.erase(actor(request), user_id=user.pk, own_messages=own_messages),
            done=lambda n: ngettext("%d account was erased.", "%d accounts were erased.", n) % n,
        )
        return None

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Superusers only; the service makes the final decision."""
        return policy.is_administrator(actor(request))

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
