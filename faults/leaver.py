"""Lets the texts and the name of a person spread as far as they can, before their account is erased.

Imported only by the administrator, whose process has Django.
"""

import uuid
from typing import Any

from chat.models import Message, User
from chat.protocol.commands import NewPoll
from chat.services import accounts, quotas
from chat.services.data_exports import request_export
from chat.services.direct import send_direct
from chat.services.messages import edit_message, send_message
from chat.services.person_items import set_item
from chat.services.pins import pin
from chat.services.polls import send_poll
from chat.services.reactions import react
from chat.services.reports import report_message
from chat.services.statuses import set_status
from chat.services.threads import reply_in_thread


def spread(administrator: User, *, user: int, room: int, name: str, text: str, messages: int) -> dict[str, Any]:
    """Let a person, who is in a room, be called `name`, and write `text` wherever somebody can write."""
    with quotas.unlimited():
        accounts.update_person(administrator, user_id=user, display_name=name)
        person = User.objects.get(pk=user)
        first = send(person, room, text)
        for number in range(messages):
            message = send(person, room, f"{number} {text}")
            if number % 5 == 0:
                edit_message(person, message_id=message.pk, body=f"{number} again {text}")
                send(administrator, room, "an answer", reply_to=message.pk)
            if number % 10 == 0:
                where: dict[str, Any] = {"room_id": room, "message_id": first.pk, "key": uuid.uuid4()}
                reply_in_thread(person, **where, body=f"{number} {text}", also_in_room=True)
        pin(administrator, message_id=first.pk, on=True)
        react(person, message_id=first.pk, emoji="🍵", on=True)
        poll = NewPoll(choices=[f"one {text}", f"two {text}"])
        send_poll(person, room_id=room, key=uuid.uuid4(), body=f"Which {text}?", poll=poll)
        send_direct(person, people=[administrator.pk], key=uuid.uuid4(), body=f"directly {text}")
        set_item(person, kind="draft", key=str(room), value={"text": f"draft {text}"})
        set_status(person, emoji="", text=text)
        advertised = send(administrator, room, "advertising")
        report_message(person, message_id=advertised.pk, reason="spam", note=text)
        request_export(person)
    return {}


def send(author: User, room: int, body: str, **more: Any) -> Message:
    """Send a message."""
    return send_message(author, room_id=room, key=uuid.uuid4(), body=body, **more)
