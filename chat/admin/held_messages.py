"""Messages that wait for a decision because of a word in them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from chat import policy
from chat.admin.base import ReadOnlyAdmin, actor
from chat.admin.choices import is_id
from chat.admin.confirmation import Question, ask, is_confirmed
from chat.admin.filters import DaysFilter
from chat.admin.lookups import VisibleFilter
from chat.admin.messages import EXCERPT_CHARS
from chat.models import HeldMessage
from chat.models.held_message import HeldMessageQuerySet
from chat.queries.reports import waiting_message
from chat.services import held_decisions
from chat.services.word_filter import blocked_words_in


@admin.register(HeldMessage)
class HeldMessageAdmin(ReadOnlyAdmin):
    """For superusers and staff who may delete messages, who post or decline them."""

    list_display = ("excerpt", "author", "room", "held_at")
    list_filter = (("room", VisibleFilter), ("author", VisibleFilter), ("held_at", DaysFilter))
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("pk",)
    actions = ("post_messages", "decline_messages")
    fields = ()
    change_form_outer_before_template = "admin/chat/heldmessage/review.html"
    nothing = (_("No message waits"), _("A message with a word that the space holds back waits here for a decision."))

    @display(description=_("text"))
    def excerpt(self, held: HeldMessage) -> str:
        """The beginning of the text, or how many files there are without one."""
        text = " ".join(held.body.split())
        if not text and held.files:
            return ngettext("%d file", "%d files", len(held.files)) % len(held.files)
        return str(Truncator(text).chars(EXCERPT_CHARS))

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldMessage]:
        """The messages that the person may see, with what the list shows."""
        found: HeldMessageQuerySet = super().get_queryset(request)
        return found.reviewable_by(actor(request)).select_related("author", "room", "reply_to__author")

    def get_urls(self) -> list[URLPattern]:
        """The pages of the queue, and the address to which the decision below a message is posted."""
        act = path("<path:object_id>/act/", self.admin_site.admin_view(self.act_view), name="chat_heldmessage_act")
        return [act, *super().get_urls()]

    @admin.action(description=_("Post in the name of its author"), permissions=["decide"])
    def post_messages(self, request: HttpRequest, queryset: QuerySet[HeldMessage]) -> None:
        """Post these messages."""
        self.run_action(
            request,
            self.chosen(request, queryset),
            lambda held: held_decisions.post_held(actor(request), held_id=held.pk),
            done=lambda n: ngettext("%d message was posted.", "%d messages were posted.", n) % n,
        )

    @admin.action(description=_("Decline: delete it and notify its author"), permissions=["decide"])
    def decline_messages(self, request: HttpRequest, queryset: QuerySet[HeldMessage]) -> HttpResponse | None:
        """Ask for confirmation, then decline these messages."""
        chosen = self.chosen(request, queryset)
        if chosen and not is_confirmed(request):
            return ask(self, request, action="decline_messages", chosen=chosen, question=self._question(chosen))
        self.run_action(
            request,
            chosen,
            lambda held: held_decisions.decline_held(actor(request), held_id=held.pk),
            done=lambda n: ngettext("%d message was declined.", "%d messages were declined.", n) % n,
        )
        return None

    def _question(self, chosen: list[HeldMessage]) -> Question:
        count = len(chosen)
        return Question(
            title=ngettext("Decline %d message?", "Decline %d messages?", count) % count,
            warning=gettext("It is deleted, and can't be restored. Its author is notified."),
            button=ngettext("Decline %d message", "Decline %d messages", count) % count,
            rows=[(self.excerpt(held), str(held.author)) for held in chosen],
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One message, with what was written around it and the acts at hand."""
        held = self._found(request, object_id)
        context: dict[str, Any] = {"show_history": False}
        if held is not None and self.has_view_permission(request):
            waiting = waiting_message(held)
            context |= {"waiting": waiting, "words": blocked_words_in(waiting.text)}
            context |= {"title": gettext("Held message"), "subtitle": None}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    def act_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Post or decline one message."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_decide_permission(request):
            raise PermissionDenied
        held = self.get_queryset(request).filter(pk__in=[int(object_id)] if is_id(object_id) else [])
        acts = {"post_messages": self.post_messages, "decline_messages": self.decline_messages}
        act = acts.get(request.POST.get("action", ""))
        return (act and act(request, held)) or redirect("admin:chat_heldmessage_changelist")

    def _found(self, request: HttpRequest, object_id: str) -> HeldMessage | None:
        return self.get_queryset(request).filter(pk=object_id).first() if is_id(object_id) else None

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the person may open the queue; the service makes the final decision."""
        return policy.may_review(actor(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person may open the queue."""
        return policy.may_review(actor(request))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether the person may open the queue, which contains only what they may see."""
        return policy.may_review(actor(request))
