"""Groups: sets of permissions for staff who are no superusers."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from chat import policy
from chat.admin.base import BoundedSearch, actor
from chat.admin.choices import ChoosingAdmin
from chat.admin.permissions import ReadablePermissions

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BoundedSearch, ChoosingAdmin, ReadablePermissions, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Name and permissions of a group. Open pages show nothing of it, so Django's own page writes it.

    Changing a group changes what its members may do, so permissions on groups have no effect here.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))
