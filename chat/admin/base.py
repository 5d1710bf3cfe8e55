"""Base classes of the admin's pages: services write, and their refusals are shown on the page."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from chat import policy
from chat.admin.choices import is_id
from chat.models import Room, User
from chat.protocol.errors import ChatError
from chat.services.audit import KINDS

SEARCH_CHARS = 200
SEARCH_WORDS = 5
"""Each word makes the query larger: it is compared with every searched column."""
ACTED_ON_AT_ONCE = 200
"""Most rows that one action of a list accepts: more would block the process."""

FILTER_ENDINGS = ("", "__exact", "__id__exact", "__isnull", "_from", "_to")
"""Suffixes that list filters append to the names of their fields."""


def actor(request: HttpRequest) -> User:
    """The person who makes the request. The admin admits only people who are signed in."""
    assert isinstance(request.user, User)  # noqa: S101 (narrows the type)
    return request.user


class BoundedSearch:
    """Limits the number of words in a search of a list. Must precede ModelAdmin among the bases."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows that contain all of the first SEARCH_WORDS words."""
        words = search_term[:SEARCH_CHARS].split()[:SEARCH_WORDS]
        found: tuple[QuerySet[Any], bool] = super().get_search_results(  # type: ignore[misc]
            request, queryset, " ".join(words)
        )
        return found


class Audited:
    """Disables Django's admin log: services record actions in the audit. Must precede ModelAdmin among the bases."""

    opts: Any

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has recorded it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has recorded it."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """The service has recorded it."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Redirect to the audit entries of this object, which only superusers may read."""
        if not policy.is_administrator(actor(request)):
            raise PermissionDenied
        kind = KINDS.get(self.opts.model)
        if kind is None or not is_id(object_id):
            raise Http404
        of_target = {"target_kind": kind.value, "target_id": object_id}
        query = urlencode({"room__id__exact": object_id} if self.opts.model is Room else of_target)
        return redirect(f"{reverse('admin:chat_auditentry_changelist')}?{query}")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page of one object. It links to the history only for people who may read it."""
        context = {"show_history": policy.is_administrator(actor(request))} | (extra_context or {})
        return super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc]


class AdministratorsOnly:
    """Shows pages to administrators only. Must precede ModelAdmin among the bases."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return policy.is_administrator(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return policy.is_administrator(actor(request))


class ServiceModelAdmin(BoundedSearch, Audited, ModelAdmin):  # type: ignore[misc]
    """Pages that write through services. Subclasses implement `save_model`, and need not catch refusals."""

    list_per_page = 50
    list_filter_submit = True
    list_disable_select_all = True
    warn_unsaved_form = True
    actions_selection_counter = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing can be deleted, unless a subclass allows it."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page of one object. A service's refusal becomes an error of the form, which keeps the input.

        The refusal rolls back the whole save, which Django runs in one transaction.
        """
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ChatError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of the page; after a refusal, a form that is invalid and shows it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: ChatError | None = getattr(request, "refusal", None)
        return form if refusal is None else _refused(form, refusal)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow only the lookups of the list's own filters.

        Django allows any lookup on the table's own fields: a regular expression can take unbounded time, and a lookup
        across a relation discloses rows that the person may not see.
        """
        filters = self.list_filter if request is None else self.get_list_filter(request)
        return any(lookup == f"{_filtered(entry)}{ending}" for entry in filters for ending in FILTER_ENDINGS)

    def chosen(self, request: HttpRequest, queryset: "QuerySet[Any]") -> list[Any]:
        """The rows that an action processes; none, with an error message, if too many are chosen."""
        rows = list(queryset[: ACTED_ON_AT_ONCE + 1])
        if len(rows) <= ACTED_ON_AT_ONCE:
            return rows
        text = _("Choose at most %(limit)s rows. Nothing has been changed.") % {"limit": ACTED_ON_AT_ONCE}
        self.message_user(request, text, messages.ERROR)
        return []

    def named(self, obj: Any) -> str:
        """The name of a row in messages to the actor."""
        return str(obj)

    def run_action(
        self,
        request: HttpRequest,
        objects: Iterable[Model],
        act: Callable[[Any], object],
        *,
        done: Callable[[int], str],
    ) -> None:
        """Call a service for each object separately; report how many calls succeeded and why others were refused."""
        count = 0
        for obj in objects:
            try:
                with transaction.atomic():
                    act(obj)
                count += 1
            except ChatError as refusal:
                text = _("%(object)s: %(why)s") % {"object": self.named(obj), "why": str(refusal.message)}
                self.message_user(request, text, messages.ERROR)
        if count:
            self.message_user(request, done(count), messages.SUCCESS)


def _filtered(entry: Any) -> str:
    """The field name of an entry of `list_filter`."""
    if isinstance(entry, str):
        return entry
    if isinstance(entry, type) and issubclass(entry, SimpleListFilter):
        return str(entry.parameter_name)
    return str(entry[0])


def _refused(form: Any, refusal: ChatError) -> Any:
    def clean(self: Any) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = form.clean(self)
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.message))
        return cleaned

    return type(form)("Refused", (form,), {"clean": clean})


class ReadOnlyAdmin(ServiceModelAdmin):
    """Pages on which nothing can be added or changed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
