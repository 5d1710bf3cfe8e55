"""What all pages of the admin share: writes are services, and a refusal is shown where it arose."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from chat.models import User
from chat.protocol.errors import ChatError

SEARCH_CHARS = 200
SEARCH_WORDS = 5
"""Each further word makes the query larger, and each is compared with every column of the search."""


def actor(request: HttpRequest) -> User:
    """Who asks. The admin lets nobody in who is not signed in."""
    assert isinstance(request.user, User)  # noqa: S101 (narrows the type)
    return request.user


class BoundedSearch:
    """Searches a list for few words, however many are typed. Goes before ModelAdmin."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What holds all of the first SEARCH_WORDS words."""
        words = search_term[:SEARCH_CHARS].split()[:SEARCH_WORDS]
        found: tuple[QuerySet[Any], bool] = super().get_search_results(  # type: ignore[misc]
            request, queryset, " ".join(words)
        )
        return found


class KeepersAdmin(BoundedSearch, ModelAdmin):  # type: ignore[misc]
    """Pages whose writes are services. Subclasses write `save_model`; what a service refuses they need not catch."""

    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    list_disable_select_all = True
    warn_unsaved_form = True
    actions_selection_counter = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted, unless a page says otherwise."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page of one object. What a service refuses comes back as an error of the form, with all that was typed.

        The refusal has undone the whole save: Django runs it in one transaction.
        """
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ChatError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of the page; after a refusal, one that tells of it instead of being valid."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: ChatError | None = getattr(request, "refusal", None)
        return form if refusal is None else _refused(form, refusal)

    def do_each(
        self,
        request: HttpRequest,
        objects: Iterable[Model],
        act: Callable[[Any], object],
        *,
        log: str,
        done: Callable[[int], str],
    ) -> None:
        """Let a service act on each object, on its own; tell how many it was done to, and why not to the others."""
        count = 0
        for obj in objects:
            try:
                with transaction.atomic():
                    act(obj)
                    self.log_change(request, obj, log)
                count += 1
            except ChatError as refusal:
                text = _("%(object)s: %(why)s") % {"object": str(obj), "why": str(refusal.message)}
                self.message_user(request, text, messages.ERROR)
        if count:
            self.message_user(request, done(count), messages.SUCCESS)


def _refused(form: Any, refusal: ChatError) -> Any:
    def clean(self: Any) -> dict[str, Any] | None:
        cleaned: dict[str, Any] | None = form.clean(self)
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.message))
        return cleaned

    return type(form)("Refused", (form,), {"clean": clean})


class ReadOnlyAdmin(KeepersAdmin):
    """Pages on which nothing is added or typed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is added here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed here."""
        return False
