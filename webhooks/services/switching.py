"""Switching outgoing webhooks off without anybody asking for it, and telling their owners."""

from django.utils import timezone

from chat.models.audit import Action
from chat.protocol.shapes import timestamp
from chat.services import audit
from chat.services.notices import notify_people
from webhooks.models import OutgoingWebhook

Off = OutgoingWebhook.Off


def switch_off(webhook: OutgoingWebhook, why: str) -> None:
    """Switch off a webhook that can't or may not go on, in the transaction that finds out. Its owner gets a notice.

    Locks the owner.
    """
    webhook.off_at, webhook.off_because = timezone.now(), why
    webhook.save(update_fields=["off_at", "off_because"])
    details = {"direction": "outgoing", "webhook": webhook.host, "why": why}
    audit.record(None, Action.WEBHOOK_OFF, target=webhook.room, details=details)
    code = "webhook_left" if why == Off.LEFT else "webhook_failed"
    notice = {"code": code, "room": webhook.room_id, "at": timestamp(timezone.now())}
    notify_people([webhook.owner_id], key=f"webhook-{webhook.pk}", notice=notice)
