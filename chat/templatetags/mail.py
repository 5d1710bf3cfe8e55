"""Whether this site sends mail."""

from django import template
from django.conf import settings

CONSOLE = "django.core.mail.backends.console.EmailBackend"
"""The backend in use without EMAIL_URL, which writes mails to the log, where their recipients cannot see them."""

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Whether mails are delivered, so that pages may promise them."""
    return bool(settings.EMAIL_BACKEND != CONSOLE)
