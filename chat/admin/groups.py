"""Groups: sets of permissions for staff who are no superusers."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin

from chat.admin.choices import ChoosingAdmin
from chat.admin.keeping import BoundedSearch

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BoundedSearch, ChoosingAdmin, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Name and permissions of a group. Nobody in a browser sees anything of it, so it is Django's own."""
