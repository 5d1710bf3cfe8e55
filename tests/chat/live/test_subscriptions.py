"""The subscriptions of this process to the channel layer: made on request, and again after a failure."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.layers import BaseChannelLayer, channel_layers, get_channel_layer

from chat.live import subscriptions as module
from chat.live.subscriptions import Subscriptions
from tests.harness.inprocess import until


class Layer(BaseChannelLayer):
    """A channel layer that fails as often as `failures` says."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: dict[str, set[str]] = {}
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.failures = {"new_channel": 0, "group_add": 0, "receive": 0, "group_send": 0}
        self.is_losing = False
        self.added: list[str] = []

    def _fail(self, what: str) -> None:
        if self.failures[what]:
            self.failures[what] -= 1
            raise ConnectionError(f"{what} failed")

    async def new_channel(self) -> str:
        self._fail("new_channel")
        return "channel"

    async def group_add(self, group: str, channel: str) -> None:
        await asyncio.sleep(0)
        self._fail("group_add")
        self.added.append(group)
        self.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        await asyncio.sleep(0)
        self.groups.get(group, set()).discard(channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self._fail("group_send")
        if self.groups.get(group) and not self.is_losing:
            self.queue.put_nowait(message)

    async def receive(self, channel: str) -> dict[str, Any]:
        self._fail("receive")
        return await self.queue.get()

    @property
    def taken(self) -> set[str]:
        return {group for group, channels in self.groups.items() if channels and not group.startswith("process.")}


class Subscriber:
    """Subscriptions, and the events they received."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.subscribed: list[str] = []
        self.subscriptions = Subscriptions(self._receive, self.subscribed.extend)

    def _receive(self, event: dict[str, Any]) -> None:
        if event.get("breaks"):
            raise RuntimeError("not understood")
        self.received.append(event)


@pytest.fixture
async def layer(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Layer:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.005)
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.Layer"}}
    channel_layers.backends.clear()
    found = get_channel_layer()
    assert isinstance(found, Layer)
    return found


@pytest.fixture
async def subscriber(layer: Layer) -> AsyncIterator[Subscriber]:
    started = Subscriber()
    task = asyncio.create_task(started.subscriptions.run())
    yield started
    task.cancel()
    await asyncio.wait([task])


async def test_wanted_groups_are_subscribed_and_reported_and_the_others_unsubscribed(
    subscriber: Subscriber, layer: Layer
) -> None:
    subscriber.subscriptions.add("a")
    subscriber.subscriptions.add("b")
    await until(lambda: layer.taken == {"a", "b"})
    await until(lambda: {"a", "b"} <= set(subscriber.subscribed))
    subscriber.subscriptions.remove("a")
    await until(lambda: layer.taken == {"b"})


async def test_groups_added_before_the_layer_is_available_are_subscribed_later(layer: Layer) -> None:
    subscriber = Subscriber()
    subscriber.subscriptions.add("early")
    subscriber.subscriptions.add("gone")
    subscriber.subscriptions.remove("gone")
    task = asyncio.create_task(subscriber.subscriptions.run())
    await until(lambda: layer.taken == {"early"})
    assert "gone" not in layer.added
    task.cancel()
    await asyncio.wait([task])


async def test_adding_and_removing_a_group_in_quick_succession_ends_with_the_last_call(
    subscriber: Subscriber, layer: Layer
) -> None:
    for turn in range(40):
        (subscriber.subscriptions.add if turn % 2 else subscriber.subscriptions.remove)("a")
        (subscriber.subscriptions.remove if turn % 2 else subscriber.subscriptions.add)("b")
        for _ in range(turn % 4):
            await asyncio.sleep(0)
    subscriber.subscriptions.add("end")
    await until(lambda: "end" in layer.taken)
    assert layer.taken == {"a", "end"}


async def test_events_are_passed_on_and_one_that_cannot_be_handled_stops_nothing(
    subscriber: Subscriber, layer: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber.subscriptions.add("a")
    await until(lambda: "a" in layer.taken)
    for event in ({"type": "x", "breaks": True}, {"nothing": 1}, {"type": "x", "n": 1}):
        await layer.group_send("a", event)
    await until(lambda: subscriber.received == [{"type": "x", "n": 1}])
    assert "Could not handle an event of the channel layer" in caplog.text


async def test_a_layer_that_fails_is_asked_again_until_it_works(layer: Layer) -> None:
    layer.failures = {"new_channel": 2, "group_add": 3, "receive": 2, "group_send": 0}
    subscriber = Subscriber()
    subscriber.subscriptions.add("a")
    subscriber.subscriptions.add("b")
    task = asyncio.create_task(subscriber.subscriptions.run())
    await until(lambda: layer.taken == {"a", "b"})
    assert subscriber.subscriptions.is_failing
    await until(lambda: layer.failures["receive"] == 0)
    await layer.group_send("a", {"type": "x"})
    await until(lambda: subscriber.received == [{"type": "x"}])
    assert {"a", "b"} <= set(subscriber.subscribed)
    task.cancel()
    await asyncio.wait([task])


async def test_a_probe_that_is_received_shows_that_the_layer_works(subscriber: Subscriber, layer: Layer) -> None:
    subscriber.subscriptions.add("a")
    await until(lambda: "a" in layer.taken)
    for _ in range(3):
        subscriber.subscriptions.probe()
        await until(lambda: subscriber.subscriptions.probe_received == subscriber.subscriptions.probe_sent)
    assert not subscriber.subscriptions.is_failing
    assert subscriber.received == []


async def test_a_lost_probe_reports_an_outage_and_the_next_one_received_its_end(
    subscriber: Subscriber, layer: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    subscriber.subscriptions.add("a")
    await until(lambda: "a" in layer.taken)
    layer.is_losing = True
    for _ in range(2):
        subscriber.subscriptions.probe()
        await until(subscriber.subscriptions.probing.done)  # type: ignore[union-attr]
    assert subscriber.subscriptions.is_failing
    layer.is_losing = False
    subscriber.subscriptions.probe()
    await until(lambda: subscriber.subscriptions.probe_received == subscriber.subscriptions.probe_sent)
    subscriber.subscriptions.probe()
    await until(lambda: not subscriber.subscriptions.is_failing)
    assert "The channel layer delivers events again" in caplog.text


async def test_a_probe_that_cannot_be_sent_is_logged(subscriber: Subscriber, layer: Layer) -> None:
    subscriber.subscriptions.add("a")
    await until(lambda: "a" in layer.taken)
    layer.failures["group_send"] = 1
    subscriber.subscriptions.probe()
    await until(lambda: subscriber.subscriptions.is_failing)


async def test_many_groups_are_reported_as_they_are_subscribed(
    subscriber: Subscriber, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUPS_AT_ONCE", 5)
    reported: list[int] = []
    subscriber.subscriptions._subscribed = lambda groups: reported.append(len(groups))
    for number in range(17):
        subscriber.subscriptions.add(f"g{number}")
    await until(lambda: sum(reported) >= 17)
    assert max(reported) <= 5


async def test_with_the_in_memory_layer_there_is_nothing_to_receive(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    subscriber = Subscriber()
    subscriber.subscriptions.add("a")
    await asyncio.wait_for(subscriber.subscriptions.run(), 5)
    subscriber.subscriptions.probe()
    assert not subscriber.subscriptions.is_failing


@pytest.mark.postgresql
async def test_a_real_redis_delivers_what_another_process_sends(settings: Any) -> None:
    subscriber = Subscriber()
    subscriber.subscriptions.add("room.1")
    task = asyncio.create_task(subscriber.subscriptions.run())
    await until(lambda: "room.1" in subscriber.subscribed)
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send("room.1", {"type": "x", "n": 1})
    await until(lambda: subscriber.received == [{"type": "x", "n": 1}])
    subscriber.subscriptions.probe()
    await until(lambda: subscriber.subscriptions.probe_received == 1)
    subscriber.subscriptions.remove("room.1")
    await until(lambda: "room.1" not in subscriber.subscriptions.taken)
    await layer.group_send("room.1", {"type": "x", "n": 2})
    subscriber.subscriptions.probe()
    await until(lambda: subscriber.subscriptions.probe_received == 2)
    assert len(subscriber.received) == 1
    task.cancel()
    await asyncio.wait([task])
