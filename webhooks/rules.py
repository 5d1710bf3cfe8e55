"""Where this site sends webhooks, by its settings."""

from django.conf import settings

from outbound.target import Rules


def outgoing_rules() -> Rules:
    """The ports and the private hosts that are allowed."""
    return Rules(frozenset(settings.WEBHOOK_PORTS), frozenset(settings.WEBHOOK_PRIVATE_HOSTS))
