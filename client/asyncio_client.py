"""The client for asyncio."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from .codes import CLOSED_ABNORMALLY, DISCONNECTED, RATE_LIMITED
from .connecting import MOST_EVENTS, options, retry_after, room_id, socket_address, wait_seconds
from .errors import CommandError, EventsLostError, StoppedError, UnknownRoomError
from .events import ActRefused, ActStored, Answer, Disconnected, Event, MessageArrived, Refused, Stored, Versions
from .outbox import Act, new_key
from .protocol import ClientProtocol
from .requests import Outcome
from .room import Room
from .shapes import Message, Version

RETRY_SECONDS = 1.0


class Client:
    """
    One person's client, connected until the block ends.

        async with Client(site, sign_in(site, username, password)) as client:
            room = await client.open(await client.room("general"))
            async for message in client.messages():
                await client.say(message.room, f"You said: {message.body}")

    It reconnects automatically. Its methods wait for a connection, and raise StoppedError if it must not reconnect.
    """

    def __init__(self, site: str, cookie: str, *, protocol: ClientProtocol | None = None, **more: Any) -> None:
        """`cookie` is the result of `sign_in`; `more` is passed to `connect` of the websockets library."""
        self.protocol = protocol or ClientProtocol()
        self._address = socket_address(site)
        self._options = options(cookie) | more
        self._socket: ClientConnection | None = None
        self._happened = asyncio.Condition()
        self._sending = asyncio.Lock()
        self._outcomes: dict[int, Outcome | None] = {}
        self._acts: dict[Act, ActStored | ActRefused | None] = {}
        self._queues: list[deque[Event]] = []
        self._failure: Exception | None = None
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        try:
            await self._until_live()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    # --- what a person does ------------------------------------------------------------------------------------------

    async def room(self, slug: str) -> Room:
        """The person's room with this slug. Raises UnknownRoomError."""
        await self.until(lambda: self.protocol.state.are_rooms_known)
        room = self.protocol.state.by_slug(slug)
        if room is None:
            raise UnknownRoomError(f"You are in no room called {slug}.")
        return room

    async def open(self, room: Room | int) -> Room:
        """Open a room and keep it open; returns it once it is complete. Raises CommandError if it is refused."""
        wanted = room_id(room)
        self.protocol.open(wanted)
        await self._flush()
        await self.until(lambda: self.protocol.sync.is_complete(wanted) or wanted not in self.protocol.sync.rooms)
        if wanted not in self.protocol.sync.rooms:
            raise UnknownRoomError("This room does not exist, or is not yours to see.")
        return self.protocol.state.rooms[wanted]

    async def close(self, room: Room | int) -> None:
        """Stop keeping a room open."""
        self.protocol.close(room_id(room))
        await self._flush()

    async def say(self, room: Room | int, body: str, **more: Any) -> Message:
        """Send a message, as often as necessary; returns once it is stored. Raises CommandError.

        `more` is what `ClientProtocol.say` takes: `key`, `reply_to`, `thread`, `also_in_room` and `files`.
        """
        return await self._stored(self.protocol.say(room_id(room), body, **more))

    async def edit(self, message: int, body: str) -> Message:
        """Change the text of a message, by its id. Raises CommandError."""
        return await self._stored(self.protocol.edit(message, body))

    async def delete(self, message: int) -> None:
        """Delete a message, by its id. Raises CommandError."""
        await self._settled(self.protocol.delete(message))

    async def react(self, message: int, emoji: str, *, on: bool = True) -> Message:
        """React to a message, by its id, or take the reaction back. Raises CommandError."""
        return await self._stored(self.protocol.react(message, emoji, on=on))

    async def write(
        self, people: Iterable[int], body: str, *, key: str | None = None, files: Iterable[str] = ()
    ) -> Message:
        """Send a message to these people directly, by their ids. Raises CommandError."""
        more = {"files": list(files)} if files else {}
        answer = await self.request("direct", people=list(people), key=key or new_key(), body=body, **more)
        assert isinstance(answer, Stored)  # noqa: S101
        return answer.message

    async def vote(self, message: int, *choices: int) -> Message:
        """Vote in the poll of a message, by its id, for exactly these choices, by number. Raises CommandError."""
        answer = await self.request("vote", message=message, choices=choices)
        assert isinstance(answer, Stored)  # noqa: S101
        return answer.message

    async def versions(self, message: int) -> tuple[Version, ...]:
        """The texts of a message, by its id, oldest first; the last one is its current text. Raises CommandError."""
        answer = await self.request("versions", message=message)
        assert isinstance(answer, Versions)  # noqa: S101
        return answer.versions

    async def request(self, type_: str, **fields: Any) -> Answer:
        """Send any other command; after `rate_limited`, wait and retry. Raises CommandError."""
        while True:
            await self._until_live()
            outcome = await self._outcome(self.protocol.ask({"type": type_, **fields}))
            if isinstance(outcome, Answer):
                return outcome
            if outcome.refusal.code == RATE_LIMITED:
                await asyncio.sleep(outcome.refusal.retry_after or RETRY_SECONDS)
            elif outcome.refusal.code != DISCONNECTED:
                raise CommandError(outcome.refusal)

    async def join(self, room: int) -> Room:
        """Join a public room, by its id. Raises CommandError."""
        await self.request("join", room=room)
        return self.protocol.state.rooms[room]

    async def older(self, room: Room | int) -> bool:
        """Read the page of messages before those held. Returns whether there was one."""
        held = self.protocol.state.rooms[room_id(room)]
        if not held.has_older:
            return False
        await self._until_live()
        return isinstance(await self._outcome(self.protocol.older(held.id)), Answer)

    async def events(self) -> AsyncGenerator[Event, None]:
        """All events from now on. Raises EventsLostError if the loop is too slow."""
        queue: deque[Event] = deque()
        self._queues.append(queue)
        try:
            while True:
                await self.until(lambda: bool(queue))
                yield queue.popleft()
                if len(queue) > MOST_EVENTS:
                    raise EventsLostError(f"The loop over the events is {MOST_EVENTS} behind.")
        finally:
            self._queues.remove(queue)

    async def messages(self) -> AsyncGenerator[Message, None]:
        """New messages of others in open rooms, without system lines."""
        me = self.protocol.state.me
        async with contextlib.aclosing(self.events()) as events:
            async for event in events:
                if not isinstance(event, MessageArrived) or event.message.kind != "text":
                    continue
                if me is None or event.message.author != me.id:
                    yield event.message

    # --- waiting -----------------------------------------------------------------------------------------------------

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until a condition holds, such as one on `protocol.state`; it is checked after every event."""
        async with self._happened:
            while not is_so():
                if self._failure is not None:
                    raise self._failure
                await self._happened.wait()

    async def _until_live(self) -> None:
        await self.until(lambda: self.protocol.is_live)

    async def _outcome(self, ref: int | None) -> Outcome:
        assert ref is not None  # noqa: S101  # the caller has waited for the connection
        self._outcomes[ref] = None
        try:
            await self._flush()
            await self.until(lambda: self._outcomes[ref])
        finally:
            outcome = self._outcomes.pop(ref)
        assert outcome is not None  # noqa: S101
        return outcome

    async def _settled(self, act: Act) -> Message | None:
        self._acts[act] = None
        try:
            await self._flush()
            await self.until(lambda: self._acts[act])
        finally:
            outcome = self._acts.pop(act)
        if isinstance(outcome, ActRefused):
            raise CommandError(outcome.refusal)
        return outcome.message if outcome else None

    async def _stored(self, act: Act) -> Message:
        message = await self._settled(act)
        assert message is not None  # noqa: S101  # only a deletion gives none
        return message

    # --- the connection ----------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        """Stay connected until the client must not reconnect. Errors are raised in the waiting methods."""
        try:
            await self._stay_connected()
        except Exception as error:  # noqa: BLE001
            self._failure = error
            await self._take([])

    async def _stay_connected(self) -> None:
        delay = self.protocol.reconnect_delay
        while delay is not None:
            await asyncio.sleep(delay)
            code, pause = await self._connection()
            await self._take(self.protocol.closed(code, retry_after=pause))
            delay = self.protocol.reconnect_delay

    async def _connection(self) -> tuple[int, float]:
        """Connect, and run until the connection ends. Returns its close code, and the seconds of `Retry-After`."""
        self.protocol.connecting()
        try:
            async with connect(self._address, **self._options) as self._socket:
                return await self._serve(self._socket), 0.0
        except (OSError, InvalidHandshake, TimeoutError) as error:
            return CLOSED_ABNORMALLY, retry_after(error)
        finally:
            self._socket = None

    async def _serve(self, socket: ClientConnection) -> int:
        try:
            while not self.protocol.is_dead:
                await self._take(await self._step(socket))
                await self._flush()
        except ConnectionClosed:
            return socket.close_code or CLOSED_ABNORMALLY
        return CLOSED_ABNORMALLY

    async def _step(self, socket: ClientConnection) -> list[Event]:
        """Wait for a frame, or until something is due."""
        seconds = wait_seconds(self.protocol)
        if not seconds:
            return self.protocol.wake()
        try:
            async with asyncio.timeout(seconds):
                text = await socket.recv()
        except TimeoutError:
            return self.protocol.wake()
        return self.protocol.receive(text)

    async def _flush(self) -> None:
        """Send outgoing frames in order."""
        async with self._sending:
            socket = self._socket
            for text in self.protocol.outgoing() if socket is not None else ():
                with contextlib.suppress(ConnectionClosed):
                    await socket.send(text)  # type: ignore[union-attr]

    async def _take(self, events: list[Event]) -> None:
        async with self._happened:
            for event in events:
                self._note(event)
            self._happened.notify_all()

    def _note(self, event: Event) -> None:
        if isinstance(event, Answer | Refused) and event.ref in self._outcomes:
            self._outcomes[event.ref] = event
        elif isinstance(event, ActStored | ActRefused) and event.act in self._acts:
            self._acts[event.act] = event
        elif isinstance(event, Disconnected) and event.retry_in is None:
            self._failure = StoppedError(event.code)
        for queue in self._queues:
            if len(queue) <= MOST_EVENTS:
                queue.append(event)
