"""What was said to the person: the messages that mention them, and the threads that they follow."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from chat.queries.mentions import mentions_of
from chat.queries.threads import followed_threads
from chat.services.mentions import mark_read
from chat.services.room_invitations import pending_of
from chat.web.answers import answer
from chat.web.views.access import SignedInRequest

ID_DIGITS = 18


@login_required
@require_safe
def inbox(request: SignedInRequest) -> HttpResponse:
    """List invitations into rooms, and the person's unread threads and mentions, or with `all` also read ones."""
    is_all = "all" in request.GET
    page = mentions_of(request.user, unread_only=not is_all, before=_number(request.GET.get("before")) or 0)
    is_first = "before" not in request.GET
    threads = followed_threads(request.user, unread_only=not is_all) if is_first else []
    context = {"page": page, "threads": threads, "is_all": is_all, "invitations": pending_of(request.user)}
    return render(request, "chat/inbox.html", context)


@login_required
@require_POST
def inbox_read(request: SignedInRequest) -> HttpResponse:
    """Mark a mention as read, at a `position` of a `room`, or all of them."""
    which: dict[str, Any] = {}
    if "room" in request.POST:
        room_id, position = (_number(request.POST.get(name)) for name in ("room", "position"))
        if room_id is None or position is None:
            raise Http404
        which = {"room_id": room_id, "positions": [position]}
    return answer(request, lambda: mark_read(request.user, **which), page=lambda: redirect("inbox"))


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS
    return int(text or "") if is_number else None
