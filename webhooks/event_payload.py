"""What a delivery says: built from the message whenever it is sent or shown."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chat.models import Message, Room, User
from chat.models.message import SYSTEM
from chat.protocol import shapes
from webhooks.kinds import OF_LINES
from webhooks.models import WebhookDelivery


class InRoom(BaseModel):
    """The room of an event."""

    id: int
    name: str
    slug: str


class InThread(BaseModel):
    """The thread of an event: its own id as a room, and the message that it replies to."""

    room: int
    message: int | None


class Data(BaseModel):
    """What happened. `message` has the shape of the protocol; `user` wrote it; `people` joined or left."""

    model_config = ConfigDict(frozen=True)

    room: InRoom
    thread: InThread | None = None
    message: shapes.Message | None = None
    user: shapes.User | None = None
    people: list[shapes.User] = Field(default=[])


class Event(BaseModel):
    """The body of a request, as Standard Webhooks has it."""

    type: str
    timestamp: str
    data: Data


def body_of(delivery: WebhookDelivery) -> bytes:
    """The JSON of a delivery, as its message is now."""
    event = Event(
        type=delivery.kind,
        timestamp=shapes.timestamp(delivery.created_at),
        data=_test_data(delivery) if delivery.message is None else _data(delivery.message),
    )
    return event.model_dump_json(exclude_defaults=True).encode()


def _data(message: Message) -> Data:
    room = message.room
    governing = room.governing
    return Data(
        room=_in_room(governing),
        thread=InThread(room=room.pk, message=room.parent_message_id) if room.is_thread else None,
        message=shapes.Message.of(message),
        user=shapes.User.of(message.author),
        people=[shapes.User.of(person) for person in _people(message)],
    )


def _test_data(delivery: WebhookDelivery) -> Data:
    return Data(room=_in_room(delivery.webhook.room), user=shapes.User.of(delivery.webhook.owner))


def _in_room(room: Room) -> InRoom:
    return InRoom(id=room.pk, name=room.name, slug=room.slug or "")


def _people(message: Message) -> list[User]:
    """The people that a system line is about, if it is one about joining or leaving."""
    line: dict[str, Any] = message.extras.get(SYSTEM) or {}
    if line.get("code") not in OF_LINES:
        return []
    return list(User.objects.filter(pk__in=line.get("people", [])).order_by("pk"))
