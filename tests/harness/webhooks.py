"""Webhooks for tests."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from chat.models import User
from chat.services.bots import create_bot
from tests.harness.deriving import catch_up, runner_of
from webhooks.deriver import Webhooks
from webhooks.kinds import CHOSEN
from webhooks.models import IncomingWebhook, OutgoingWebhook
from webhooks.services.incoming import create_incoming
from webhooks.services.outgoing import create_outgoing


def bot_of(owner: Any, username: str = "builder") -> User:
    """A new bot of somebody."""
    return create_bot(owner, username=username, display_name="Build server")


def incoming_of(owner: Any, room: Any, *, bot: User | None = None) -> tuple[IncomingWebhook, str]:
    """A new incoming webhook of a new bot, and its path."""
    bot = bot or bot_of(owner)
    webhook, secret = create_incoming(owner, room_id=room.pk, name="Builds", bot_id=bot.pk)
    return webhook, f"/webhooks/in/{secret}/"


ALL_KINDS = tuple(kind.value for kind in CHOSEN)


def outgoing_of(owner: Any, room: Any, url: str = "https://example.com/hook", *kinds: str) -> OutgoingWebhook:
    """A new outgoing webhook, of all kinds if none are given."""
    return create_outgoing(owner, room_id=room.pk, name="Archive", url=url, kinds=kinds or ALL_KINDS)[0]


def derive() -> None:
    """Let the deriver of deliveries catch up, as another process would."""
    catch_up(runner_of(Webhooks()))


class Clock:
    """A clock in the hands of the test."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Move it on."""
        self.now += timedelta(seconds=seconds)
