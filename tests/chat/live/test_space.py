"""Changed settings of the space reach everybody who is connected, also when the event of the change was lost."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from channels.layers import channel_layers

from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Space
from chat.queries.space import SPACE_MEMORY_SECONDS, space_memory
from chat.services.custom_emoji import add_emoji, archive_emoji
from chat.services.pictures import set_space_picture
from chat.services.space_settings import change_settings
from chat.services.spaces import rename_space
from tests.harness import images
from tests.harness.inprocess import Client, Clock, Connect, end, turns, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def hub(space: Any, settings: Any) -> AsyncIterator[Hub]:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends.clear()
    started = Hub()
    started.start()
    yield started
    end(started)


def rates_of(client: Client) -> list[tuple[float, int]]:
    """The send rates that a client was sent, in order."""
    return [tuple(frame["limits"]["rate"].values()) for frame in client.of("limits")]


async def test_a_change_is_sent_to_open_browsers_and_in_force_at_once(
    connect: Connect, hub: Hub, keeper: Any, mina: Any, joon: Any
) -> None:
    one, two = await connect(mina), await connect(joon)
    await run_in_reader(change_settings, keeper, values={"send_rate": 5.0, "send_burst": 50})
    await until(lambda: one.of("limits") and two.of("limits"))
    assert rates_of(one) == rates_of(two) == [(5.0, 50)]
    bucket = hub.registry.people[mina.pk].pace.sending
    assert (bucket.per_second, bucket.burst) == (5.0, 50)


async def test_a_change_that_concerns_no_client_sends_nothing(
    connect: Connect, hub: Hub, keeper: Any, mina: Any
) -> None:
    client = await connect(mina)
    await run_in_reader(change_settings, keeper, values={"invitation_days": 3})
    await hub.space.refresh()
    assert client.of("limits") == []


async def test_a_change_whose_event_was_lost_arrives_within_seconds(connect: Connect, hub: Hub, mina: Any) -> None:
    client = await connect(mina)
    clock = Clock(hub.loop)
    await turns()
    await run_in_reader(lambda: Space.objects.update(settings={"send_burst": 30}))
    await clock.advance(SPACE_MEMORY_SECONDS + 0.1)
    await until_frozen(lambda: client.of("limits"))
    assert rates_of(client) == [(2.0, 30)]


async def test_an_event_of_another_version_for_the_whole_space_makes_it_be_read(
    connect: Connect, hub: Hub, mina: Any
) -> None:
    client = await connect(mina)
    await run_in_reader(lambda: Space.objects.update(settings={"send_burst": 30}))
    hub.bus_events.remote({"type": "space.restored", "origin": "another process"})
    await until(lambda: client.of("limits"))
    assert rates_of(client) == [(2.0, 30)]


async def test_a_new_name_or_picture_is_sent_to_open_browsers(
    connect: Connect, hub: Hub, keeper: Any, mina: Any, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    await hub.space.refresh()
    client = await connect(mina)
    await run_in_reader(rename_space, keeper, name="Birch")
    await until(lambda: client.of("space"))
    await run_in_reader(set_space_picture, keeper, data=images.image())
    await until(lambda: len(client.of("space")) == 2)
    renamed, pictured = [frame["space"] for frame in client.of("space")]
    assert renamed == {"name": "Birch"}
    assert pictured["name"] == "Birch"
    assert "/space/" in pictured["picture"]
    assert client.of("limits") == []


async def test_open_browsers_learn_that_the_emoji_of_the_space_have_changed(
    connect: Connect, hub: Hub, keeper: Any, mina: Any, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    await hub.space.refresh()
    client = await connect(mina)
    emoji = await run_in_reader(partial(add_emoji, keeper, name="leaf2", data=images.image()))
    await until(lambda: client.of("space"))
    await run_in_reader(partial(archive_emoji, keeper, emoji_id=emoji.pk))
    await until(lambda: len(client.of("space")) == 2)
    assert [frame["space"]["emoji_version"] for frame in client.of("space")] == [1, 2]


async def until_frozen(condition: Callable[[], Any]) -> None:
    """Wait for the threads of the readers, while the clock of the loop stands still."""
    while not condition():
        await run_in_reader(int)
        await turns()


async def test_who_connects_after_a_change_has_the_new_rate(connect: Connect, hub: Hub, mina: Any) -> None:
    await run_in_reader(lambda: Space.objects.update(settings={"send_burst": 3}))
    space_memory.clear()
    client = await connect(mina)
    assert client.connection is not None
    assert client.connection.person.pace.sending.burst == 3


async def test_who_left_finds_the_new_rate_on_coming_back(connect: Connect, hub: Hub, keeper: Any, mina: Any) -> None:
    client = await connect(mina)
    client.disconnect()
    await run_in_reader(change_settings, keeper, values={"send_burst": 3})
    await hub.space.refresh()
    assert (await connect(mina)).connection.person.pace.sending.burst == 3  # type: ignore[union-attr]
