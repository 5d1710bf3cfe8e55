"""The rows of webhooks."""

from webhooks.models.delivery import WebhookDelivery
from webhooks.models.incoming import IncomingWebhook
from webhooks.models.outgoing import OutgoingWebhook
from webhooks.models.seen_reactions import SeenReactions

__all__ = ["IncomingWebhook", "OutgoingWebhook", "SeenReactions", "WebhookDelivery"]
