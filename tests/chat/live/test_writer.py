"""Group commit: what arrives while one transaction runs is stored together by the next."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, connections

from chat.bus.bus import bus
from chat.bus.events import Event, RoomChanged
from chat.live import writer as module
from chat.live.outage import storing
from chat.live.reader_pool import READER_THREADS, run_in_reader
from chat.live.writer import Writer
from chat.models import Message, Room
from chat.models.message import BODY_CHARS
from chat.protocol.errors import Archived, Conflict, Forbidden, Unavailable
from chat.services import group_commit
from chat.services.memberships import join_room
from chat.services.rooms import archive_room
from chat.services.system_lines import unwritten
from chat.store import pipeline
from chat.store.pipeline import Statement
from tests.conftest import person
from tests.harness.inprocess import close_readers
from tests.harness.outside import begin_to_store, is_blocked, outside
from tests.harness.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def received() -> AsyncIterator[list[Event]]:
    """What the bus brings to this process."""
    found: list[Event] = []
    bus.attach(asyncio.get_running_loop(), found.append)
    yield found
    bus.detach()


@pytest.fixture
async def writer(received: list[Event]) -> AsyncIterator[Writer]:
    started = Writer()
    running = asyncio.create_task(started.run())
    yield started
    running.cancel()
    started._thread.submit(connections.close_all).result()
    started.stop()
    close_readers()


def draft(author: Any, room: Room, body: str = "hi", key: Any = None) -> Message:
    return group_commit.draft(author_id=author.pk, room_id=room.pk, key=key or uuid4(), body=body)


class Batches:
    """Counts the batches, and blocks the first until `go_on` is set."""

    def __init__(self, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self._send = writer._send
        monkeypatch.setattr(writer, "_send", self)

    async def __call__(self, drafts: Any) -> group_commit.Sent:
        self.sizes.append(len(drafts))
        self.begun.set()
        await self.go_on.wait()
        return await self._send(drafts)


async def test_a_message_is_answered_with_its_text_after_it_was_stored(writer: Writer, mina: Any, general: Any) -> None:
    text = await writer.send(draft(mina, general))
    stored = await run_in_reader(Message.objects.get)
    assert (json.loads(text)["id"], json.loads(text)["body"]) == (stored.pk, "hi")


async def test_a_lone_message_waits_for_nothing(
    writer: Writer, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = Batches(writer, monkeypatch)
    batches.go_on.set()
    await writer.send(draft(mina, general))
    await writer.send(draft(mina, general))
    assert batches.sizes == [1, 1]


async def test_what_arrives_while_a_commit_runs_shares_the_next_one_in_order(
    writer: Writer, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = Batches(writer, monkeypatch)
    sent = [writer.send(draft(mina, general, "0"))]
    await batches.begun.wait()
    sent += [writer.send(draft(mina, general, str(number))) for number in range(1, 40)]
    batches.go_on.set()
    texts = [json.loads(text) for text in await asyncio.gather(*sent)]
    assert batches.sizes == [1, 39]
    assert [(text["body"], text["position"]) for text in texts] == [(str(n), n + 1) for n in range(40)]


async def test_a_batch_has_a_limit(writer: Writer, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_MESSAGES", 10)
    batches = Batches(writer, monkeypatch)
    batches.go_on.set()
    await asyncio.gather(*(writer.send(draft(mina, general)) for _ in range(25)))
    assert max(batches.sizes) == 10


async def test_fifty_people_at_once_get_positions_without_a_hole(
    writer: Writer, mina: Any, general: Any, received: list[Event]
) -> None:
    def gather() -> list[Any]:
        people = [person(f"w{number}", "") for number in range(49)]
        with unwritten():
            for one in people:
                join_room(one, room_id=general.pk)
        return people

    people = [mina, *await run_in_reader(gather)]
    before = (await run_in_reader(Room.objects.get, pk=general.pk)).revision
    received.clear()
    texts = await asyncio.gather(*(writer.send(draft(one, general)) for one in people for _ in range(4)))
    assert sorted(json.loads(text)["position"] for text in texts) == list(range(1, 201))
    changes = [event for event in received if isinstance(event, RoomChanged)]
    assert [change.since for change in changes] == [before, *(change.revision for change in changes[:-1])]
    assert changes[-1].revision == before + 200


async def test_a_refused_message_fails_alone(
    writer: Writer, mina: Any, stranger: Any, general: Any, founders: Any
) -> None:
    await run_in_reader(archive_room, mina, room_id=founders.pk)
    outcomes = await asyncio.gather(
        writer.send(draft(mina, general)),
        writer.send(draft(stranger, general)),
        writer.send(draft(mina, founders)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [str, Forbidden, Archived]


async def test_a_key_in_a_race_with_itself_gives_one_message(writer: Writer, mina: Any, general: Any) -> None:
    key = uuid4()
    texts = await asyncio.gather(*(writer.send(draft(mina, general, key=key)) for _ in range(10)))
    assert len(set(texts)) == 1
    assert await run_in_reader(Message.objects.count) == 1


async def test_a_key_for_two_rooms_at_the_same_time_is_stored_in_the_first_and_refused_in_the_other(
    writer: Writer, mina: Any, general: Any, founders: Any
) -> None:
    key = uuid4()
    rooms = (general, general, founders)
    sent = [writer.send(draft(mina, room, key=key)) for room in rooms]
    first, again, elsewhere = await asyncio.gather(*sent, return_exceptions=True)
    assert first == again
    assert isinstance(elsewhere, Conflict)
    assert await run_in_reader(Message.objects.count) == 1


async def test_only_new_messages_are_published(writer: Writer, mina: Any, general: Any, received: list[Event]) -> None:
    await writer.send(draft(mina, general))  # by then, all events of the room's creation have been received
    await writer.idle()
    received.clear()
    key = uuid4()
    text = await writer.send(draft(mina, general, key=key))
    await writer.idle()
    assert len(received) == 1
    assert isinstance(received[0], RoomChanged)
    assert [item.text for item in received[0].messages] == [text]
    await writer.send(draft(mina, general, key=key))
    await writer.idle()
    assert len(received) == 1


async def test_while_the_database_is_away_sends_get_unavailable_and_later_sends_work(
    writer: Writer, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    key = uuid4()

    def away(drafts: Any) -> Any:
        raise OperationalError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(module, "send_batch", away)
        with pytest.raises(Unavailable):
            await writer.send(draft(mina, general, key=key))
        with pytest.raises(Unavailable):
            await writer.send(draft(mina, general, key=key))
        assert storing.reason == "OperationalError"
    assert json.loads(await writer.send(draft(mina, general, key=key)))["position"] == 1
    assert storing.reason == ""
    said = [record for record in caplog.records if record.name == "chat.live.outage"]
    assert [record.getMessage().split(":")[0].split(",")[0] for record in said] == [
        "Messages cannot be stored",
        "Messages are stored again",
    ]
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_lost_connection_is_replaced_and_nothing_is_doubled(
    writer: Writer, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after COMMIT, before anybody could learn of it."""
    send_batch, broken = group_commit.send_batch, list[bool]()

    def breaks_once(drafts: Any) -> Any:
        sent = send_batch(drafts)
        if not broken:
            broken.append(True)
            connection.close()
            raise OperationalError("server closed the connection unexpectedly")
        return sent

    monkeypatch.setattr(module, "send_batch", breaks_once)
    assert json.loads(await writer.send(draft(mina, general)))["position"] == 1
    assert await run_in_reader(Message.objects.count) == 1


