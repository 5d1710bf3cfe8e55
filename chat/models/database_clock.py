"""Times by the clock of the database: processes on several machines need not agree on the time."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now


def in_seconds(seconds: float) -> models.Expression:
    """The time this many seconds from now, for a query."""
    return models.ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=models.DateTimeField())
