"""One way to draw a form field: label, help, input and errors, tied together for screen readers."""

from typing import Any

from django import template
from django.forms import BoundField

register = template.Library()


@register.inclusion_tag("parts/field.html")
def form_field(field: BoundField, label: str = "") -> dict[str, Any]:
    """A field with its label (or another one), help and errors. Placeholders that repeat the label are left out."""
    kind = field.widget_type
    has_own_placeholder = field.field.widget.attrs.get("placeholder") not in (field.label, None)
    keeps = {} if has_own_placeholder and kind != "password" else {"placeholder": False}
    return {
        "field": field,
        "label": label or field.label,
        "widget": field.as_widget(attrs=keeps),
        "kind": kind,
        "is_optional": not field.field.required and kind not in ("checkbox", "select"),
    }
