"""Who is here reaches the clients that show them, as differences, and nobody else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Barrier
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer

from chat.bus.bus import bus
from chat.live import leases
from chat.live import presence as live_presence
from chat.live.hub import Hub
from chat.live.presence import GRACE_SECONDS, TICK_SECONDS
from chat.live.reader_pool import READER_THREADS, run_in_reader
from chat.models import PersonStatus
from chat.protocol.limits import SHOW_PEOPLE_PER_MINUTE
from chat.services.people import deactivate_user
from chat.services.person_items import set_item
from chat.services.statuses import set_status
from tests.harness import lossy_layer
from tests.harness.inprocess import SOON_SECONDS, Client, Clock, Connect, end, sign_in, until

SECONDS = 20
"""Most seconds until a change of the database has been read and sent."""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def hub(space: Any, settings: Any) -> AsyncIterator[Hub]:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends.clear()
    started = Hub()
    started.start()
    yield started
    end(started)


@pytest.fixture
async def time(hub: Hub) -> Clock:
    return Clock(asyncio.get_running_loop())


def state_of(client: Client, user: Any) -> str:
    return client.state.people[user.pk].state


async def readers_are_done() -> None:
    """Wait until all reader threads meet, when each has done what it was asked to do before."""
    meeting = Barrier(READER_THREADS, timeout=SOON_SECONDS)
    await asyncio.gather(*(run_in_reader(meeting.wait) for _ in range(READER_THREADS)))


async def seconds_until(time: Clock, condition: Callable[[], Any]) -> None:
    """Let seconds pass until something holds; each of them waits for what the threads that read the database do."""
    for _second in range(SECONDS):
        if condition():
            return
        await readers_are_done()
        await time.advance(TICK_SECONDS)
    pytest.fail("It did not come about.")


async def show(client: Client, *people: Any) -> list[dict[str, Any]]:
    reply = await client.ask("show_people", people=[person.pk for person in people])
    assert reply["ok"], reply
    found: list[dict[str, Any]] = reply.get("people", [])
    return found


async def test_a_client_learns_who_is_here_now_and_then_only_what_changes(
    connect: Connect, time: Clock, mina: Any, joon: Any, stranger: Any
) -> None:
    reader, watched = await connect(mina), await connect(joon)
    await time.advance(TICK_SECONDS)
    assert await show(reader, joon, stranger) == [{"user": joon.pk, "state": "here"}, {"user": stranger.pk}]
    await time.advance(TICK_SECONDS)
    assert reader.of("presence") == []

    await watched.ask("presence", state="away")
    await time.advance(TICK_SECONDS)
    assert [frame["people"] for frame in reader.of("presence")] == [[{"user": joon.pk, "state": "away"}]]
    assert watched.of("presence") == []


async def test_of_several_tabs_the_strongest_state_counts(connect: Connect, time: Clock, mina: Any, joon: Any) -> None:
    reader, one, other = await connect(mina), await connect(joon), await connect(joon)
    await show(reader, joon)
    await one.ask("presence", state="away")
    await time.advance(TICK_SECONDS)
    assert state_of(reader, joon) == "here"
    await other.ask("presence", state="busy")
    await time.advance(TICK_SECONDS)
    assert state_of(reader, joon) == "busy"


async def test_a_page_that_is_reloaded_sends_nothing(connect: Connect, time: Clock, mina: Any, joon: Any) -> None:
    reader, watched = await connect(mina), await connect(joon)
    await time.advance(TICK_SECONDS)
    await show(reader, joon)
    watched.disconnect()
    await time.advance(TICK_SECONDS)
    await connect(joon)
    for _second in range(int(GRACE_SECONDS) + 1):
        await time.advance(TICK_SECONDS)
    assert reader.of("presence") == []


async def test_who_has_no_connection_left_is_gone(connect: Connect, time: Clock, mina: Any, joon: Any) -> None:
    reader, watched = await connect(mina), await connect(joon)
    await time.advance(TICK_SECONDS)
    await show(reader, joon)
    watched.disconnect()
    for _second in range(int(GRACE_SECONDS) + 2):
        await time.advance(TICK_SECONDS)
    assert [frame["people"] for frame in reader.of("presence")] == [[{"user": joon.pk}]]


async def test_a_thousand_who_are_idle_send_nothing_to_those_who_show_others(
    connect: Connect, hub: Hub, time: Clock, mina: Any, joon: Any, stranger: Any
) -> None:
    """A minute of whole reports, of people who come and go, and of others' states."""
    reader, watched, other = await connect(mina), await connect(joon), await connect(stranger)
    await time.advance(TICK_SECONDS)
    await show(reader, joon)
    for second in range(60):
        await other.ask("presence", state="away" if second % 2 else "here")
        await time.advance(TICK_SECONDS)
    assert reader.of("presence") == watched.of("presence") == other.of("presence") == []


