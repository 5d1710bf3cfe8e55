"""Frames are written at once while the transport takes them, wait in order while it does not, and are bounded."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.live.connection import OUTBOX_BYTES, OUTBOX_FRAMES, Connection, Frame
from chat.protocol.errors import CloseCode
from tests.harness.transports import FunctionTransport, some_credential

pytestmark = pytest.mark.once

SOON_SECONDS = 5


class Socket:
    """A transport that takes what is sent while it is open, and else makes the sender wait."""

    write_now: Any = None

    def __init__(self, *, is_open: bool = True) -> None:
        self.sent: list[Any] = []
        self.cancelled = 0
        self._opened = asyncio.Event()
        if is_open:
            self._opened.set()

    async def send(self, text: str) -> None:
        await self._taken()
        self.sent.append(text)

    async def close(self, code: int) -> None:
        await self._taken()
        self.sent.append(code)

    async def _taken(self) -> None:
        try:
            if not self._opened.is_set():
                await self._opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    def open(self) -> None:
        self._opened.set()

    def shut(self) -> None:
        self._opened.clear()


def connection(transport: Any) -> Connection:
    """A connection of a person who does not matter here, by a transport or by a function that sends."""
    if not isinstance(transport, Socket):
        transport = FunctionTransport(transport)
    return Connection(
        transport,
        id="c",
        person=None,  # type: ignore[arg-type]
        credential=some_credential(),
        language="en",
        now=0.0,
    )


async def until(condition: Any) -> None:
    """Wait for the loop to bring something about."""
    async with asyncio.timeout(SOON_SECONDS):
        while not condition():
            await asyncio.sleep(0)


def others() -> set[asyncio.Task[Any]]:
    """The tasks that run beside the test."""
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_a_socket_that_is_ready_is_written_to_within_the_call() -> None:
    socket = Socket()
    client = connection(socket)
    for text in "abc":
        client.push(Frame(text))
    assert socket.sent == ["a", "b", "c"]
    assert others() == set()


async def test_the_direct_write_of_the_server_is_used_if_it_is_ready_and_nothing_waits() -> None:
    socket = Socket(is_open=False)
    takes = [True, False, True]

    def write_now(text: str) -> bool:
        if taken := takes.pop(0):
            socket.sent.append(f"{text} now")
        return taken

    socket.write_now = write_now
    client = connection(socket)
    for text in "abc":
        client.push(Frame(text))
    assert socket.sent == ["a now"]
    assert takes == [True]  # c was not offered: it would have overtaken b
    socket.open()
    await client.flushed()
    client.push(Frame("d"))
    assert socket.sent == ["a now", "b", "c", "d now"]
    client.lost()
    client.push(Frame("e"))
    assert socket.sent == ["a now", "b", "c", "d now"]


async def test_what_a_full_socket_does_not_take_waits_and_is_sent_in_order() -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    for text in "abc":
        client.push(Frame(text))
    assert socket.sent == []
    assert client.waiting_bytes == 2
    socket.open()
    await client.flushed()
    client.push(Frame("d"))
    assert socket.sent == ["a", "b", "c", "d"]
    assert client.waiting_bytes == 0
    assert others() == set()


async def test_what_is_pushed_between_two_waits_keeps_its_place() -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    client.push(Frame("a"))
    client.push(Frame("b"))
    socket.open()
    client.push(Frame("c"))  # the task that drains has not had its turn yet
    await until(lambda: len(socket.sent) == 3)
    assert socket.sent == ["a", "b", "c"]


async def test_a_send_that_only_yields_to_the_loop_is_finished() -> None:
    sent = []

    async def send(text: str) -> None:
        await asyncio.sleep(0)
        sent.append(text)

    client = connection(send)
    for text in "abc":
        client.push(Frame(text))
    await client.flushed()
    assert sent == ["a", "b", "c"]


async def test_a_send_may_wait_several_times_for_different_things() -> None:
    sent, lock = list[str](), asyncio.Lock()

    async def send(text: str) -> None:
        async with lock:
            await asyncio.sleep(0)
            await asyncio.get_running_loop().run_in_executor(None, sent.append, text)

    client = connection(send)
    await lock.acquire()
    client.push(Frame("a"))
    client.push(Frame("b"))
    lock.release()
    await client.flushed()
    assert sent == ["a", "b"]
    assert not lock.locked()


async def test_a_send_may_be_any_awaitable() -> None:
    taken: list[asyncio.Future[None]] = []

    def send(text: str) -> asyncio.Future[None]:
        taken.append(asyncio.get_running_loop().create_future())
        return taken[-1]

    client = connection(send)
    client.push(Frame("a"))
    client.push(Frame("b"))
    taken[0].set_result(None)
    await until(lambda: len(taken) == 2)
    taken[1].set_result(None)
    await client.flushed()
    assert not client.is_closed


async def test_a_send_that_raises_at_once_ends_the_connection_and_nothing_else() -> None:
    attempts = []

    async def send(text: str) -> None:
        attempts.append(text)
        raise ConnectionResetError

    client = connection(send)
    client.push(Frame("a"))
    client.push(Frame("b"))
    assert client.is_closed
    assert attempts == ["a"]


async def test_a_send_that_raises_after_waiting_ends_the_connection_and_drops_what_waits() -> None:
    opened = asyncio.Event()

    async def send(text: str) -> None:
        await opened.wait()
        raise ConnectionResetError

    client = connection(send)
    client.push(Frame("a"))
    client.push(Frame("b"))
    opened.set()
    await until(lambda: client.is_closed)
    assert client.waiting_bytes == 0
    await until(lambda: others() == set())


async def test_closing_sends_the_code_and_nothing_after_it() -> None:
    socket = Socket()
    client = connection(socket)
    client.push(Frame("a"))
    client.close(CloseCode.SIGNED_OUT)
    client.push(Frame("b"))
    client.close(CloseCode.TOO_SLOW)
    await until(lambda: others() == set())
    assert socket.sent == ["a", 4401]


async def test_closing_does_not_wait_for_what_a_full_socket_has_not_taken() -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    client.push(Frame("a"))
    client.push(Frame("b"))
    await asyncio.sleep(0)
    client.close(CloseCode.DEACTIVATED)
    await until(lambda: socket.cancelled == 1)
    socket.open()
    await until(lambda: others() == set())
    assert socket.sent == [4403]


async def test_closing_before_a_waiting_send_had_its_turn_leaves_nothing_behind() -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    client.push(Frame("a"))
    client.close(CloseCode.DEACTIVATED)
    socket.open()
    await until(lambda: others() == set())
    assert socket.sent == [4403]


async def test_a_lost_socket_gets_nothing_any_more() -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    client.push(Frame("a"))
    client.push(Frame("b"))
    await asyncio.sleep(0)
    client.lost()
    socket.open()
    client.push(Frame("c"))
    await until(lambda: others() == set())
    assert socket.sent == []
    assert client.is_closed


async def test_a_socket_that_is_lost_while_it_closes_leaves_no_task() -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    client.close(CloseCode.TOO_SLOW)
    await asyncio.sleep(0)
    client.lost()
    await until(lambda: others() == set())


@pytest.mark.parametrize(("frames", "chars"), [(OUTBOX_FRAMES, 1), (8, OUTBOX_BYTES // 8)], ids=["frames", "bytes"])
async def test_an_outbox_takes_its_limit_and_closes_beyond_it(frames: int, chars: int) -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    client.push(Frame("in flight"))
    for _ in range(frames):
        client.push(Frame("x" * chars))
    was_closed = client.is_closed
    client.push(Frame("x"))
    assert (was_closed, client.is_closed) == (False, True)
    assert client.waiting_bytes == 0
    socket.open()
    await until(lambda: others() == set())
    assert socket.sent == [4408]


@pytest.mark.parametrize(
    ("frames", "chars"), [(OUTBOX_FRAMES // 2, 1), (4, OUTBOX_BYTES // 8)], ids=["frames", "bytes"]
)
async def test_a_half_full_outbox_takes_only_frames_that_may_not_be_dropped(frames: int, chars: int) -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    client.push(Frame("in flight"))
    for _ in range(frames - 1):
        client.push(Frame("x" * chars))
    client.push(Frame("y" * chars), droppable=True)
    client.push(Frame("dropped"), droppable=True)
    client.push(Frame("kept"))
    socket.open()
    await client.flushed()
    assert [text[0] for text in socket.sent] == ["i", *"x" * (frames - 1), "y", "k"]


async def test_space_in_the_outbox_is_freed_as_frames_are_written() -> None:
    socket = Socket(is_open=False)
    client = connection(socket)
    for number in range(OUTBOX_FRAMES + 1):
        client.push(Frame(str(number)))
    socket.open()
    await client.flushed()
    socket.shut()
    for number in range(OUTBOX_FRAMES + 1):
        client.push(Frame(str(number)))
    assert not client.is_closed
    client.lost()
    await until(lambda: others() == set())


async def test_one_stuck_reader_does_not_delay_another() -> None:
    stuck, fine = Socket(is_open=False), Socket()
    clients = [connection(stuck), connection(fine)]
    frame = Frame("a")
    for client in clients:
        client.push(frame)
    assert fine.sent == ["a"]
    clients[0].lost()
    await until(lambda: others() == set())


async def test_a_frame_is_the_same_text_object_for_every_connection() -> None:
    seen = []

    async def send(text: str) -> None:
        seen.append(text)

    frame = Frame("a")
    connection(send).push(frame)
    connection(send).push(frame)
    assert seen[0] is seen[1] is frame.text


@given(st.lists(st.sampled_from(["push", "open", "shut", "turn"]), max_size=60))
def test_whatever_the_socket_does_frames_keep_their_order(steps: list[str]) -> None:
    async def play() -> list[int]:
        socket = Socket()
        client = connection(socket)
        pushed = 0
        for step in steps:
            if step == "push":
                client.push(Frame(str(pushed)))
                pushed += 1
            elif step == "open":
                socket.open()
            elif step == "shut":
                socket.shut()
            else:
                await asyncio.sleep(0)
        socket.open()
        await client.flushed()
        assert [int(text) for text in socket.sent] == list(range(pushed))
        return socket.sent

    asyncio.run(play())
