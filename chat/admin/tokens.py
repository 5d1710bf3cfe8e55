"""Tokens of people and bots. They are created on the site, where each is shown once."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.base import AdministratorsOnly, ReadOnlyAdmin, actor
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.models import Token
from chat.services import tokens


@admin.register(Token)
class TokenAdmin(AdministratorsOnly, ReadOnlyAdmin):
    """For superusers, who may revoke the tokens of others."""

    list_display = ("__str__", "user", "may", "created_at", "used_at", "expires_at", "state")
    list_filter = (("user", VisibleFilter), ("created_at", DaysFilter))
    ordering = ("-pk",)
    list_select_related = ("user",)
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("revoke_tokens",)
    fields = ("user", "name", "may", "created_at", "used_at", "expires_at")
    readonly_fields = fields

    @display(description=_("scopes"))
    def may(self, token: Token) -> str:
        """The scopes, and whether it is limited to rooms."""
        limit = [] if token.rooms is None else [str(_("limited to rooms"))]
        return ", ".join([*token.scopes, *limit])

    @display(description=_("state"), label={_("valid"): "success", _("expired"): "info"})
    def state(self, token: Token) -> object:
        """Whether its time is over."""
        return _("expired") if token.is_expired else _("valid")

    @admin.action(description=_("Revoke: nothing can use them any more"), permissions=["revoke"])
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        """Revoke these tokens."""
        self.run_action(
            request,
            self.chosen(request, queryset),
            lambda token: tokens.revoke_token(actor(request), token_id=token.pk),
            done=lambda n: ngettext("%d token was revoked.", "%d tokens were revoked.", n) % n,
        )

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Superusers only; the service makes the final decision."""
        return policy.is_administrator(actor(request))
