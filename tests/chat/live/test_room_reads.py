"""How far the members of a room have read: merged into one frame a second, for those who show theirs."""

from typing import Any
from uuid import uuid4

import pytest

from chat.bus.bus import bus
from chat.bus.events import MemberRead
from chat.live import room_reads
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.live.room_reads import READS_INTERVAL_SECONDS
from chat.models import Membership, User
from chat.protocol.errors import Archived, Forbidden, NotFound
from chat.queries.reads import MOST_MEMBERS, read_positions
from chat.queries.rooms import OpenRequest, open_rooms
from chat.services import memberships, messages, rooms
from chat.services.person_items import set_item
from chat.services.room_reads import show_reads
from tests.chat.live.test_room import ROOM, Setting, sent
from tests.harness.inprocess import Client, Connect, turns, until


@pytest.fixture
async def setting() -> Any:
    started = Setting()
    yield started
    started.room.stop()
    await turns()


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_reads, "READS_INTERVAL_SECONDS", 0.01)


live = pytest.mark.django_db(transaction=True)


async def say(user: Any, room: Any) -> int:
    message = await run_in_reader(messages.send_message, user, room_id=room.pk, key=uuid4(), body="hi")
    return message.position


def reads_of(client: Client, room: Any) -> dict[int, int]:
    return dict(client.views[room.pk].reads or {})


# --- merging ----------------------------------------------------------------------------------------------------------


