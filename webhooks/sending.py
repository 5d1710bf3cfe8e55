"""Sends deliveries as due things: of one webhook one after the other, each until it arrives."""

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from chat import policy
from chat.derive.due_kind import DueKind
from chat.models import Membership, Message
from chat.models.database_clock import in_seconds
from chat.services.due import add_due
from chat.store.lock_timeout import limited_transaction
from outbound.fetch import Answer, FetchError, Network, fetch
from webhooks.deriver import MOST_WAITING, SENDING
from webhooks.event_payload import body_of
from webhooks.kinds import Kind
from webhooks.models import OutgoingWebhook, WebhookDelivery
from webhooks.models.delivery import ANSWER_CHARS
from webhooks.retries import pause_after
from webhooks.rules import outgoing_rules
from webhooks.services.switching import switch_off
from webhooks.signature import signed_headers

logger = logging.getLogger(__name__)

Off = OutgoingWebhook.Off
State = WebhookDelivery.State

SECONDS = 10.0
"""How long one request may take."""

ANSWER_BYTES = 4 * ANSWER_CHARS
RUN_SECONDS = 30.0
"""After this long the next due thing goes on, so that other webhooks have their turn."""

LEASE_SECONDS = 120.0
KEPT = timedelta(days=14)
"""How long deliveries are kept in the log."""

REMOVED_AT_ONCE = 500
GONE = 410


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one try: a status with the beginning of the answer, or the code of an error."""

    milliseconds: int
    status: int | None = None
    answer: str = ""
    error: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the receiver has accepted it."""
        return self.status is not None and 200 <= self.status < 300


