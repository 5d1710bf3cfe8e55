"""Groups: sets of permissions for staff who are not superusers."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from chat import policy
from chat.admin.base import AdministratorsOnly, ServiceModelAdmin, actor
from chat.admin.choices import ChoosingAdmin
from chat.admin.permissions import ReadablePermissions
from chat.services import groups

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(AdministratorsOnly, ChoosingAdmin, ReadablePermissions, DjangoGroupAdmin, ServiceModelAdmin):  # type: ignore[misc]
    """Name and permissions of a group.

    Changing a group changes what its members may do, so only superusers may do that, whatever permissions others have.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        """Create or change the group with its service."""
        given = {"name": form.cleaned_data["name"], "permissions": form.cleaned_data["permissions"]}
        if change:
            groups.update_group(actor(request), group_id=obj.pk, **given)
        else:
            obj.pk = groups.create_group(actor(request), **given).pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: the service has stored the permissions."""

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        groups.delete_group(actor(request), group_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Group]") -> None:
        for group in self.chosen(request, queryset):
            groups.delete_group(actor(request), group_id=group.pk)
