"""The order of changes of one person's items in one process."""

import asyncio

import pytest

from chat.bus.events import ItemState, PersonChanged
from chat.live import person_feed
from chat.live.person_feed import PersonFeed
from tests.harness.inprocess import until

ME = 7


def change(since: int, revision: int) -> PersonChanged:
    return PersonChanged(ME, since, revision, (ItemState("favourite", str(revision), revision, "{}"),))


class Database:
    """Holds a revision; answers what is asked of it, or fails."""

    def __init__(self) -> None:
        self.revision = 0
        self.asked: list[int] = []
        self.failures = 0
        self.is_gone = False

    async def read(self, user: int, since: int) -> PersonChanged | None:
        self.asked.append(since)
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        return None if self.is_gone else change(since, self.revision)


class Setting:
    """A feed that begins at revision 3, and what it handed on."""

    def __init__(self) -> None:
        self.database = Database()
        self.taken: list[tuple[int, int]] = []
        self.feed = PersonFeed(ME, 3, read_missed=self.database.read, on_taken=self.take)

    def take(self, taken: PersonChanged) -> None:
        self.taken.append((taken.since, taken.revision))


@pytest.fixture
async def here() -> Setting:
    return Setting()


async def test_what_is_next_is_handed_on_at_once(here: Setting) -> None:
    here.feed.receive(change(3, 4))
    here.feed.receive(change(4, 5))
    assert here.taken == [(3, 4), (4, 5)]
    assert here.database.asked == []


async def test_what_is_old_is_dropped(here: Setting) -> None:
    here.feed.receive(change(3, 4))
    here.feed.receive(change(3, 4))
    here.feed.receive(change(1, 2))
    assert here.taken == [(3, 4)]


async def test_what_comes_too_early_makes_the_feed_read_what_is_missing(here: Setting) -> None:
    here.database.revision = 6
    here.feed.receive(change(5, 6))
    here.feed.receive(change(4, 5))
    await until(lambda: here.feed.revision == 6)
    assert here.taken == [(3, 6)]
    assert here.database.asked == [3]


async def test_a_change_that_arrives_while_the_feed_reads_is_not_handed_on_twice(here: Setting) -> None:
    here.database.revision = 5
    here.feed.receive(change(4, 5))
    await asyncio.sleep(0)
    here.feed.receive(change(3, 4))
    here.feed.receive(change(4, 5))
    await until(lambda: here.database.asked == [3])
    for _turn in range(10):
        await asyncio.sleep(0)
    assert here.taken == [(3, 4), (4, 5)]


async def test_a_revision_that_the_check_found_is_read(here: Setting) -> None:
    here.database.revision = 4
    here.feed.ensure_revision(4)
    await until(lambda: here.taken == [(3, 4)])


async def test_a_read_that_fails_is_repeated(here: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_feed, "RETRY_SECONDS", 0.01)
    here.database.revision, here.database.failures = 4, 2
    here.feed.ensure_revision(4)
    await until(lambda: here.taken == [(3, 4)])
    assert here.database.asked == [3, 3, 3]


@pytest.mark.parametrize("is_gone", [True, False])
async def test_reading_ends_when_the_database_returns_less_than_expected(here: Setting, is_gone: bool) -> None:
    here.database.revision, here.database.is_gone = 2, is_gone
    here.feed.ensure_revision(9)
    await until(lambda: here.database.asked == [3])
    for _turn in range(10):
        await asyncio.sleep(0)
    assert (here.taken, here.database.asked) == ([], [3])


async def test_a_feed_that_is_stopped_reads_nothing_more(here: Setting) -> None:
    here.database.revision = 4
    here.feed.ensure_revision(4)
    here.feed.stop()
    for _turn in range(10):
        await asyncio.sleep(0)
    assert here.taken == []
