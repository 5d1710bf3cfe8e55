"""A value as JSON in an attribute, for a script. The template escapes it."""

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """The value as JSON."""
    return json.dumps(value)
