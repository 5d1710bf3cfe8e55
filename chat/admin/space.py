"""The space: its name."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from chat.admin.base import ServiceModelAdmin, actor
from chat.models import Space
from chat.models.space import SPACE_ID
from chat.services.spaces import rename_space


@admin.register(Space)
class SpaceAdmin(ServiceModelAdmin):
    """One page for the one space."""

    fields = ("name", "epoch", "created_at")
    readonly_fields = ("epoch", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The first run has made the only one."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A list of one is left out."""
        return redirect("admin:chat_space_change", SPACE_ID)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Rename it."""
        rename_space(actor(request), name=form.cleaned_data["name"])