class SendDeliveries(DueKind[None]):
    """Sends what is waiting for one webhook, in order, until one fails or nothing is left."""

    name = SENDING
    lease_seconds = LEASE_SECONDS
    waits_for = "receivers"

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = timezone.now,
        network: Network | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._clock = clock
        self._network = network
        self._seconds = seconds

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        webhook = self._take(args["webhook"])
        if webhook is None:
            return
        until = time.monotonic() + RUN_SECONDS
        try:
            while time.monotonic() < until and (delivery := self._next_of(webhook)):
                if not self._store(delivery, self._send(webhook, delivery)):
                    break
        finally:
            self._release(webhook)

    # --- one webhook --------------------------------------------------------------------------------------------------

    def _take(self, webhook_id: int) -> OutgoingWebhook | None:
        """Lease a webhook that is on, and for which nobody is sending. One that may not send is switched off."""
        with limited_transaction():
            rows = OutgoingWebhook.objects.on().free().select_for_update(no_key=True, of=("self",))
            webhook: OutgoingWebhook | None = rows.select_related("room", "owner").filter(pk=webhook_id).first()
            if webhook is None:
                return None
            if why := _reason_against(webhook):
                switch_off(webhook, why)
                return None
            OutgoingWebhook.objects.filter(pk=webhook.pk).update(leased_until=in_seconds(LEASE_SECONDS))
        return webhook

    def _release(self, webhook: OutgoingWebhook) -> None:
        """End the lease. What became due in the meantime is sent by another due thing."""
        with limited_transaction():
            locked = OutgoingWebhook.objects.select_for_update(no_key=True).filter(pk=webhook.pk).first()
            if locked is None:
                return
            OutgoingWebhook.objects.filter(pk=webhook.pk).update(leased_until=None)
            if locked.is_on and self._first(webhook) is not None:
                add_due(SENDING, {"webhook": webhook.pk})
            self._remove_old(webhook)

    def _remove_old(self, webhook: OutgoingWebhook) -> None:
        old = WebhookDelivery.objects.filter(webhook=webhook, created_at__lt=self._clock() - KEPT)
        ids = list(old.exclude(state=State.WAITING).values_list("pk", flat=True)[:REMOVED_AT_ONCE])
        WebhookDelivery.objects.filter(pk__in=ids).delete()

    # --- one delivery -------------------------------------------------------------------------------------------------

    def _first(self, webhook: OutgoingWebhook) -> WebhookDelivery | None:
        """The delivery that is next, if it is due. Those after it wait for it."""
        rows = WebhookDelivery.objects.waiting().filter(webhook=webhook)
        related = ("message__author", "message__room__parent")
        delivery: WebhookDelivery | None = rows.select_related(*related).first()
        if delivery is None or (delivery.next_try_at is not None and delivery.next_try_at > self._clock()):
            return None
        return delivery

    def _next_of(self, webhook: OutgoingWebhook) -> WebhookDelivery | None:
        """The next delivery that is due and still says something."""
        while (delivery := self._first(webhook)) is not None:
            message: Message | None = delivery.message
            if message is None or not message.is_deleted or delivery.kind == Kind.DELETED:
                delivery.webhook = webhook
                return delivery
            rows = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.WAITING)
            rows.update(state=State.SKIPPED, answer="", next_try_at=None)
        return None

    def _send(self, webhook: OutgoingWebhook, delivery: WebhookDelivery) -> Result:
        body = body_of(delivery)
        signed = signed_headers(
            webhook.salt, key=str(delivery.key), timestamp=int(self._clock().timestamp()), body=body
        )
        began = time.monotonic()
        try:
            answer = fetch(
                "POST",
                webhook.url,
                headers={"Content-Type": "application/json", "User-Agent": "Sarangbang-Webhooks", **signed},
                body=body,
                rules=outgoing_rules(),
                seconds=self._seconds,
                most_bytes=ANSWER_BYTES,
                network=self._network,
            )
        except FetchError as error:
            return Result(_milliseconds_since(began), error=error.code)
        return Result(_milliseconds_since(began), status=answer.status, answer=_text_of(answer))

    def _store(self, delivery: WebhookDelivery, result: Result) -> bool:
        """Note what came of a try, and plan the next one. Returns whether the delivery is done with and was accepted.

        The row is locked before it is read whether the message was deleted: then either this sees the deletion, or the
        deriver, which waits for the lock, forgets the answer.
        """
        with limited_transaction():
            webhook = OutgoingWebhook.objects.select_for_update(no_key=True).filter(pk=delivery.webhook_id).first()
            mine = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.WAITING, tries=delivery.tries)
            if webhook is None or mine.select_for_update(no_key=True).first() is None:
                return False
            is_deleted = Message.objects.filter(webhook_deliveries=delivery, deleted_at__isnull=False).exists()
            outcome = self._outcome(webhook, delivery.tries + 1, result)
            mine.update(
                tries=F("tries") + 1,
                tried_at=self._clock(),
                status=result.status,
                milliseconds=result.milliseconds,
                answer="" if is_deleted else result.answer,
                error=result.error,
                **outcome,
            )
        return result.is_success

    def _outcome(self, webhook: OutgoingWebhook, tries: int, result: Result) -> dict[str, Any]:
        """The state after a try. Plans the next one, or switches the webhook off after the last."""
        if result.is_success:
            return {"state": State.SENT, "next_try_at": None}
        pause = pause_after(tries)
        if pause is None or result.status == GONE:
            if webhook.is_on:
                switch_off(webhook, Off.GONE if result.status == GONE else Off.FAILING)
            return {"state": State.FAILED, "next_try_at": None}
        next_try_at = self._clock() + pause
        add_due(SENDING, {"webhook": webhook.pk}, due_at=next_try_at)
        return {"next_try_at": next_try_at}


def _reason_against(webhook: OutgoingWebhook) -> str:
    """Why a webhook may not send; "" if it may. Its owner must still be able to read the room."""
    membership = Membership.objects.filter(room=webhook.room, user=webhook.owner).first()
    if not policy.is_member(webhook.owner, membership):
        return Off.LEFT
    is_behind = WebhookDelivery.objects.waiting().filter(webhook=webhook).count() >= MOST_WAITING
    return Off.BEHIND if is_behind else ""


def _milliseconds_since(began: float) -> int:
    return round((time.monotonic() - began) * 1_000)


def _text_of(answer: Answer) -> str:
    """The first characters of an answer, as text that can be stored."""
    return answer.content.decode(errors="replace").replace("\0", "\ufffd")[:ANSWER_CHARS]
