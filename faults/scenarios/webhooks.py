"""Receivers of webhooks are away, hang, fail or are slow, and the process that sends to them is killed."""

import base64
import hmac
import time
from collections.abc import Sequence

from faults.hooked_site import HookedSite
from faults.run import Run, Scenario, wait_for
from tests.harness.receiver import Handler, Received, Reply, close, hang, status

FAILING_SECONDS = 20.0
KILLS = 3
SLOW_SECONDS = 0.2
DELIVERED_SECONDS = 180.0
"""The lease of a sender that was killed ends after 2 minutes."""

POSTED = """
SELECT id FROM chat_message WHERE room_id = %s AND kind = 'text' AND deleted_at IS NULL AND id > %s ORDER BY position
"""
NEWEST = "SELECT coalesce(max(id), 0) AS id FROM chat_message WHERE room_id = %s"
TRY_NOW = """
WITH woken AS (UPDATE webhooks_webhookdelivery SET next_try_at = NULL WHERE state = 'waiting')
UPDATE chat_due SET due_at = now() WHERE kind = 'webhooks' AND done_at IS NULL
"""
"""Tries again at once what would be tried again within a day."""


def slow(handler: Handler) -> None:
    """Answer late, but in time."""
    time.sleep(SLOW_SECONDS)
    status(204)(handler)


FAILURES: Sequence[Reply] = (status(204), status(500), hang, close, slow)
"""How each receiver answers at first."""


async def webhooks_failing(run: Run) -> None:
    """Receivers fail in every way, and the sender is killed: what was posted arrives signed, in order, with one id."""
    site = run.site
    assert isinstance(site, HookedSite)
    run.lose_connections()
    room = run.crowd.stage.rooms[0]["id"]
    for receiver, reply in zip(site.receivers, FAILURES, strict=True):
        receiver.reply = reply
    hooks = [await site.do("webhook", room=room, url=receiver.url) for receiver in site.receivers]
    first = (await site.rows(NEWEST, room))[0]["id"]
    for _ in range(KILLS):
        await run.wait(FAILING_SECONDS / KILLS)
        async with run.during("the sender is killed"):
            await site.call_blocking(site.workers[0].kill)
            await site.call_blocking(site.workers[0].start)
    for receiver in site.receivers[1:4]:
        receiver.reply = status(204)
    run.crowd.stop_talking()
    await wait_for(lambda: not any(client.outbox for client in run.crowd.clients), DELIVERED_SECONDS)
    posted = [row["id"] for row in await site.rows(POSTED, room, first)]
    run.expect(bool(posted), "nobody posted anything")
    began = run.now
    while run.now - began < DELIVERED_SECONDS:
        if all(set(posted) <= ids_of(receiver.received) for receiver in site.receivers):
            break
        await site.rows(TRY_NOW)
        await run.wait(1.0)
    run.note(f"{len(posted)} messages were delivered to all {len(hooks)} receivers after {run.now - began:.1f} s")
    for number, (receiver, hook) in enumerate(zip(site.receivers, hooks, strict=True)):
        for sentence in wrong(receiver.received, posted, hook["secret"]):
            run.expect(False, f"receiver {number}: {sentence}")


def ids_of(received: Sequence[Received]) -> set[int]:
    """The ids of the messages that arrived."""
    return {one.json["data"]["message"]["id"] for one in received}


def wrong(received: Sequence[Received], posted: Sequence[int], secret: str) -> list[str]:
    """What is wrong about the requests that a receiver got. Each may arrive several times."""
    found = []
    first_times = list(dict.fromkeys(one.json["data"]["message"]["id"] for one in received))
    if missing := len(set(posted) - set(first_times)):
        found.append(f"{missing} of {len(posted)} messages did not arrive")
    if [one for one in first_times if one in set(posted)] != [one for one in posted if one in set(first_times)]:
        found.append("messages arrived in another order")
    keys = {(one.json["data"]["message"]["id"], one.headers["webhook-id"]) for one in received}
    if len(keys) != len(first_times):
        found.append("a message arrived under several ids")
    if not all(is_genuine(one, secret) for one in received):
        found.append("a signature is wrong")
    return found


def is_genuine(received: Received, secret: str) -> bool:
    """Whether the signature of Standard Webhooks is right."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{received.headers['webhook-id']}.{received.headers['webhook-timestamp']}.".encode() + received.body
    return received.headers["webhook-signature"] == f"v1,{base64.b64encode(hmac.digest(key, text, 'sha256')).decode()}"


webhooks_failing.site = HookedSite  # type: ignore[attr-defined]
webhooks_failing.clients = 12  # type: ignore[attr-defined]  # few enough that new messages keep their order, see docs/webhooks.md

SCENARIOS: list[Scenario] = [webhooks_failing]
