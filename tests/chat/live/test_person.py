"""A person's new name or picture reaches their open browsers, whichever room or page these show."""

from pathlib import Path
from typing import Any

import pytest

from chat.bus.bus import bus
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.services.people import update_profile
from chat.services.pictures import remove_picture, set_picture
from tests.harness import images
from tests.harness.inprocess import Connect, turns, until

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_new_name_and_picture_of_ones_own_are_sent_to_all_of_ones_browsers_and_to_nobody_else(
    connect: Connect, mina: Any, joon: Any, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    phone, laptop, other = await connect(mina), await connect(mina), await connect(joon)
    await run_in_reader(update_profile, mina, display_name="Mina Kim", time_zone="")
    await until(lambda: phone.of("user") and laptop.of("user"))
    await run_in_reader(set_picture, mina, data=images.image())
    await until(lambda: len(phone.of("user")) == len(laptop.of("user")) == 2)
    await run_in_reader(remove_picture, mina)
    await until(lambda: len(phone.of("user")) == 3)
    renamed, pictured, bare = [frame["user"] for frame in phone.of("user")]
    assert renamed["name"] == "Mina Kim"
    assert "/avatars/" in pictured["avatar"]
    assert bare["avatar"] is None
    assert other.of("user") == []


async def test_a_change_whose_event_was_lost_is_sent_at_the_next_check(connect: Connect, hub: Hub, mina: Any) -> None:
    client = await connect(mina)
    bus.detach()
    await run_in_reader(update_profile, mina, display_name="Mina Kim", time_zone="")
    await hub.reconciler.access(list(hub.registry.people.values()))
    assert [frame["user"]["name"] for frame in client.of("user")] == ["Mina Kim"]


async def test_a_check_that_finds_nothing_new_sends_nothing(connect: Connect, hub: Hub, mina: Any) -> None:
    client = await connect(mina)
    await hub.reconciler.access(list(hub.registry.people.values()))
    await turns()
    assert client.of("user") == []
