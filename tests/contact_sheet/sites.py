"""The two sites that are photographed: a team that has talked for two weeks, and a space that was created just now."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.services import Installation, Installations, Server

SESSIONS = """
from time import time
from django.test import Client
from chat.models import User
for user in User.objects.active():
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time() + 3600, "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    print(user.username, client.cookies["sessionid"].value)
"""

FURNISH = """
from uuid import uuid4
from chat.models import Room, User
from chat.services.memberships import invite_member
from chat.services.messages import send_message
from chat.services.person_items import set_item
from chat.services.room_invitations import invite
from chat.services.room_rules import change_rules
from chat.services.sanctions import ban_member, mute_member
from django.utils import timezone
from datetime import timedelta
from chat.services.rooms import archive_room, create_room
mina, joon = User.objects.get(username="mina"), User.objects.get(username="joon")
lunch = create_room(joon, name="점심 약속", topic="What, where, and who is hungry")
invite_member(joon, room_id=lunch.pk, user_id=mina.pk)
Room.objects.filter(pk=lunch.pk).update(slug="lunch")
attic = create_room(mina, name="Attic")
archive_room(mina, room_id=attic.pk)
for slug in ("general", "lunch"):
    set_item(mina, kind="favourite", key=str(Room.objects.get(slug=slug).pk), value=True)
create_room(joon, name="Garden", topic="Tomatoes")
person = {user.username: user for user in User.objects.all()}
news = create_room(mina, name="Announcements", topic="Only what everybody must know")
for name in ("joon", "haeun"):
    invite_member(mina, room_id=news.pk, user_id=person[name].pk)
change_rules(mina, room_id=news.pk, who_posts="moderators")
random, now = Room.objects.get(slug="random"), timezone.now()
mute_member(mina, room_id=random.pk, user_id=person["haeun"].pk, until=now + timedelta(hours=3))
ban_member(mina, room_id=news.pk, user_id=person["haeun"].pk, until=now + timedelta(days=2))
founders = Room.objects.get(name="Founders")
invite(mina, room_id=founders.pk, user_id=person["sofia"].pk)
Room.objects.filter(pk=founders.pk).update(slug="founders")
send_message(mina, room_id=Room.objects.get(slug="random").pk, key=uuid4(), body="한 가지 더 있어요.")
"""

WEBHOOKS = """
from django.utils import timezone
from chat.models import Message, Room, User
from chat.services.bots import create_bot
from webhooks.models import OutgoingWebhook, WebhookDelivery
from webhooks.services.incoming import create_incoming
from webhooks.services.outgoing import create_outgoing
mina, general = User.objects.get(username="mina"), Room.objects.get(slug="general")
bot = create_bot(mina, username="builder", display_name="Build server", description="Says what was built")
create_incoming(mina, room_id=general.pk, name="Builds", bot_id=bot.pk)
kinds = ["message.posted", "message.edited", "message.deleted"]
hook = create_outgoing(mina, room_id=general.pk, name="Archive", url="https://archive.example.com/hook", kinds=kinds)[0]
create_outgoing(mina, room_id=general.pk, name="Old archive", url="https://old.example.com/", kinds=kinds)
OutgoingWebhook.objects.filter(name="Old archive").update(off_at=timezone.now(), off_because="failing")
tried = {"tries": 1, "tried_at": timezone.now(), "milliseconds": 48}
for number, message in enumerate(Message.objects.filter(room=general, kind="text").order_by("position")[:3]):
    came = [{"state": "sent", "status": 200, "answer": '{"stored": true}'}, {"state": "sent", "status": 204}]
    came += [{"error": "timeout", "next_try_at": timezone.now()}]
    key = WebhookDelivery.key_of(hook.pk, "message.posted", message, 0)
    WebhookDelivery.objects.create(
        webhook=hook, kind="message.posted", message=message, key=key, **{**tried, **came[number]}
    )
"""

NEW_SPACE = """
from chat.services.spaces import create_space
create_space(name="Maple Studio", username="mina", display_name="Mina Kim", password="paper lantern 42")
"""


@dataclass
class Site:
    """A running site, and the sessions of people there by username."""

    server: Server
    sessions: dict[str, str]


@contextmanager
def sites() -> Iterator[dict[str, Site]]:
    """The sites by name, while they run."""
    with tempfile.TemporaryDirectory() as place:
        installations = Installations(Path(place), databases=None, redis_url="")
        try:
            yield {
                "team": team(installations),
                "new": new_space(installations),
                "nobody": Site(installations.create().start_server(), {}),
            }
        finally:
            installations.close()


def team(installations: Installations) -> Site:
    """The demo, an empty room, an archived room and one that Mina has not joined."""
    made = installations.create()
    made.manage("demo")
    made.python(FURNISH + WEBHOOKS)
    return Site(made.start_server(), sessions(made))


def new_space(installations: Installations) -> Site:
    """The first minute of a space."""
    made = installations.create()
    made.python(NEW_SPACE)
    return Site(made.start_server(), sessions(made))


def sessions(made: Installation) -> dict[str, str]:
    """A session of each person."""
    return dict(line.split() for line in made.python(SESSIONS).splitlines())
