"""The overview page: statistics of the space."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chat.admin.base import actor
from chat.models import Message, Room, User

DAYS = 14
ROOMS_SHOWN = 8
PEOPLE_SHOWN = 6

CHART_FONT = {"family": "ui-sans-serif, system-ui, sans-serif", "size": 12}
CHART_OPTIONS = {
    "animation": False,
    "maintainAspectRatio": False,
    "maxBarThickness": 28,
    "datasets": {"bar": {"borderRadius": 6}},
    "plugins": {"legend": {"display": False}},
    "scales": {
        "x": {"grid": {"display": False}, "border": {"display": False}, "ticks": {"font": CHART_FONT}},
        "y": {
            "beginAtZero": True,
            "grid": {},
            "border": {"display": False},
            "ticks": {"precision": 0, "font": CHART_FONT},
        },
    },
}

COUNTS_LIVE_SECONDS = 60
"""Counting two weeks of messages reads all of them, so the result is cached for a minute."""


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page, limited by the permissions of the reader."""
    user = actor(request)
    if user.has_perm("chat.view_message"):
        context |= messages_per_day()
    if user.has_perm("chat.view_room"):
        context |= rooms(user)
    if user.has_perm("chat.view_user"):
        context |= people()
    return context


def messages_per_day() -> dict[str, Any]:
    """The number of messages on each of the last days in the reader's time zone, as numbers and as chart data."""
    midnights = _midnights(timezone.localtime())
    key = f"messages-per-day:{midnights[-1].isoformat()}"
    counts: list[int] | None = cache.get(key)
    if counts is None:
        counts = Message.objects.counted_between(midnights)
        cache.set(key, counts, COUNTS_LIVE_SECONDS)
    label = _("Messages")
    bars = {"label": label, "data": counts, "backgroundColor": "var(--color-primary-500)"}
    # Translators: a day of the chart, in Django's letters of date formats: Sun 8.
    day_format = _("D j")
    days = [date_format(midnight, day_format) for midnight in midnights[:-1]]
    return {
        "messages_today": counts[-1],
        "messages_lately": sum(counts),
        "messages_days": DAYS,
        "messages_absent": _absence() if not any(counts) else "",
        "messages_chart": json.dumps({"labels": days, "datasets": [bars]}),
        "messages_chart_options": json.dumps(CHART_OPTIONS),
        "messages_by_day": list(zip(days, counts, strict=True)),
    }


def _absence() -> str:
    """The text shown in place of an empty chart."""
    return _("No messages in the last two weeks.") if Message.objects.exists() else _("No messages yet.")


def _midnights(now: datetime) -> list[datetime]:
    """The midnights that begin the last days, today and tomorrow, in the zone of `now`."""
    return [
        datetime.combine(now.date() + timedelta(days=offset), datetime.min.time(), now.tzinfo)
        for offset in range(1 - DAYS, 2)
    ]


def rooms(user: User) -> dict[str, Any]:
    """The number of rooms that this person may see, and the most recently active ones."""
    visible = Room.objects.inspectable_by(user).without_threads()
    counts = visible.aggregate(open=Count("pk", filter=Q(archived_at__isnull=True)), all=Count("pk"))
    liveliest = visible.active().with_life().order_by(F("last_message_at").desc(nulls_last=True), "name")
    return {
        "rooms_open": counts["open"],
        "rooms_archived": counts["all"] - counts["open"],
        "liveliest_rooms": liveliest[:ROOMS_SHOWN],
    }


def people() -> dict[str, Any]:
    """The numbers of people and of new people, and the newest people."""
    lately = timezone.now() - timedelta(days=DAYS)
    everyone = User.objects.active()
    counts = everyone.aggregate(all=Count("pk"), new=Count("pk", filter=Q(date_joined__gte=lately)))
    return {
        "people_active": counts["all"],
        "people_new": counts["new"],
        "newest_people": everyone.order_by("-date_joined", "-pk")[:PEOPLE_SHOWN],
    }
