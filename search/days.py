"""Days as people name them in a query: `2026-11-29`, `11월29일`, `yesterday`, `지난주`."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

OLDEST, NEWEST = date(1970, 1, 2), date(2199, 12, 30)

_NUMBERS = re.compile("[0-9]+")
_BETWEEN = {"-", "/", "."}


class Days(NamedTuple):
    """Some days in succession."""

    first: date
    last: date


def days_called(typed: str, today: date) -> Days | None:
    """The days of this name, as seen from today; None for anything else. A day without a year is the latest one."""
    name = "".join(typed.lower().split()).replace("-", "").replace("_", "")
    if name in NAMED:
        return NAMED[name](today)
    if name in WEEKDAYS:
        return _one(today - timedelta(days=(today.weekday() - WEEKDAYS[name]) % 7))
    try:
        found = _in_numbers("".join(typed.split()), today)
    except (ValueError, OverflowError):  # there is no such day
        return None
    return found if found and found.first >= OLDEST and found.last <= NEWEST else None


def _one(day: date) -> Days:
    return Days(day, day)


def _week(day: date) -> Days:
    monday = day - timedelta(days=day.weekday())
    return Days(monday, monday + timedelta(days=6))


def _month(year: int, month: int) -> Days:
    first = date(year, month, 1)
    return Days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _month_of(day: date) -> Days:
    return _month(day.year, day.month)


def _year(year: int) -> Days:
    return Days(date(year, 1, 1), date(year, 12, 31))


def _in_numbers(text: str, today: date) -> Days | None:
    numbers = [int(number) for number in _NUMBERS.findall(text[:20])]
    signs = _NUMBERS.sub("", text[:20])
    if len(text) > 20:
        return None
    if signs in ("년", "월", "일", "년월", "월일", "년월일"):
        named = dict(zip(signs, numbers, strict=False))
        same = len(numbers) == len(signs)
        return _of(named.get("년"), named.get("월"), named.get("일"), today) if same else None
    if not set(signs) <= _BETWEEN or len(numbers) != len(signs) + 1 or not text[-1:].isdecimal():
        return None
    if len(numbers) == 3:
        return _of(numbers[0], numbers[1], numbers[2], today)
    if len(numbers) == 2:
        year_first = numbers[0] > 12
        return _of(numbers[0], numbers[1], None, today) if year_first else _of(None, numbers[0], numbers[1], today)
    return _year(numbers[0]) if len(numbers) == 1 and numbers[0] > 31 else None


def _of(year: int | None, month: int | None, day: int | None, today: date) -> Days | None:
    if month is None:
        return _year(year) if year is not None and day is None else None
    if day is None:
        found = _month(today.year if year is None else year, month)
        return _month(today.year - 1, month) if year is None and found.first > today else found
    if year is not None:
        return _one(date(year, month, day))
    this_year = date(today.year, month, day)
    return _one(this_year if this_year <= today else date(today.year - 1, month, day))


def _last_month(today: date) -> Days:
    return _month_of(today.replace(day=1) - timedelta(days=1))


NAMED: dict[str, Callable[[date], Days]] = {
    **dict.fromkeys(("today", "오늘"), _one),
    **dict.fromkeys(("yesterday", "어제"), lambda today: _one(today - timedelta(days=1))),
    **dict.fromkeys(("그제", "그저께"), lambda today: _one(today - timedelta(days=2))),
    **dict.fromkeys(("thisweek", "이번주"), _week),
    **dict.fromkeys(("lastweek", "지난주", "저번주"), lambda today: _week(today - timedelta(days=7))),
    **dict.fromkeys(("thismonth", "이번달"), _month_of),
    **dict.fromkeys(("lastmonth", "지난달", "저번달"), _last_month),
    **dict.fromkeys(("thisyear", "올해"), lambda today: _year(today.year)),
    **dict.fromkeys(("lastyear", "작년", "지난해"), lambda today: _year(today.year - 1)),
}

WEEKDAYS = {
    name: number
    for names in (
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    )
    for number, name in enumerate(names)
}
