"""Filters of the admin's lists."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import formats, timezone
from unfold.contrib.filters.admin import RangeDateFilter

# A day begins up to a day earlier or later in UTC, and that moment must be representable.
FIRST_DAY = date.min + timedelta(days=2)
LAST_DAY = date.max - timedelta(days=2)

DAY_CHARS = 40
"""No date in any accepted format is longer."""


class DaysFilter(RangeDateFilter):  # type: ignore[misc]
    """A range of whole days, including the last, in the site's time zone. Unfold's filter excludes the last day."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows of these days; all rows if no day can be parsed."""
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
    """Parse a date in any accepted format; None if it is not a date."""
    for pattern in formats.get_format("DATE_INPUT_FORMATS") if len(typed) <= DAY_CHARS else ():
        try:
            return datetime.strptime(typed, pattern).date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    return None


def _midnight(day: date) -> datetime:
    """The beginning of a day, clamped to the days that exist in every time zone."""
    return timezone.make_aware(datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time.min))
