"""Renders form fields: label, help, input and errors, associated for screen readers."""

from typing import Any

from django import template
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

register = template.Library()

PASSWORD_RULES = _("At least 8 characters, not only digits, nothing common, and not your name or the space’s.")
"""The requirements of AUTH_PASSWORD_VALIDATORS, in one line instead of a list."""


def is_new_password(field: BoundField) -> bool:
    """Whether a new password is entered in this field, which has the list of requirements as its help."""
    return field.field.widget.attrs.get("autocomplete") == "new-password" and bool(field.help_text)


@register.inclusion_tag("parts/field.html")
def form_field(field: BoundField, label: str = "") -> dict[str, Any]:
    """A field with its label (or another one), help and errors. It has no placeholder, which would repeat the label."""
    kind = field.widget_type
    return {
        "field": field,
        "label": label or field.label,
        "widget": field.as_widget(attrs={"placeholder": False}),
        "kind": kind,
        "help": PASSWORD_RULES if is_new_password(field) else field.help_text,
        "is_optional": not field.field.required and kind not in ("checkbox", "select"),
    }
