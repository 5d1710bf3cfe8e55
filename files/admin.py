"""Files in the admin: superusers see which there are and who uploaded them, and open none."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.base import ReadOnlyAdmin, actor
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.admin.site import LINKS
from files.models import Attachment

LINKS += [("attach_file", _("Files"), "admin:files_attachment_changelist")]


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    """For superusers."""

    list_display = ("name", "author", "room", "bytes", "used", "kind", "state", "created_at")
    list_filter = (("author", VisibleFilter), "kind", "state", ("created_at", DaysFilter))
    list_select_related = ("author", "room")
    fields = ("name", "author", "room", "bytes", "type", "kind", "state", "digest", "created_at")
    readonly_fields = fields
    ordering = ("-created_at",)
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        """The files with what the person of each uses."""
        found: QuerySet[Any] = super().get_queryset(request)
        own = Attachment.objects.filter(author=OuterRef("author")).order_by().values("author")
        counted: QuerySet[Any] = found.annotate(used_bytes=Subquery(own.annotate(total=Sum("size")).values("total")))
        return counted

    @display(description=_("size"), ordering="size")
    def bytes(self, file: Attachment) -> str:
        """The size for people."""
        return str(filesizeformat(file.size))

    @display(description=_("used by this person"))
    def used(self, file: Attachment) -> str:
        """How much space the files of the person take."""
        return str(filesizeformat(vars(file)["used_bytes"]))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Superusers only."""
        return policy.is_administrator(actor(request))
