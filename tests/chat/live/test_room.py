"""One room in one process: pace, gaps, opening, activity. The clock stands still until a test moves it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chat.bus.events import AuthorItem, MemberItem, MessageItem, RoomChanged
from chat.live import room as live
from chat.live.connection import Connection, Frame
from chat.live.person import Pace, Person
from chat.live.room import LiveRoom
from chat.models import User
from chat.protocol import shapes
from chat.protocol.frames import excerpt_text
from chat.queries.rooms import MembershipState
from tests.harness.inprocess import Clock, turns
from tests.harness.transports import FunctionTransport, some_credential

pytestmark = pytest.mark.once

ROOM = 1


class Database:
    """What the room would read: a list of changes, which may fail to answer."""

    def __init__(self) -> None:
        self.changes: list[RoomChanged] = []
        self.asked: list[int] = []
        self.is_down = False

    async def changes_since(self, room: int, revision: int) -> RoomChanged | None:
        self.asked.append(revision)
        if self.is_down:
            raise ConnectionError("the database is away")
        rest = [change for change in self.changes if change.revision > revision]
        if not rest:
            return change_of(revision, revision)
        return RoomChanged(
            room=room,
            since=revision,
            revision=rest[-1].revision,
            message_count=rest[-1].message_count,
            counted=rest[-1].counted,
            messages=tuple(item for change in rest for item in change.messages),
            authors=tuple(author for change in rest for author in change.authors),
        )


class Tab:
    """One connection and the frames it got."""

    def __init__(self, person: Person) -> None:
        self.frames: list[dict[str, Any]] = []
        self.connection = Connection(
            FunctionTransport(self._take), id="t", person=person, credential=some_credential(), language="en", now=0.0
        )
        person.connections[self.connection] = None

    async def _take(self, text: str) -> None:
        self.frames.append(json.loads(text))

    @property
    def bodies(self) -> list[str]:
        return [message["body"] for frame in self.frames for message in frame.get("messages", ())]

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == type_]


def item(position: int, revision: int, body: str = "", author: int = 99) -> MessageItem:
    shape = shapes.Message(
        id=position,
        position=position,
        revision=revision,
        key="k",
        author=author,
        body=body or f"m{position}",
        created_at="2026-01-02T03:04:05.678Z",
    )
    return MessageItem(position, revision, position, author, position, shape.encode())


def author_of(message: MessageItem) -> AuthorItem:
    return AuthorItem(message.author, True, shapes.User(id=message.author, username="a", name="A").encode())


def change_of(since: int, revision: int, *items: MessageItem, count: int | None = None) -> RoomChanged:
    count = revision if count is None else count
    return RoomChanged(
        room=ROOM,
        since=since,
        revision=revision,
        message_count=count,
        counted=count,
        messages=items,
        authors=tuple(author_of(item) for item in items),
    )


def sent(revision: int) -> RoomChanged:
    """The change that a message makes in a room where nothing else ever happens."""
    return change_of(revision - 1, revision, item(revision, revision))


class Setting:
    """A room, its database, and who is in it."""

    def __init__(self) -> None:
        self.clock = Clock(asyncio.get_running_loop())
        self.database = Database()
        self.taken: list[RoomChanged] = []
        self.room = LiveRoom(
            ROOM,
            0,
            read_missed=self.database.changes_since,
            on_taken=lambda _room, change: self.taken.append(change),
            stopwatch=lambda: self.clock.now,
        )

    def person(self, number: int, *, last_read: int = 0) -> Person:
        person = Person(User(pk=number, username=f"p{number}"), Pace(self.clock.now))
        person.rooms[ROOM] = MembershipState("member", "all", last_read, last_read)
        self.room.people[person] = None
        return person

    def tab(self, person: Person, *, opened: bool = True) -> Tab:
        tab = Tab(person)
        if opened:
            self.room.begin_open(tab.connection)
            assert self.room.finish_open(tab.connection, [], self.room.feed.flushed)
        return tab


@pytest.fixture
async def setting() -> Setting:
    return Setting()


@pytest.fixture(autouse=True)
async def _stopped(setting: Setting) -> Any:
    yield
    setting.room.stop()
    await turns()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_first_change_after_a_pause_is_flushed_at_once(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.room.receive(sent(1))
    await turns()
    assert tab.bodies == ["m1"]


async def test_changes_within_the_interval_are_flushed_as_one_frame(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.room.receive(sent(1))
    await turns()
    for revision in range(2, 8):
        setting.room.receive(sent(revision))
        await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS / 10)
    assert len(tab.frames) == 1
    await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert [(frame["since"], frame["revision"]) for frame in tab.frames] == [(0, 1), (1, 7)]


async def test_a_flush_that_took_long_puts_the_next_one_off_in_proportion(setting: Setting) -> None:
    person = setting.person(1)
    tab, took = setting.tab(person), 0.2

    async def slow(text: str) -> None:
        setting.clock.now += took

    stuck = Connection(
        FunctionTransport(slow), id="s", person=person, credential=some_credential(), language="en", now=0
    )
    setting.room.open[stuck] = None
    setting.room.receive(sent(1))
    await turns()
    setting.room.receive(sent(2))
    await setting.clock.advance(took * (live.FLUSH_SHARE - 1) - 0.01)
    assert len(tab.frames) == 1
    await setting.clock.advance(0.02)
    assert len(tab.frames) == 2


async def test_a_gap_is_closed_without_a_query_when_the_missing_change_comes_in_time(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.room.receive(sent(2))
    await setting.clock.advance(live.GAP_WAIT_SECONDS / 2)
    assert tab.frames == []
    setting.room.receive(sent(1))
    await setting.clock.advance(live.GAP_WAIT_SECONDS)
    assert tab.bodies == ["m1", "m2"]
    assert setting.database.asked == []


async def test_a_gap_that_stays_is_read_from_the_database(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.database.changes = [sent(revision) for revision in range(1, 5)]
    setting.room.receive(sent(4))
    await setting.clock.advance(live.GAP_WAIT_SECONDS)
    await turns()
    assert tab.bodies == ["m1", "m2", "m3", "m4"]
    assert setting.database.asked == [0]


async def test_a_lost_last_change_is_read_once_its_revision_is_known(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    setting.database.changes = [sent(1), sent(2)]
    setting.room.ensure_revision(2)
    setting.room.ensure_revision(2)
    await setting.clock.advance(live.GAP_WAIT_SECONDS)
    assert tab.bodies == ["m1", "m2"]
    assert setting.database.asked == [0]


async def test_a_revision_that_was_received_causes_no_query(setting: Setting) -> None:
    setting.room.ensure_revision(1)
    setting.room.receive(sent(1))
    await setting.clock.advance(live.GAP_WAIT_SECONDS * 2)
    assert setting.database.asked == []


async def test_a_revision_that_the_database_does_not_have_is_given_up(setting: Setting) -> None:
    setting.room.ensure_revision(5)
    for _ in range(5):
        await setting.clock.advance(live.GAP_WAIT_SECONDS)
    assert setting.database.asked == [0]
    setting.room.receive(sent(1))
    await turns()
    assert setting.room.feed.revision == 1


async def test_while_the_database_is_unavailable_the_room_retries_and_then_delivers(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    tab = setting.tab(setting.person(1))
    setting.database.is_down = True
    setting.room.receive(sent(2))
    await setting.clock.advance(live.GAP_WAIT_SECONDS)
    await setting.clock.advance(live.RETRY_SECONDS)
    assert len(setting.database.asked) == 2
    setting.database.is_down = False
    setting.database.changes = [sent(1), sent(2)]
    await setting.clock.advance(live.RETRY_SECONDS)
    assert tab.bodies == ["m1", "m2"]
    assert "could not catch up" in caplog.text


async def test_a_catch_up_in_parts_goes_on_until_nothing_is_missing(setting: Setting) -> None:
    tab = setting.tab(setting.person(1))
    parts: Iterator[RoomChanged] = iter([change_of(0, 2, item(1, 1), item(2, 2)), change_of(2, 3, item(3, 3))])

    async def changes_since(_room: int, _revision: int) -> RoomChanged:
        return next(parts)

    setting.room._read_missed = changes_since
    setting.room.ensure_revision(3)
    await setting.clock.advance(live.GAP_WAIT_SECONDS)
    await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert tab.bodies == ["m1", "m2", "m3"]
    assert next(parts, None) is None


async def test_a_gap_that_opens_while_an_earlier_one_is_read_is_read_as_well(setting: Setting) -> None:
    tab, asked = setting.tab(setting.person(1)), list[int]()

    async def changes_since(_room: int, revision: int) -> RoomChanged:
        asked.append(revision)
        if revision == 0:  # both arrive while the database answers
            setting.room.receive(sent(1))
            setting.room.receive(sent(4))
            return change_of(0, 2, item(1, 1), item(2, 2))
        return change_of(2, 4, item(3, 3), item(4, 4))

    setting.room._read_missed = changes_since
    setting.room.receive(sent(2))
    await setting.clock.advance(live.GAP_WAIT_SECONDS)
    await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert asked == [0, 2]
    assert tab.bodies == ["m1", "m2", "m3", "m4"]


async def test_what_changes_while_a_snapshot_is_read_comes_after_it(setting: Setting) -> None:
    tab = Tab(setting.person(1))
    setting.room.begin_open(tab.connection)
    for revision in (1, 2, 3):
        setting.room.receive(sent(revision))
        await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert tab.of("changes") == []
    tab.frames.clear()
    assert setting.room.finish_open(tab.connection, [Frame('{"type":"reply"}')], revision=2)
    assert [frame["type"] for frame in tab.frames] == ["reply", "changes"]
    assert [(frame["since"], frame["revision"]) for frame in tab.of("changes")] == [(2, 3)]
    setting.room.receive(sent(4))
    await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert tab.bodies == ["m3", "m4"]


async def test_a_connection_whose_snapshot_is_newer_than_the_feed_is_not_sent_what_it_knows(setting: Setting) -> None:
    tab = Tab(setting.person(1))
    setting.room.begin_open(tab.connection)
    assert setting.room.finish_open(tab.connection, [], revision=3)
    other = setting.tab(setting.person(2))
    for revision in (1, 2, 3):
        setting.room.receive(sent(revision))
        await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert tab.of("changes") == []
    assert other.bodies == ["m1", "m2", "m3"]
    setting.room.receive(sent(4))
    await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert tab.bodies == ["m4"]


async def test_a_person_expelled_while_a_snapshot_is_read_gets_neither_it_nor_anything_later(
    setting: Setting,
) -> None:
    person = setting.person(1)
    tab = Tab(person)
    setting.room.begin_open(tab.connection)
    setting.room.unsubscribe(person)
    assert not setting.room.finish_open(tab.connection, [Frame('{"type":"reply"}')], revision=0)
    setting.room.receive(sent(1))
    await turns()
    assert tab.frames == []


async def test_a_closed_connection_is_not_opened(setting: Setting) -> None:
    tab = Tab(setting.person(1))
    setting.room.begin_open(tab.connection)
    tab.connection.lost()
    assert not setting.room.finish_open(tab.connection, [Frame("{}")], revision=0)
    assert setting.room.open == {}


async def test_an_expelled_person_gets_no_buffered_change(setting: Setting) -> None:
    person = setting.person(1)
    tab = setting.tab(person)
    setting.room.receive(sent(1))
    setting.room.unsubscribe(person)
    await setting.clock.advance(1)
    assert tab.frames == []
    assert tab.connection.open_rooms == set()


async def test_a_person_expelled_in_the_middle_of_a_large_flush_gets_nothing_more(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FLUSH_CHUNK", 1)
    people = [setting.person(number) for number in (1, 2, 3)]
    tabs = [setting.tab(person) for person in people]
    setting.room.receive(sent(1))
    while not tabs[0].frames:
        await asyncio.sleep(0)
    assert tabs[1].frames == tabs[2].frames == []
    setting.room.unsubscribe(people[2])
    await turns()
    assert [tab.bodies for tab in tabs] == [["m1"], ["m1"], []]


async def test_a_large_flush_yields_to_the_loop_and_keeps_the_order(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FLUSH_CHUNK", 2)
    tabs = [setting.tab(setting.person(number)) for number in range(1, 8)]
    for revision in range(1, 4):
        setting.room.receive(sent(revision))
        await asyncio.sleep(0)
    await turns()
    await setting.clock.advance(live.FLUSH_INTERVAL_SECONDS)
    assert all(tab.bodies == ["m1", "m2", "m3"] for tab in tabs)
    assert all([f["since"] for f in tab.frames] == sorted({f["since"] for f in tab.frames}) for tab in tabs)


async def test_a_room_that_is_not_open_gets_one_notice_a_second_at_most_and_the_newest_wins(setting: Setting) -> None:
    tab = setting.tab(setting.person(1, last_read=1), opened=False)
    for revision in range(1, 31):
        setting.room.receive(sent(revision))
        await setting.clock.advance(0.1)
    assert len(tab.of("activity")) in (3, 4)
    await setting.clock.advance(live.ACTIVITY_INTERVAL_SECONDS)
    newest = tab.of("activity")[-1]
    assert newest == {
        "type": "activity",
        "room": ROOM,
        "message_count": 30,
        "unread": 29,
        "last_message": json.loads(excerpt_text(item(30, 30).text, author_of(item(30, 30)).text)),
    }
    count = len(tab.frames)
    await setting.clock.advance(10)
    assert len(tab.frames) == count


async def test_activity_goes_only_to_tabs_that_do_not_have_the_room_open(setting: Setting) -> None:
    person = setting.person(1)
    here, elsewhere = setting.tab(person), setting.tab(person, opened=False)
    setting.room.receive(sent(1))
    await turns()
    assert [frame["type"] for frame in here.frames] == ["changes"]
    assert [frame["type"] for frame in elsewhere.frames] == ["activity"]


async def test_an_edit_of_an_old_message_is_no_activity(setting: Setting) -> None:
    tab = setting.tab(setting.person(1), opened=False)
    setting.room.receive(change_of(0, 1, item(3, 1, "edited"), count=30))
    await setting.clock.advance(2)
    assert tab.frames == []


async def test_an_edit_of_the_last_message_is_activity(setting: Setting) -> None:
    tab = setting.tab(setting.person(1), opened=False)
    setting.room.receive(change_of(0, 1, item(30, 1, "edited"), count=30))
    await turns()
    assert [frame["last_message"]["text"] for frame in tab.of("activity")] == ["edited"]


async def test_typing_is_shown_to_the_others_who_have_the_room_open(setting: Setting) -> None:
    typist, reader = setting.person(1), setting.person(2)
    own, other, elsewhere = setting.tab(typist), setting.tab(reader), setting.tab(reader, opened=False)
    setting.room.typing(Frame('{"type":"typing"}'), typist.id)
    assert (len(own.frames), len(other.frames), len(elsewhere.frames)) == (0, 1, 0)


async def test_a_room_takes_a_change_before_it_is_sent_to_anybody(setting: Setting) -> None:
    person = setting.person(1)
    tab = setting.tab(person)
    setting.room._on_taken = lambda room, _change: room.unsubscribe(person)
    left = MemberItem(1, 1, "member", True, '{"user":1}')
    setting.room.receive(RoomChanged(room=ROOM, since=0, revision=1, message_count=0, counted=0, members=(left,)))
    await turns()
    assert tab.frames == []


async def test_a_room_without_subscribers_is_idle(setting: Setting) -> None:
    states = [setting.room.is_idle]
    person = setting.person(1)
    tab = setting.tab(person)
    states.append(setting.room.is_idle)
    setting.room.unsubscribe(person)
    states.append(setting.room.is_idle)
    setting.room.begin_open(tab.connection)
    states.append(setting.room.is_idle)
    assert states == [True, False, True, False]
