"""Events of the bus: each class is handled, and what another version sends is read from the database instead."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from chat.bus.bus import PROCESS, bus
from chat.bus.encoding import EncodedEvent, encode
from chat.bus.events import AuthorItem, Event, MessageItem, PersonEvent, RoomChanged, RoomDeleted
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Room, User
from chat.services import memberships, messages, people
from chat.services.person_items import set_item
from tests.harness.bus_events import EXAMPLES
from tests.harness.inprocess import Connect, sign_in, turns, until
from tests.harness.transports import FunctionTransport

pytestmark = pytest.mark.django_db(transaction=True)


async def commit_unpublished(service: Any, *args: Any, **kwargs: Any) -> None:
    """Call a service whose events are lost."""
    bus.detach()
    await run_in_reader(service, *args, **kwargs)


async def a_lost_message(author: User, room: Room) -> int:
    """Post a message whose event is lost; returns the revision of the room."""
    await commit_unpublished(messages.send_message, author, room_id=room.pk, key=uuid4(), body="lost")
    revision: int = await run_in_reader(lambda: Room.objects.get(pk=room.pk).revision)
    return revision


def change_of(room: Room, revision: int) -> EncodedEvent:
    """An event of another process that makes a room reach this revision with a message."""
    change = RoomChanged(
        room.pk,
        since=revision - 1,
        revision=revision,
        message_count=1,
        counted=1,
        messages=(MessageItem(1, revision, 1, 1, 1, "{}"),),
        authors=(AuthorItem(1, True, "{}"),),
    )
    return encode(change, origin="another process")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
async def test_events_of_every_class_are_handled(hub: Hub, mina: User, example: Event) -> None:
    async def ignore(_text: str) -> None:
        """Send nothing."""

    state = await hub.sessions_loader.load(await run_in_reader(sign_in, mina))
    assert state is not None
    hub.connect(FunctionTransport(ignore), state.signed_in, [], language="en")
    hub.bus_events.handle(replace(example, user=mina.pk) if isinstance(example, PersonEvent) else example)


async def test_an_event_of_this_process_is_not_handled_again(
    hub: Hub, connect: Connect, mina: Any, general: Any
) -> None:
    client = await connect(mina)
    hub.bus_events.remote(encode(RoomDeleted(general.pk), origin=PROCESS))
    assert client.of("room_removed") == []
    hub.bus_events.remote(encode(RoomDeleted(general.pk), origin="another process"))
    await until(lambda: client.of("room_removed"))


async def test_an_event_of_an_unknown_type_makes_its_room_catch_up(
    hub: Hub, connect: Connect, mina: Any, joon: Any, general: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    revision = await a_lost_message(joon, general)
    later = {"type": "room.reacted", "origin": "another process", "room": general.pk, "revision": revision}
    for _time in range(2):
        hub.bus_events.remote(later)
    await until(lambda: client.bodies(general.pk) == ["lost"])
    assert caplog.text.count("another version") == 1


@pytest.mark.parametrize("missing", ["since", "count", "counted", "messages", "authors", "members", "info"])
async def test_a_change_that_lacks_a_name_makes_its_room_catch_up(
    hub: Hub, connect: Connect, mina: Any, joon: Any, general: Any, missing: str
) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    change = change_of(general, await a_lost_message(joon, general))
    del change[missing]
    hub.bus_events.remote(change)
    await until(lambda: client.bodies(general.pk) == ["lost"])


async def test_a_change_whose_items_have_another_form_makes_its_room_catch_up(
    hub: Hub, connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    change = change_of(general, await a_lost_message(joon, general))
    hub.bus_events.remote({**change, "messages": [[*change["messages"][0], "a later field"]]})
    await until(lambda: client.bodies(general.pk) == ["lost"])


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": None},
        {"type": ["room.changed"]},
        {"type": "room.changed"},
        {"type": "room.changed", "room": [], "revision": "1"},
        {"type": "room.reacted", "room": {}, "revision": None},
        {"type": "user.control", "kind": [], "user": []},
        {"type": "user.control", "kind": "of another version", "user": 0},
    ],
    ids=str,
)
async def test_an_event_of_another_version_raises_nothing(hub: Hub, event: EncodedEvent) -> None:
    hub.bus_events.remote(event)
    await turns()


@pytest.mark.parametrize(
    "event",
    [
        {"type": "user.control", "kind": "of another version"},
        {"type": "user.control", "kind": "removed"},
        {"type": "user.changed"},
    ],
    ids=str,
)
async def test_an_event_of_another_version_for_a_person_makes_their_access_and_items_be_read(
    hub: Hub, connect: Connect, mina: Any, joon: Any, general: Any, founders: Any, event: EncodedEvent
) -> None:
    client = await connect(joon)
    await commit_unpublished(set_item, joon, kind="favourite", key=str(general.pk), value=True)
    await commit_unpublished(memberships.remove_member, mina, room_id=founders.pk, user_id=joon.pk)
    hub.bus_events.remote({**event, "user": joon.pk})
    await until(lambda: client.of("room_removed", room=founders.pk) and client.mine.revision == 1)


async def test_an_event_of_another_version_for_a_deactivated_person_closes_their_connections(
    hub: Hub, connect: Connect, joon: Any
) -> None:
    client = await connect(joon)
    admin = await run_in_reader(User.objects.create_superuser, "admin")
    await commit_unpublished(people.deactivate_user, admin, user_id=joon.pk)
    hub.bus_events.remote({"type": "user.control", "kind": "of another version", "user": joon.pk})
    await until(lambda: client.close_code)
