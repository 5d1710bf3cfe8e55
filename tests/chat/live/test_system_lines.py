"""System lines and pins on the live path: who receives them, and what they change for their author."""

from typing import Any
from uuid import uuid4

import pytest

from chat.live.reader_pool import run_in_reader
from chat.models import Room
from chat.services import memberships, messages, rooms
from tests.harness.inprocess import Connect, until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_what_somebody_does_in_a_room_does_not_count_as_having_read_it(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    client = await connect(mina)
    await run_in_reader(messages.send_message, joon, room_id=general.pk, key=uuid4(), body="hello")
    await until(lambda: client.of("activity"))
    await run_in_reader(rooms.update_room, mina, room_id=general.pk, topic="All of us")
    await until(lambda: client.of("activity")[-1]["message_count"] == 2)
    last = client.of("activity")[-1]
    assert (last["unread"], last["counted"]) == (1, 1)
    assert last["last_message"]["system"] == {"code": "topic", "to": "All of us"}


async def test_who_is_removed_gets_no_line_about_it_and_the_others_do(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    hers, his = await connect(mina), await connect(joon)
    for client in (hers, his):
        await client.ask("open", room=general.pk)
    await run_in_reader(memberships.remove_member, mina, room_id=general.pk, user_id=joon.pk)
    await until(lambda: hers.views[general.pk].messages)
    (line,) = hers.views[general.pk].timeline
    assert line.extras["system"] == {"code": "removed", "people": [joon.pk]}
    await until(lambda: his.of("room_removed"))
    assert his.of("changes") == []


async def test_a_pin_reaches_whoever_has_the_room_open_and_its_number_everybody_in_it(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    said = await run_in_reader(messages.send_message, joon, room_id=general.pk, key=uuid4(), body="hello")
    reader, other = await connect(mina), await connect(joon)
    await reader.ask("open", room=general.pk)
    assert (await other.ask("pin", message=said.pk, on=True))["message"]["extras"]["pinned"]["by"] == joon.pk
    await until(lambda: "pinned" in reader.views[general.pk].messages[1].extras)
    for client in (reader, other):
        await until(lambda client=client: [frame["room"].get("pins") for frame in client.of("room")][-1:] == [1])  # type: ignore[misc]
    listed = await reader.ask("pins", room=general.pk)
    assert [message["id"] for message in listed["messages"]] == [said.pk]
    assert await run_in_reader(lambda: Room.objects.get(pk=general.pk).pin_count) == 1
