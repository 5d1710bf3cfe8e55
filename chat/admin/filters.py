"""Filters of the admin's lists."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import formats, timezone
from unfold.contrib.filters.admin import RangeDateFilter

# A day in one time zone begins up to a day earlier or later in UTC, and that moment must still be representable.
FIRST_DAY = date.min + timedelta(days=2)
LAST_DAY = date.max - timedelta(days=2)

DAY_CHARS = 40
"""No date in any accepted format is longer."""


class DaysFilter(RangeDateFilter):  # type: ignore[misc]
    """From one day to another, both of them whole, in the site's time zone. Unfold's own ends where its last begins."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """What happened on these days; everything where no day can be read."""
        first, last = self._day("from"), self._day("to")
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if last is not None and last < LAST_DAY:
            queryset = queryset.filter(**{f"{self.field_path}__lt": _midnight(last + timedelta(days=1))})
        return queryset

    def _day(self, end: str) -> date | None:
        typed = self.used_parameters.get(f"{self.field_path}_{end}")
        return read_day(typed) if isinstance(typed, str) else None


def read_day(typed: str) -> date | None:
    """The date that was typed; None if it is not one."""
    for pattern in formats.get_format("DATE_INPUT_FORMATS") if len(typed) <= DAY_CHARS else ():
        try:
            return datetime.strptime(typed, pattern).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


def _midnight(day: date) -> datetime:
    """The beginning of a day. Days at the ends of the calendar become the nearest that exists in every time zone."""
    return timezone.make_aware(datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time.min))
