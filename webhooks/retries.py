"""When a delivery that failed is tried again."""

from datetime import timedelta

MINUTE, HOUR = 60, 3600
PAUSES = (5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 8 * HOUR)
"""Seconds between the tries: a day in all."""


def pause_after(tries: int) -> timedelta | None:
    """The time until the next try; None after the last one."""
    return timedelta(seconds=PAUSES[tries - 1]) if tries <= len(PAUSES) else None