async def test_the_first_read_is_sent_at_once_and_those_of_a_second_are_merged(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.room.note_read(2, 5)
    await setting.clock.advance(0)
    for user, position in ((3, 5), (4, 5), (3, 6), (3, 4)):
        setting.room.note_read(user, position)
    await setting.clock.advance(READS_INTERVAL_SECONDS / 2)
    assert [frame["reads"] for frame in tab.of("reads")] == [{"2": 5}]
    await setting.clock.advance(READS_INTERVAL_SECONDS / 2)
    assert [frame["reads"] for frame in tab.of("reads")] == [{"2": 5}, {"3": 6, "4": 5}]


async def test_a_position_that_is_known_is_not_sent(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.room.reads.know({2: 5})
    setting.room.note_read(2, 5)
    setting.room.note_read(2, 3)
    await setting.clock.advance(READS_INTERVAL_SECONDS)
    assert tab.of("reads") == []


async def test_what_is_new_in_a_snapshot_is_sent_to_those_who_had_the_room_open(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.room.reads.know({2: 5, 3: 5})
    setting.room.reads.know({2: 5, 3: 7, 4: 0})
    await setting.clock.advance(0)
    assert [frame["reads"] for frame in tab.of("reads")] == [{"3": 7, "4": 0}]


async def test_an_author_has_read_their_message_without_a_frame(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.room.reads.know({99: 1})
    setting.room.reads.posted(99, 7)
    setting.room.reads.posted(98, 7)
    setting.room.note_read(99, 6)
    await setting.clock.advance(READS_INTERVAL_SECONDS)
    assert setting.room.reads.positions == {99: 7}
    assert tab.of("reads") == []


async def test_whoever_does_not_show_theirs_is_sent_nobodys(setting: Setting) -> None:
    hiding, other = setting.tab(setting.person(1)), setting.tab(setting.person(2))
    hiding.connection.person.user.hides_reads = True
    setting.room.note_read(2, 5)
    await setting.clock.advance(0)
    assert (hiding.of("reads"), [frame["reads"] for frame in other.of("reads")]) == ([], [{"2": 5}])


async def test_a_read_in_the_middle_of_opening_comes_after_the_snapshot(setting: Setting) -> None:
    tab = setting.tab(setting.person(1), opened=False)
    setting.room.begin_open(tab.connection)
    setting.room.note_read(2, 5)
    await setting.clock.advance(0)
    assert tab.frames == []
    setting.room.receive(sent(1))
    assert setting.room.finish_open(tab.connection, [], 1)
    await turns()
    assert [frame["reads"] for frame in tab.of("reads")] == [{"2": 5}]


async def test_nothing_is_kept_of_a_room_that_nobody_has_open(setting: Setting) -> None:
    setting.room.note_read(2, 5)
    assert setting.room.reads.positions == {}
    tab = setting.tab(setting.person(1))
    setting.room.note_read(2, 5)
    setting.room.close(tab.connection)
    assert setting.room.reads.positions == {}
    await setting.clock.advance(READS_INTERVAL_SECONDS)
    assert tab.of("reads") == []


async def test_a_comparison_sends_what_differs_and_keeps_what_is_newer(setting: Setting) -> None:
    tab, reads = setting.tab(setting.person(1)), setting.room.reads
    reads.know({2: 5, 3: 5, 4: 5, 5: 5})
    reads.begin_refresh()
    reads.note(5, 9)
    reads.refresh({2: 5, 3: 6})
    await setting.clock.advance(0)
    assert [frame["reads"] for frame in tab.of("reads")] == [{"5": 9, "4": None, "3": 6}]
    assert reads.positions == {2: 5, 3: 6, 5: 9}
    reads.refresh(None)
    assert reads.positions == {}
    assert tab.of("reads")[0]["room"] == ROOM


# --- on the wire ------------------------------------------------------------------------------------------------------


@live
@pytest.mark.usefixtures("_at_once")
async def test_whoever_has_a_room_open_sees_others_read(connect: Connect, mina: Any, joon: Any, general: Any) -> None:
    first = await connect(mina)
    reply = await first.ask("open", room=general.pk)
    assert set(reply["reads"]) == {str(mina.pk), str(joon.pk)}
    position = await say(mina, general)
    second, beside = await connect(joon), await connect(joon)
    await second.ask("open", room=general.pk)
    view = first.views[general.pk]
    await until(lambda: view.newest == position)
    assert view.unread_by(view.messages[position]) == {joon.pk}
    await second.ask("read", room=general.pk, position=position)
    await until(lambda: view.unread_by(view.messages[position]) == set())
    assert reads_of(first, general) == {mina.pk: position, joon.pk: position}
    assert beside.of("reads") == []


@live
@pytest.mark.usefixtures("_at_once")
async def test_whoever_joins_counts_as_having_read_what_was_before(
    connect: Connect, mina: Any, stranger: Any, general: Any
) -> None:
    position = await say(mina, general)
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    await run_in_reader(memberships.join_room, stranger, room_id=general.pk)
    await until(lambda: reads_of(client, general).get(stranger.pk, 0) > position)


@live
@pytest.mark.usefixtures("_at_once")
async def test_a_lost_read_is_found_by_reconciliation(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any
) -> None:
    position = await say(mina, general)
    client = await connect(mina)
    await client.ask("open", room=general.pk)
    bus.detach()
    await run_in_reader(memberships.mark_read, joon, room_id=general.pk, position=position)
    bus.attach(hub.loop, hub.bus_events.handle)
    assert reads_of(client, general)[joon.pk] < position
    await hub.reconciler.reads([general.pk])
    await until(lambda: reads_of(client, general)[joon.pk] == position)


@live
@pytest.mark.usefixtures("_at_once")
async def test_whoever_hides_theirs_is_not_counted_and_sees_nobodys(
    connect: Connect, hub: Hub, mina: Any, joon: Any, general: Any
) -> None:
    first, second = await connect(mina), await connect(joon)
    for client in (first, second):
        await client.ask("open", room=general.pk)
    assert (await second.ask("set_item", kind="setting", key="hide_reads", value=True))["ok"]
    position = await say(mina, general)
    await second.ask("read", room=general.pk, position=position)
    await hub.reconciler.reads([general.pk])
    await until(lambda: reads_of(first, general) == {mina.pk: position})
    assert second.of("reads") == []
    assert (await second.ask("open", room=general.pk))["reads"] is None
    await second.ask("set_item", kind="setting", key="hide_reads", value=None)
    assert (await second.ask("open", room=general.pk))["reads"][str(joon.pk)] == position
    await hub.reconciler.reads([general.pk])
    await until(lambda: reads_of(first, general).get(joon.pk) == position)


@live
@pytest.mark.usefixtures("_at_once")
async def test_a_room_that_does_not_show_it_sends_nothing_and_everything_when_it_does_again(
    connect: Connect, mina: Any, joon: Any, general: Any
) -> None:
    client, other = await connect(mina), await connect(joon)
    await client.ask("open", room=general.pk)
    await run_in_reader(show_reads, mina, room_id=general.pk, on=False)
    await until(lambda: client.views[general.pk].summary.shows_reads is False)
    position = await say(mina, general)
    await other.ask("read", room=general.pk, position=position)
    assert client.of("reads") == []
    assert (await other.ask("open", room=general.pk))["reads"] is None
    await run_in_reader(show_reads, mina, room_id=general.pk, on=True)
    await until(lambda: reads_of(client, general) == {mina.pk: position, joon.pk: position})


# --- who may, and where -----------------------------------------------------------------------------------------------


def published(published_by: Any, act: Any) -> list[MemberRead]:
    return [event for event in published_by(act) if isinstance(event, MemberRead)]


def test_reading_is_published_to_the_room_once_for_each_position(
    published_by: Any, mina: Any, joon: Any, general: Any
) -> None:
    messages.send_message(mina, room_id=general.pk, key=uuid4(), body="hi")

    def read() -> None:
        memberships.mark_read(joon, room_id=general.pk, position=99)

    assert [(event.user, event.position) for event in published(published_by, read)] == [(joon.pk, 1)]
    assert published(published_by, read) == []


def test_a_room_with_many_members_shows_nobodys_positions(published_by: Any, mina: Any, joon: Any) -> None:
    room = rooms.create_room(mina, name="Large")
    users = User.objects.bulk_create(User(username=f"u{number}") for number in range(MOST_MEMBERS - 1))
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)
    assert len(read_positions([room])[room.pk]) == MOST_MEMBERS
    Membership.objects.create(room=room, user=joon)
    assert read_positions([room]) == {}
    (reply,) = open_rooms([OpenRequest(joon, room.pk)])
    assert getattr(reply, "reads", 0) is None
    messages.send_message(mina, room_id=room.pk, key=uuid4(), body="hi")
    assert published(published_by, lambda: memberships.mark_read(joon, room_id=room.pk, position=9)) == []


def test_owners_and_moderators_decide_whether_a_room_shows_it(
    mina: Any, joon: Any, stranger: Any, general: Any, founders: Any
) -> None:
    for actor, room, error in (
        (joon, general, Forbidden),
        (stranger, general, Forbidden),
        (stranger, founders, NotFound),
    ):
        with pytest.raises(error):
            show_reads(actor, room_id=room.pk, on=False)
    memberships.set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    assert show_reads(joon, room_id=general.pk, on=False).shows_reads is False
    rooms.archive_room(mina, room_id=general.pk)
    with pytest.raises(Archived):
        show_reads(joon, room_id=general.pk, on=True)


def test_the_setting_of_a_person_is_copied_to_their_row(joon: Any) -> None:
    for value in (True, None, True, False):
        set_item(joon, kind="setting", key="hide_reads", value=value)
        assert User.objects.get(pk=joon.pk).hides_reads is (value is True)
