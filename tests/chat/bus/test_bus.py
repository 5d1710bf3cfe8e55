"""Carrying what was committed to every process: here first, then through the channel layer, which may lose it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.layers import BaseChannelLayer, channel_layers, get_channel_layer

from chat.bus import bus as module
from chat.bus.bus import PROCESS, Bus
from chat.bus.events import Event, RoomDeleted
from tests.harness.inprocess import until

pytestmark = pytest.mark.once


class Layer(BaseChannelLayer):
    """A channel layer that records events, and fails or hangs on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.fails = False
        self.takes = asyncio.Event()
        self.takes.set()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self.takes.wait()
        if self.fails:
            raise ConnectionError("the layer is away")
        self.sent.append((group, message))


@pytest.fixture
async def layer(settings: Any) -> Layer:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.Layer"}}
    channel_layers.backends.clear()
    found = get_channel_layer()
    assert isinstance(found, Layer)
    return found


@pytest.fixture
async def running(layer: Layer) -> AsyncIterator[tuple[Bus, list[Event]]]:
    """A bus that runs on this loop, and what its listener received."""
    bus, received = Bus(), list[Event]()
    bus.attach(asyncio.get_running_loop(), received.append)
    task = asyncio.create_task(bus.run())
    yield bus, received
    task.cancel()


async def test_an_event_published_on_the_loop_is_delivered_here_at_once_and_sent_to_the_layer(
    running: tuple[Bus, list[Event]], layer: Layer
) -> None:
    bus, received = running
    bus.publish([RoomDeleted(1), RoomDeleted(2)])
    assert received == [RoomDeleted(1), RoomDeleted(2)]
    await until(lambda: len(layer.sent) == 2)
    assert layer.sent[0] == ("room.1", {"type": "room.deleted", "origin": PROCESS, "room": 1})


async def test_an_event_published_in_a_thread_is_delivered_on_the_loop(
    running: tuple[Bus, list[Event]], layer: Layer
) -> None:
    bus, _received = running
    threads = []
    bus.attach(asyncio.get_running_loop(), lambda _event: threads.append(threading.current_thread()))
    await asyncio.to_thread(bus.publish, [RoomDeleted(1)])
    await until(lambda: threads)
    assert threads == [threading.current_thread()]


async def test_a_listener_that_fails_keeps_nothing_from_the_layer(
    running: tuple[Bus, list[Event]], layer: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    bus, _received = running

    def fail(_event: Event) -> None:
        raise RuntimeError("a bug")

    bus._listener = fail
    bus.publish([RoomDeleted(1), RoomDeleted(2)])
    await until(lambda: len(layer.sent) == 2)
    assert "a bug" in caplog.text


async def test_an_unavailable_layer_loses_events_without_delaying_anybody(
    running: tuple[Bus, list[Event]], layer: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    bus, received = running
    layer.fails = True
    bus.publish([RoomDeleted(1), RoomDeleted(2)])
    await until(lambda: bus.lost == 2 and bus.failing)
    assert len(received) == 2
    layer.fails = False
    bus.publish([RoomDeleted(3)])
    await until(lambda: [event["room"] for _group, event in layer.sent] == [3])
    assert not bus.failing
    assert caplog.text.count("does not take events") == 1


async def test_a_layer_that_hangs_is_given_up_on(
    running: tuple[Bus, list[Event]], layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEND_TIMEOUT_SECONDS", 0.02)
    bus, _received = running
    layer.takes.clear()
    bus.publish([RoomDeleted(1)])
    await until(lambda: bus.failing)
    layer.takes.set()
    bus.publish([RoomDeleted(2)])
    await until(lambda: [event["room"] for _group, event in layer.sent] == [2])


async def test_what_waits_for_the_layer_is_bounded_and_the_oldest_is_dropped(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Bus()
    bus.attach(asyncio.get_running_loop(), lambda _event: None)
    for number in range(module.QUEUE_EVENTS + 10):
        bus.publish_here([RoomDeleted(number)])
    assert len(bus._queue) == module.QUEUE_EVENTS
    assert bus._queue[0] == RoomDeleted(10)


def test_without_a_hub_events_go_straight_to_the_layer(layer: Layer) -> None:
    bus = Bus()
    bus.publish([RoomDeleted(1), RoomDeleted(2)])
    found = get_channel_layer()
    assert isinstance(found, Layer)
    assert [event["room"] for _group, event in found.sent] == [1, 2]


def test_without_a_hub_an_unavailable_layer_fails_nobody(layer: Layer, caplog: pytest.LogCaptureFixture) -> None:
    layer.fails = True
    bus = Bus()
    bus.publish([RoomDeleted(1), RoomDeleted(2)])
    assert bus.lost == 2
    assert "does not take events" in caplog.text


def test_a_loop_that_has_ended_is_no_hub(layer: Layer) -> None:
    bus, loop = Bus(), asyncio.new_event_loop()
    bus.attach(loop, lambda _event: None)
    loop.close()
    bus.publish([RoomDeleted(1)])
    assert len(layer.sent) == 1


async def test_with_the_in_memory_layer_nothing_is_sent_to_other_processes(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    bus = Bus()
    bus.attach(asyncio.get_running_loop(), lambda _event: None)
    await asyncio.wait_for(bus.run(), 5)
