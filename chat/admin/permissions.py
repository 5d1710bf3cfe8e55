"""Readable names of permissions: 'Messages: delete' instead of 'chat | message | Can delete message'."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.choices import SomeRows
from chat.models import Message, Room, Space, User

MEANINGFUL = (User, Room, Message, Space)
"""The models whose permissions the admin checks. Groups are for superusers only, whatever permissions people have."""

VERBS = {"add": _("add"), "change": _("change"), "delete": _("delete"), "view": _("view")}


def meaningful() -> "QuerySet[Permission]":
    """The permissions that have an effect."""
    models = [model._meta.model_name for model in MEANINGFUL]
    found = Permission.objects.filter(content_type__app_label="chat", content_type__model__in=models)
    return found.select_related("content_type").order_by("content_type__model", "codename")


def label(permission: Permission) -> str:
    """What a permission allows, in the reader's language."""
    model = permission.content_type.model_class()
    verb = VERBS.get(permission.codename.partition("_")[0])
    if model is None or verb is None:
        return str(permission)
    return gettext("%(things)s: %(verb)s") % {"things": capfirst(model._meta.verbose_name_plural), "verb": verb}


class PermissionsField(SomeRows):
    def label_from_instance(self, obj: Any) -> str:
        return label(obj)


class ReadablePermissions:
    """Mixin for pages on which permissions are chosen."""

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """The meaningful permissions, under readable names."""
        if db_field.remote_field.model is Permission:
            kwargs |= {"form_class": PermissionsField, "queryset": meaningful()}
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
