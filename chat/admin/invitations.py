"""Invitation links to the space, open and closed. They are made on the site, where each is shown once."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.base import AdministratorsOnly, ReadOnlyAdmin, actor
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.models import Invitation
from chat.queries.invitations import open_invitations
from chat.services import invitations


@admin.register(Invitation)
class InvitationAdmin(AdministratorsOnly, ReadOnlyAdmin):
    """For superusers, who may revoke the links of others."""

    list_display = ("__str__", "created_by", "created_at", "expires_at", "joined", "state")
    list_filter = (("created_by", VisibleFilter), ("created_at", DaysFilter))
    ordering = ("-pk",)
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("revoke_links",)
    fields = ("created_by", "created_at", "expires_at", "joined", "revoked_at")
    readonly_fields = fields

    @display(description=_("joined"))
    def joined(self, invitation: Invitation) -> str:
        """How many people signed up with it, of how many who may."""
        return f"{invitation.uses} / {'∞' if invitation.max_uses is None else invitation.max_uses}"

    @display(description=_("state"), label={_("open"): "success", _("closed"): "info"})
    def state(self, invitation: Any) -> Any:
        """Whether it admits somebody now."""
        return _("open") if invitation.is_open else _("closed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """The links with the people who made them, and `is_open`."""
        found: QuerySet[Invitation] = super().get_queryset(request).select_related("created_by")
        return found.annotate(is_open=Exists(open_invitations().filter(pk=OuterRef("pk"))))

    @admin.action(description=_("Revoke: close for sign-ups"), permissions=["revoke"])
    def revoke_links(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Revoke these links."""
        self.run_action(
            request,
            self.chosen(request, queryset),
            lambda invitation: invitations.revoke_invitation(actor(request), invitation_id=invitation.pk),
            done=lambda n: ngettext("%d link was revoked.", "%d links were revoked.", n) % n,
        )

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Superusers only; the service makes the final decision."""
        return policy.is_administrator(actor(request))
