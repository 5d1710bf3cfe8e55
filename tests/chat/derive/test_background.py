"""Where the background work runs: in the server without Redis, else in `manage.py work`."""

import threading
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from django.db import transaction

from chat.derive import registry
from chat.derive.background import WAITING_THREADS
from chat.derive.deriver import Change
from chat.derive.due_kind import DueKind
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Room, User
from chat.services.due import add_due
from chat.services.messages import send_message
from tests.harness.deriving import Copies
from tests.harness.inprocess import end

pytestmark = pytest.mark.usefixtures("table")

SOON_SECONDS = 20.0


class Announcing(Copies):
    """Tells when it has been given a message."""

    def __init__(self) -> None:
        super().__init__()
        self.has_derived = threading.Event()

    def apply(self, room: Room, changes: Sequence[Change]) -> None:
        super().apply(room, changes)
        self.has_derived.set()


@pytest.fixture
def deriver() -> Iterator[Announcing]:
    registered = Announcing()
    registry.register(registered)
    yield registered
    del registry.DERIVERS[registered.name]


@pytest.fixture
async def hub(settings: Any, deriver: Announcing, general: Room) -> AsyncIterator[Hub]:
    settings.WORK_IN_SERVER = True
    started = Hub()
    started.start()
    yield started
    end(started)
    for thread in threading.enumerate():
        if thread.name in ("derivers", "redis hints"):
            thread.join(SOON_SECONDS)
            assert not thread.is_alive()


async def test_a_server_derives_what_it_has_stored(hub: Hub, deriver: Announcing, mina: User, general: Room) -> None:
    await run_in_reader(send_message, mina, room_id=general.pk, key=uuid.uuid4(), body="one")
    assert await run_in_reader(deriver.has_derived.wait, SOON_SECONDS)
    assert deriver.given[-1][1] == 1


async def test_a_server_starts_no_threads_where_another_process_does_the_work(
    settings: Any, deriver: Announcing, general: Room
) -> None:
    settings.WORK_IN_SERVER = False
    started = Hub()
    started.start()
    try:
        assert not any(thread.name == "derivers" for thread in threading.enumerate())
    finally:
        end(started)


class Quick(DueKind[None]):
    """Tells when it runs."""

    name = "quick"

    def __init__(self) -> None:
        self.has_run = threading.Event()

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        self.has_run.set()


class Other(Quick):
    """Waits for another machine, which answers."""

    name = "other"
    waits_for = "another machine"


class Hanging(DueKind[None]):
    """Waits for a machine of somebody else, which does not answer before the test says so."""

    name = "hanging"
    waits_for = "a machine"

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.answer = threading.Event()

    def run(self, key: uuid.UUID, args: dict[str, Any]) -> None:
        self.begun.release()
        self.answer.wait(SOON_SECONDS)


@pytest.fixture
def kinds() -> Iterator[tuple[Quick, Other, Hanging]]:
    quick, other, hanging = Quick(), Other(), Hanging()
    registered: tuple[DueKind[None], ...] = (quick, other, hanging)
    for kind in registered:
        registry.register_kind(kind)
    yield quick, other, hanging
    for kind in registered:
        del registry.KINDS[kind.name]


async def test_nothing_else_waits_for_a_machine_that_does_not_answer(
    settings: Any, kinds: tuple[Quick, Other, Hanging], general: Room
) -> None:
    quick, other, hanging = kinds
    settings.WORK_IN_SERVER = True
    started = Hub()
    started.start()
    try:
        await run_in_reader(add_all, ["hanging"] * WAITING_THREADS)
        for _thread in range(WAITING_THREADS):
            assert await run_in_reader(hanging.begun.acquire, True, SOON_SECONDS)
        await run_in_reader(add_all, ["hanging", "quick", "other"])
        for answered in (quick, other):
            assert await run_in_reader(answered.has_run.wait, SOON_SECONDS)
    finally:
        hanging.answer.set()
        end(started)
        for thread in threading.enumerate():
            if thread.name in ("derivers", "redis hints", "due things"):
                thread.join(SOON_SECONDS)


def add_all(kinds: Sequence[str]) -> None:
    with transaction.atomic():
        for kind in kinds:
            add_due(kind, {})


def test_a_name_is_registered_once(deriver: Announcing) -> None:
    with pytest.raises(AssertionError, match="copies"):
        registry.register(Announcing())
    assert registry.has_work()


def test_only_what_asks_nothing_but_the_database_shares_a_thread() -> None:
    sharing = {name for name, kind in registry.KINDS.items() if not kind.waits_for}
    assert sharing == {
        *("close_poll", "update_closed_rooms", "status_end", "remove_export", "erase_account"),
        *("expire_file", "remove_files_of_room", "remove_unsent_files"),
    }