async def test_a_full_queue_refuses_and_stores_what_it_took(
    writer: Writer, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUEUE_MESSAGES", 3)
    sent = [writer.send(draft(mina, general)) for _ in range(5)]
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [str, str, str, Unavailable, Unavailable]


async def test_idle_means_that_all_is_stored_and_answered(writer: Writer, mina: Any, general: Any) -> None:
    await writer.idle()
    sent = [writer.send(draft(mina, general)) for _ in range(30)]
    await writer.idle()
    assert all(one.done() for one in sent)
    assert await run_in_reader(Message.objects.count) == 30


async def test_a_sender_who_no_longer_waits_holds_nobody_up(writer: Writer, mina: Any, general: Any) -> None:
    gone = writer.send(draft(mina, general))
    gone.cancel()
    assert json.loads(await writer.send(draft(mina, general)))["position"] == 2


# --- on PostgreSQL, where the event loop waits for the database itself ------------------------------------------------


@pytest.fixture
async def busy(writer: Writer, mina: Any, general: Any) -> Writer:
    """A writer that has stored a message: the event loop uses the thread's connection by now."""
    await writer.send(draft(mina, general))
    return writer


async def backend_of(writer: Writer) -> int:
    """The server process that the writer is connected to."""
    (row,) = (await pipeline.transact_on_loop(writer._connection, [Statement("SELECT pg_backend_pid()")], list))[0]
    return int(row[0])


@pytest.mark.postgresql
async def test_once_connected_the_writer_needs_no_thread(
    busy: Writer, mina: Any, general: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing, key = ThreadPoolExecutor(1), uuid4()
    refusing.shutdown()
    with monkeypatch.context() as patched:
        patched.setattr(busy, "_thread", refusing)
        text = await busy.send(draft(mina, general, key=key))
    assert json.loads(text)["position"] == 2
    assert await busy.send(draft(mina, general, key=key)) == text


@pytest.mark.postgresql
async def test_a_used_key_does_not_wait_for_the_readers(busy: Writer, mina: Any, joon: Any, general: Any) -> None:
    key, go_on = uuid4(), threading.Event()
    text = await busy.send(draft(mina, general, key=key))
    readers = [asyncio.create_task(run_in_reader(go_on.wait, 60)) for _ in range(READER_THREADS)]
    await asyncio.sleep(0)
    again, new = busy.send(draft(mina, general, key=key)), busy.send(draft(joon, general))
    assert await again == text
    assert json.loads(await new)["position"] == 3
    go_on.set()
    await asyncio.gather(*readers)


@pytest.mark.postgresql
async def test_if_the_message_of_a_used_key_cannot_be_read_the_rest_of_its_batch_is_published(
    busy: Writer,
    mina: Any,
    joon: Any,
    general: Any,
    received: list[Event],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = uuid4()
    text = await busy.send(draft(mina, general, key=key))
    await busy.idle()
    received.clear()

    def unavailable(outcomes: Any) -> Any:
        raise OperationalError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(module, "known_messages", unavailable)
        again, new = busy.send(draft(mina, general, key=key)), busy.send(draft(joon, general))
        with pytest.raises(Unavailable):
            await again
        sent = await new
    await busy.idle()
    assert [item.text for event in received if isinstance(event, RoomChanged) for item in event.messages] == [sent]
    assert await busy.send(draft(mina, general, key=key)) == text
    assert "Could not read" in caplog.text


@pytest.mark.postgresql
async def test_a_connection_that_was_lost_meanwhile_is_replaced(
    busy: Writer, mina: Any, general: Any, caplog: pytest.LogCaptureFixture
) -> None:
    pid = await backend_of(busy)
    with outside() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert json.loads(await busy.send(draft(mina, general)))["position"] == 2
    assert json.loads(await busy.send(draft(mina, general)))["position"] == 3
    assert await backend_of(busy) != pid
    assert "was not stored" not in caplog.text


@pytest.mark.postgresql
async def test_a_connection_that_is_lost_while_a_batch_waits_costs_nothing_and_doubles_nothing(
    busy: Writer, mina: Any, general: Any
) -> None:
    pid = await backend_of(busy)
    with outside(autocommit=False) as other, outside() as watching:
        other.execute("SELECT 1 FROM chat_room FOR UPDATE")
        sent = [busy.send(draft(mina, general)) for _ in range(3)]
        await asyncio.to_thread(until, lambda: is_blocked(watching))
        watching.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        other.rollback()
        positions = [json.loads(text)["position"] for text in await asyncio.gather(*sent)]
    assert positions == [2, 3, 4]
    assert await run_in_reader(Message.objects.count) == 4


@pytest.mark.postgresql
async def test_a_key_that_another_process_stores_at_the_same_time_is_refused_and_the_rest_is_stored(
    busy: Writer, mina: Any, general: Any, founders: Any
) -> None:
    key = uuid4()
    with outside(autocommit=False) as other, outside() as watching:
        begin_to_store(other, room=founders.pk, author=mina.pk, key=key)
        sent = [busy.send(draft(mina, general, key=one)) for one in (uuid4(), key)]
        await asyncio.to_thread(until, lambda: is_blocked(watching))
        other.commit()
        stored, refused = await asyncio.gather(*sent, return_exceptions=True)
    assert isinstance(stored, str)
    assert json.loads(stored)["position"] == 2
    assert isinstance(refused, Conflict)


@pytest.mark.postgresql
async def test_a_batch_larger_than_any_buffer_is_stored_whole(busy: Writer, mina: Any, general: Any) -> None:
    bodies = [f"{number}" + "방" * (BODY_CHARS - 10) for number in range(100)]
    texts = await asyncio.gather(*(busy.send(draft(mina, general, body)) for body in bodies))
    assert [json.loads(text)["body"] for text in texts] == bodies
