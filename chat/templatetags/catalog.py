"""The URL of the translations for the browser's modules."""

from django import template
from django.utils import translation

from chat.web.views import catalog

register = template.Library()


@register.simple_tag
def catalog_address() -> str:
    """The URL of the catalog in the language of the page."""
    return catalog.address(translation.get_language() or "en")