async def test_a_hidden_person_is_gone_for_everybody_and_may_appear_again(
    connect: Connect, time: Clock, mina: Any, joon: Any
) -> None:
    reader, hidden = await connect(mina), await connect(joon)
    await time.advance(TICK_SECONDS)
    await show(reader, joon)
    await show(hidden, joon)
    for hides, expected in ((True, "gone"), (None, "here")):
        await run_in_reader(set_item, joon, kind="setting", key="hides_presence", value=hides)
        await seconds_until(time, lambda e=expected: state_of(reader, joon) == state_of(hidden, joon) == e)  # type: ignore[misc]


async def test_a_status_is_part_of_it_and_reaches_who_shows_the_person(
    connect: Connect, hub: Hub, time: Clock, mina: Any, joon: Any
) -> None:
    reader = await connect(mina)
    await run_in_reader(set_status, joon, emoji="🍵", text="Writing the price page")
    [shown] = await show(reader, joon)
    assert shown == {"user": joon.pk, "status": {"emoji": "🍵", "text": "Writing the price page"}}
    await run_in_reader(set_status, joon, emoji="", text="")
    await seconds_until(time, lambda: reader.of("presence"))
    assert reader.of("presence")[-1]["people"] == [{"user": joon.pk}]


async def test_a_status_whose_event_was_lost_arrives_within_a_minute(
    connect: Connect, time: Clock, mina: Any, joon: Any
) -> None:
    reader = await connect(mina)
    await show(reader, joon)
    await run_in_reader(PersonStatus.objects.create, user=joon, text="Lunch", version=1)
    await time.advance(live_presence.STATUSES_CHECK_SECONDS)
    await seconds_until(time, lambda: reader.of("presence"))
    assert reader.of("presence")[-1]["people"] == [{"user": joon.pk, "status": {"text": "Lunch"}}]


async def test_people_whom_the_reader_may_not_see_are_left_out(
    connect: Connect, mina: Any, joon: Any, stranger: Any, keeper: Any
) -> None:
    reader = await connect(mina)
    await run_in_reader(deactivate_user, keeper, user_id=stranger.pk)
    assert await show(reader, joon, stranger) == [{"user": joon.pk}]
    assert (await reader.ask("show_people", people=[999_999]))["ok"]


async def test_naming_others_replaces_those_who_were_named_before(
    connect: Connect, time: Clock, mina: Any, joon: Any, stranger: Any
) -> None:
    reader, watched = await connect(mina), await connect(joon)
    await show(reader, joon)
    await show(reader, stranger)
    await watched.ask("presence", state="busy")
    await time.advance(TICK_SECONDS)
    assert reader.of("presence") == []


async def test_naming_people_is_limited(connect: Connect, mina: Any, joon: Any) -> None:
    reader = await connect(mina)
    for _time in range(SHOW_PEOPLE_PER_MINUTE):
        await show(reader, joon)
    refused = await reader.ask("show_people", people=[joon.pk])
    assert refused["error"]["code"] == "rate_limited"


