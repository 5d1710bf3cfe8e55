"""What people set about notifications for all their devices: values of items of the kind `setting`."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.protocol.errors import Invalid
from chat.services.item_kinds import format_time, parse_time

DAY_MINUTES = 24 * 60
WEEKDAYS = range(1, 8)
"""Monday to Sunday, as ISO 8601 numbers them."""

PAUSE_DAYS = 31
"""The longest pause."""


def clean_quiet_hours(value: Any) -> dict[str, Any]:
    """Return the hours without notifications: `from` and `to` in minutes of the day, `days` on which they begin.

    Without `days` they begin every day. They have no time zone of their own: the person's applies, or the device's.
    """
    if isinstance(value, dict):
        start, end, days = value.get("from"), value.get("to"), value.get("days", list(WEEKDAYS))
        if _is_minute(start) and _is_minute(end) and start != end and _are_days(days):
            some = sorted(set(days))
            return {"from": start, "to": end} | ({} if len(some) == len(WEEKDAYS) else {"days": some})
    raise Invalid(_("Quiet hours have a beginning and another end, in minutes of the day, and days."), field="value")


def clean_paused_until(value: Any) -> str:
    """Return the time until which there are no notifications."""
    until = parse_time(value)
    if until > timezone.now() + timedelta(days=PAUSE_DAYS):
        raise Invalid(_("Notifications can be paused for at most 31 days."), field="value")
    return format_time(until)


def clean_sound(value: Any) -> bool:
    """Return whether notifications have a sound."""
    if not isinstance(value, bool):
        raise Invalid(_("The sound is on (true) or off (false)."), field="value")
    return value


def _is_minute(value: Any) -> bool:
    return type(value) is int and 0 <= value < DAY_MINUTES


def _are_days(value: Any) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= len(WEEKDAYS):
        return False
    return all(type(day) is int and day in WEEKDAYS for day in value)
