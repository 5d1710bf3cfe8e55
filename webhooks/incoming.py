"""`POST /webhooks/in/<secret>/`: a message of a bot, by a program that knows nothing but the address."""

import json
import uuid
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from api import rates
from api.commands import keyed
from api.requests import Request, Response, headers_for
from api.statuses import status_of
from chat.live.failures import failed, require_few_failures
from chat.live.hub import current_hub
from chat.live.reader_pool import run_in_reader
from chat.live.request_runner import Answer, Requester, RequestRunner
from chat.models.audit import Way
from chat.models.token import Scope
from chat.protocol.errors import NotFound
from chat.services.origin import request_from
from webhooks.models import IncomingWebhook
from webhooks.models.incoming import IS_A_SECRET
from webhooks.payloads import JSON, Posting, read_posting

PREFIX = "/webhooks/in/"
BODY_BYTES = 256 * 1024
NOTED_EVERY = timedelta(minutes=1)
"""How often it is recorded that a webhook was used."""


async def receive_posting(request: Request) -> Response:
    """Post what a program sends, as the bot of the address. Raises ChatError for a request that is refused."""
    webhook = await _webhook_of(request)
    headers = rates.take(f"webhook:{webhook.pk}")
    content = await request.body(BODY_BYTES)
    posting = await run_in_reader(read_posting, content, request.media_type)
    command = _command(webhook, posting, request.header("Idempotency-Key"))
    sender = Requester(webhook.bot, frozenset({Scope.WRITE}), frozenset({webhook.room_id}), request.language)
    with request_from(Way.API, request.address):
        (answer,) = await RequestRunner(current_hub(), sender).run([command])
    return _response(answer, headers, is_slack=posting.is_slack and request.header("Accept") != JSON)


async def _webhook_of(request: Request) -> IncomingWebhook:
    """The webhook of an address. Raises NotFound, or RateLimited for a network that guesses."""
    require_few_failures(request.address)
    secret = request.path.removeprefix(PREFIX).removesuffix("/")
    webhook = await run_in_reader(_usable, secret) if IS_A_SECRET.fullmatch(secret) else None
    if webhook is None:
        failed(request.address)
        raise NotFound
    return webhook


def _usable(secret: str) -> IncomingWebhook | None:
    """The webhook with a secret, if it may be used; notes that it is."""
    webhook: IncomingWebhook | None = IncomingWebhook.objects.usable().with_secret(secret).first()
    if webhook is not None:
        now = timezone.now()
        if webhook.used_at is None or now - webhook.used_at >= NOTED_EVERY:
            long_ago = Q(used_at=None) | Q(used_at__lte=now - NOTED_EVERY)
            IncomingWebhook.objects.filter(long_ago, pk=webhook.pk).update(used_at=now)
    return webhook


def _command(webhook: IncomingWebhook, posting: Posting, key: str | None) -> Any:
    """The command with which the bot posts it. A key by name is one of this address."""
    frame = {**posting.where, "type": "send", "room": webhook.room_id, "body": posting.body}
    return keyed(frame, key, f"webhook {webhook.pk}") if key else {**frame, "key": str(uuid.uuid4())}


def _response(answer: Answer, headers: dict[str, str], *, is_slack: bool) -> Response:
    """The id of the message; for those who speak as to Slack, who expect `ok`, only in a header."""
    headers = {**headers, **headers_for(answer.error)}
    reply = json.loads(answer.text)
    if answer.error is not None:
        return Response(json.dumps({"error": reply["error"]}), status_of(answer.error), headers=headers)
    message = reply["message"]
    headers["Message-Id"] = str(message["id"])
    if is_slack:
        return Response("ok", media_type="text/plain", headers=headers)
    shown = {name: message[name] for name in ("id", "position", "key")}
    return Response(json.dumps({"ok": True, "room": reply["room"], "message": shown}), headers=headers)