async def test_clients_that_show_the_same_people_get_the_same_frame(
    connect: Connect, time: Clock, mina: Any, joon: Any, stranger: Any
) -> None:
    one, two, watched = await connect(mina), await connect(stranger), await connect(joon)
    texts: list[str] = []
    for client in (one, two):
        await show(client, joon)
    for client in (one, two):
        taken = client.send

        async def note(text: str, take: Any = taken) -> None:
            texts.append(text)
            await take(text)

        client.send = note  # type: ignore[method-assign]
    await watched.ask("presence", state="away")
    await time.advance(TICK_SECONDS)
    assert len(texts) == 2
    assert texts[0] is texts[1]


# --- several processes ------------------------------------------------------------------------------------------------


@pytest.fixture
async def two_hubs(space: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Hub, Hub]]:
    """The first one receives what this process publishes, the second one what the layer carries."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "tests.harness.lossy_layer.LossyLayer"}}
    monkeypatch.setattr(lossy_layer, "LOSS", 0.0)
    for name in ("TICK_SECONDS", "GRACE_SECONDS"):
        monkeypatch.setattr(live_presence, name, 0.01)
    monkeypatch.setattr(live_presence, "REPORT_SECONDS", 0.05)
    monkeypatch.setattr(leases, "SETTLED_SECONDS", 0.1)
    channel_layers.backends.clear()
    hubs = Hub(), Hub()
    for hub in reversed(hubs):
        hub.start()
    yield hubs
    for hub in hubs:
        end(hub)


async def test_who_is_connected_to_another_process_is_here(two_hubs: tuple[Hub, Hub], mina: Any, joon: Any) -> None:
    near, far = two_hubs
    reader = await Client(far, mina, await run_in_reader(sign_in, mina)).connect()
    watched = await Client(near, joon, await run_in_reader(sign_in, joon)).connect()
    await show(reader, joon, mina)
    await until(lambda: state_of(reader, joon) == state_of(reader, mina) == "here")
    await watched.ask("presence", state="busy")
    await until(lambda: state_of(reader, joon) == "busy")
    watched.disconnect()
    await until(lambda: state_of(reader, joon) == "gone")


async def test_while_no_report_arrives_people_elsewhere_are_unknown_and_never_gone(
    two_hubs: tuple[Hub, Hub], mina: Any, joon: Any, stranger: Any
) -> None:
    near, far = two_hubs
    reader = await Client(far, mina, await run_in_reader(sign_in, mina)).connect()
    await Client(near, joon, await run_in_reader(sign_in, joon)).connect()
    await show(reader, mina, joon, stranger)
    await until(lambda: (state_of(reader, joon), state_of(reader, stranger)) == ("here", "gone"))
    reader.frames.clear()
    far.subscriptions.is_failing = True
    await until(lambda: state_of(reader, joon) == state_of(reader, stranger) == "unknown")
    assert state_of(reader, mina) == "here"
    far.subscriptions.is_failing = False
    await until(lambda: (state_of(reader, joon), state_of(reader, stranger)) == ("here", "gone"))
    told = [person for frame in reader.of("presence") for person in frame["people"] if person["user"] == joon.pk]
    assert [person["state"] for person in told] == ["unknown", "here"]


async def test_a_report_that_the_layer_did_not_take_is_made_again_at_once(
    two_hubs: tuple[Hub, Hub], monkeypatch: pytest.MonkeyPatch, mina: Any, joon: Any
) -> None:
    near, far = two_hubs
    layer: Any = get_channel_layer()
    reader = await Client(far, mina, await run_in_reader(sign_in, mina)).connect()
    await show(reader, joon)
    monkeypatch.setattr(live_presence, "REPORT_SECONDS", 600)
    await until(lambda: state_of(reader, joon) == "gone")
    layer.takes_events, lost = False, bus.lost
    await Client(near, joon, await run_in_reader(sign_in, joon)).connect()
    await until(lambda: joon.pk in near.presence.people_here() and bus.lost > lost)
    layer.takes_events = True
    await until(lambda: state_of(reader, joon) == "here")
