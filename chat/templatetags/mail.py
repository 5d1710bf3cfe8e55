"""Whether this site sends mail."""

from django import template
from django.conf import settings

CONSOLE = "django.core.mail.backends.console.EmailBackend"
"""Writes mails to the log if there is no EMAIL_URL; no reader of a page sees them."""

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Whether a mail that a page promises can arrive."""
    return bool(settings.EMAIL_BACKEND != CONSOLE)
