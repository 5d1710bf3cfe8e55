"""A person's items on their connections: sent at once, reconciled if the event was lost, never shown to others."""

from typing import Any

import pytest

from chat.bus.events import PersonChanged
from chat.live import reconciler
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import PersonItem, User
from chat.services import rooms
from chat.services.person_items import set_item
from tests.harness.inprocess import Connect, turns, until

pytestmark = pytest.mark.django_db(transaction=True)


def store_unseen(user: Any, room: Any) -> None:
    """Store a change whose events were lost."""
    PersonItem.objects.create(user=user, kind="favourite", key=str(room.pk), value=True, revision=1)
    User.objects.filter(pk=user.pk).update(revision=1)


async def test_an_item_that_one_tab_sets_reaches_all_tabs_of_the_person(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    one, other, foreign = await connect(mina), await connect(mina), await connect(joon)
    reply = await one.ask("set_item", kind="favourite", key=str(general.pk), value=True)
    item = {"kind": "favourite", "key": str(general.pk), "value": True, "revision": 1}
    assert reply["item"] == item
    for tab in (one, other):
        await until(lambda tab=tab: tab.mine.revision == 1)  # type: ignore[misc]
        assert tab.of("me_changes") == [
            {"type": "me_changes", "since": 0, "revision": 1, "reset": False, "items": [item]}
        ]
    await turns()
    assert foreign.of("me_changes") == []


async def test_a_command_that_is_sent_again_changes_nothing(connect: Connect, mina: Any, general: Any) -> None:
    tab = await connect(mina)
    for _time in range(2):
        reply = await tab.ask("set_item", kind="notify", key=str(general.pk), value="none")
        assert (reply["ok"], reply["item"]["revision"]) == (True, 1)


async def test_a_change_whose_event_was_lost_is_found_by_the_check(
    hub: Hub, connect: Connect, mina: Any, general: Any
) -> None:
    tab = await connect(mina)
    await run_in_reader(store_unseen, mina, general)
    await hub.reconciler.people_tails()
    await until(lambda: tab.mine.values == {("favourite", str(general.pk)): True})


async def test_of_many_people_everybody_is_checked_in_turn(
    hub: Hub, connect: Connect, mina: Any, joon: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "PEOPLE_IN_TAIL_CHECK", 1)
    tabs = [await connect(mina), await connect(joon)]
    for tab in tabs:
        await run_in_reader(store_unseen, tab.user, general)
    for _turn in tabs:
        await hub.reconciler.people_tails()
    for tab in tabs:
        await until(lambda tab=tab: tab.mine.revision == 1)  # type: ignore[misc]


async def test_a_change_before_a_lost_one_is_not_skipped(hub: Hub, connect: Connect, mina: Any, general: Any) -> None:
    tab = await connect(mina)
    await run_in_reader(store_unseen, mina, general)
    await run_in_reader(set_item, mina, kind="notify", key=str(general.pk), value="mentions")
    await until(lambda: tab.mine.revision == 2)
    assert [frame["since"] for frame in tab.of("me_changes")] == [0]
    assert set(tab.mine.values) == {("favourite", str(general.pk)), ("notify", str(general.pk))}


async def test_a_tab_that_was_away_catches_up(connect: Connect, mina: Any, general: Any) -> None:
    away, here = await connect(mina), await connect(mina)
    away.disconnect()
    await here.ask("set_item", kind="favourite", key=str(general.pk), value=True)
    await here.ask("set_item", kind="favourite", key=str(general.pk), value=None)
    await away.connect()
    assert (away.mine.revision, away.me) == (0, 2)
    await away.catch_up_on_items()
    assert (away.mine.revision, away.mine.values) == (2, {})


async def test_a_second_tab_with_news_brings_them_to_the_first(connect: Connect, mina: Any, general: Any) -> None:
    first = await connect(mina)
    await run_in_reader(store_unseen, mina, general)
    second = await connect(mina)
    assert second.me == 1
    await until(lambda: first.mine.values == {("favourite", str(general.pk)): True})


async def test_a_tab_that_starts_over_forgets_what_is_gone(hub: Hub, connect: Connect, mina: Any, general: Any) -> None:
    tab = await connect(mina)
    await tab.ask("set_item", kind="favourite", key=str(general.pk), value=True)
    await until(lambda: tab.mine.revision == 1)
    hub.bus_events.handle(PersonChanged(mina.pk, 1, 1, ()))  # old: changes nothing
    await run_in_reader(PersonItem.objects.filter(user=mina).delete)
    await run_in_reader(User.objects.filter(pk=mina.pk).update, revision=400, forgotten_revision=399)
    await hub.reconciler.people_tails()
    await until(lambda: tab.mine.revision == 400)
    assert tab.mine.values == {}


async def test_a_room_that_is_described_again_has_the_level_that_was_set(
    connect: Connect, mina: Any, general: Any
) -> None:
    tab = await connect(mina)
    await tab.ask("set_item", kind="notify", key=str(general.pk), value="none")
    await run_in_reader(rooms.update_room, mina, room_id=general.pk, topic="New")
    await until(lambda: tab.of("room"))
    assert tab.of("room")[-1]["room"]["notify"] == "none"


async def test_reading_ones_items_is_limited_in_rate(connect: Connect, mina: Any) -> None:
    tab = await connect(mina)
    replies = [await tab.ask("me") for _time in range(100)]
    refused = [reply["error"] for reply in replies if not reply["ok"]]
    assert refused
    assert {error["code"] for error in refused} == {"rate_limited"}
