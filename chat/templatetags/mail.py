"""Whether this site sends mail at all."""

from django import template
from django.conf import settings

CONSOLE = "django.core.mail.backends.console.EmailBackend"
"""Where mails go without EMAIL_URL: to the log, which no reader of a page sees."""

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Whether a mail that a page promises can arrive."""
    return bool(settings.EMAIL_BACKEND != CONSOLE)
