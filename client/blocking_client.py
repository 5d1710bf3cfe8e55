"""The client for programs without asyncio."""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Any, Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from .codes import CLOSED_ABNORMALLY, DISCONNECTED, RATE_LIMITED
from .connecting import MOST_EVENTS, options, retry_after, room_id, socket_address, wait_seconds
from .errors import CommandError, EventsLostError, StoppedError, UnknownRoomError
from .events import ActRefused, ActStored, Answer, Event, MessageArrived, Refused, Stored, Versions
from .outbox import Act, new_key
from .protocol import ClientProtocol
from .requests import Outcome
from .room import Room
from .shapes import Message, Version

RETRY_SECONDS = 1.0


class BlockingClient:
    """
    One person's client, for one thread.

        with BlockingClient(site, sign_in(site, username, password)) as chat:
            chat.say(chat.room("general"), "Good morning!")

    It works only while one of its methods runs. If the server closes the connection in between, as it does after 90 s
    of silence, the next call resumes it. All methods raise StoppedError if the client must not reconnect.
    """

    def __init__(self, site: str, cookie: str, *, protocol: ClientProtocol | None = None, **more: Any) -> None:
        """`cookie` is the result of `sign_in`; `more` is passed to `connect` of the websockets library."""
        self.protocol = protocol or ClientProtocol()
        self._address = socket_address(site)
        self._options = options(cookie) | more
        self._socket: ClientConnection | None = None
        self._closing = contextlib.ExitStack()
        self._events: deque[Event] | None = None
        self._outcomes: dict[int, Outcome | None] = {}
        self._acts: dict[Act, ActStored | ActRefused | None] = {}

    def __enter__(self) -> Self:
        try:
            self.until(lambda: self.protocol.is_live)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._socket = None
        self._closing.close()

    # --- what a person does ------------------------------------------------------------------------------------------

    def room(self, slug: str) -> Room:
        """The person's room with this slug. Raises UnknownRoomError."""
        self.until(lambda: self.protocol.state.are_rooms_known)
        room = self.protocol.state.by_slug(slug)
        if room is None:
            raise UnknownRoomError(f"You are in no room called {slug}.")
        return room

    def open(self, room: Room | int) -> Room:
        """Open a room and keep it open; returns it once it is complete."""
        wanted = room_id(room)
        self.protocol.open(wanted)
        self.until(lambda: self.protocol.sync.is_complete(wanted) or wanted not in self.protocol.sync.rooms)
        if wanted not in self.protocol.sync.rooms:
            raise UnknownRoomError("This room does not exist, or is not yours to see.")
        return self.protocol.state.rooms[wanted]

    def close(self, room: Room | int) -> None:
        """Stop keeping a room open."""
        self.protocol.close(room_id(room))
        self._flush()

    def say(self, room: Room | int, body: str, **more: Any) -> Message:
        """Send a message, as often as necessary; returns once it is stored. Raises CommandError.

        `more` is what `ClientProtocol.say` takes: `key`, `reply_to`, `thread`, `also_in_room` and `files`.
        """
        return self._stored(self.protocol.say(room_id(room), body, **more))

    def edit(self, message: int, body: str) -> Message:
        """Change the text of a message, by its id. Raises CommandError."""
        return self._stored(self.protocol.edit(message, body))

    def delete(self, message: int) -> None:
        """Delete a message, by its id. Raises CommandError."""
        self._settled(self.protocol.delete(message))

    def react(self, message: int, emoji: str, *, on: bool = True) -> Message:
        """React to a message, by its id, or take the reaction back. Raises CommandError."""
        return self._stored(self.protocol.react(message, emoji, on=on))

    def write(self, people: Iterable[int], body: str, *, key: str | None = None, files: Iterable[str] = ()) -> Message:
        """Send a message to these people directly, by their ids. Raises CommandError."""
        more = {"files": list(files)} if files else {}
        answer = self.request("direct", people=list(people), key=key or new_key(), body=body, **more)
        assert isinstance(answer, Stored)  # noqa: S101
        return answer.message

    def vote(self, message: int, *choices: int) -> Message:
        """Vote in the poll of a message, by its id, for exactly these choices, by number. Raises CommandError."""
        answer = self.request("vote", message=message, choices=choices)
        assert isinstance(answer, Stored)  # noqa: S101
        return answer.message

    def versions(self, message: int) -> tuple[Version, ...]:
        """The texts of a message, by its id, oldest first; the last one is its current text. Raises CommandError."""
        answer = self.request("versions", message=message)
        assert isinstance(answer, Versions)  # noqa: S101
        return answer.versions

    def request(self, type_: str, **fields: Any) -> Answer:
        """Send any other command; after `rate_limited`, wait and retry. Raises CommandError."""
        while True:
            self.until(lambda: self.protocol.is_live)
            outcome = self._outcome(self.protocol.ask({"type": type_, **fields}))
            if isinstance(outcome, Answer):
                return outcome
            if outcome.refusal.code == RATE_LIMITED:
                self._pause(outcome.refusal.retry_after or RETRY_SECONDS)
            elif outcome.refusal.code != DISCONNECTED:
                raise CommandError(outcome.refusal)

    def join(self, room: int) -> Room:
        """Join a public room, by its id. Raises CommandError."""
        self.request("join", room=room)
        return self.protocol.state.rooms[room]

    def older(self, room: Room | int) -> bool:
        """Read the page of messages before those held. Returns whether there was one."""
        held = self.protocol.state.rooms[room_id(room)]
        if not held.has_older:
            return False
        self.until(lambda: self.protocol.is_live)
        return isinstance(self._outcome(self.protocol.older(held.id)), Answer)

    def events(self) -> Generator[Event, None, None]:
        """All events from now on. Raises EventsLostError if the loop is too slow.

        Only one such loop may run at a time.
        """
        queue: deque[Event] = deque()
        self._events = queue
        try:
            while True:
                self.until(lambda: queue)
                yield queue.popleft()
                if len(queue) > MOST_EVENTS:
                    raise EventsLostError(f"The loop over the events is {MOST_EVENTS} behind.")
        finally:
            self._events = None

    def messages(self) -> Generator[Message, None, None]:
        """New messages of others in open rooms, without system lines."""
        me = self.protocol.state.me
        with contextlib.closing(self.events()) as events:
            for event in events:
                if not isinstance(event, MessageArrived) or event.message.kind != "text":
                    continue
                if me is None or event.message.author != me.id:
                    yield event.message

    # --- waiting -----------------------------------------------------------------------------------------------------

    def _outcome(self, ref: int | None) -> Outcome:
        assert ref is not None  # noqa: S101  # the caller has waited for the connection
        self._outcomes[ref] = None
        try:
            self.until(lambda: self._outcomes[ref])
        finally:
            outcome = self._outcomes.pop(ref)
        assert outcome is not None  # noqa: S101
        return outcome

    def _settled(self, act: Act) -> Message | None:
        self._acts[act] = None
        try:
            self.until(lambda: self._acts[act])
        finally:
            outcome = self._acts.pop(act)
        if isinstance(outcome, ActRefused):
            raise CommandError(outcome.refusal)
        return outcome.message if outcome else None

    def _stored(self, act: Act) -> Message:
        message = self._settled(act)
        assert message is not None  # noqa: S101  # only a deletion gives none
        return message

    def _pause(self, seconds: float) -> None:
        """Wait, and process frames in the meantime."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end)

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait until a condition holds, such as one on `protocol.state`; it is checked after every event."""
        while not is_so():
            if self._socket is None:
                self._connect()
            else:
                self._step(self._socket)

    # --- the connection ----------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        """Wait for the protocol's reconnect delay, and try to connect once."""
        if self.protocol.reconnect_delay is None:
            raise StoppedError(self.protocol.closed_with)
        time.sleep(self.protocol.reconnect_delay)
        self.protocol.connecting()
        try:
            self._socket = self._closing.enter_context(connect(self._address, **self._options))
        except (OSError, InvalidHandshake, TimeoutError) as error:
            self._ended(CLOSED_ABNORMALLY, retry_after(error))

    def _step(self, socket: ClientConnection) -> None:
        """Send outgoing frames; then wait for a frame, or until something is due."""
        self._flush()
        seconds = wait_seconds(self.protocol)
        try:
            self._take(self.protocol.receive(socket.recv(seconds)) if seconds else self.protocol.wake())
        except TimeoutError:
            self._take(self.protocol.wake())
        except ConnectionClosed:
            self._ended(socket.close_code or CLOSED_ABNORMALLY)
        else:
            self._flush()
        if self.protocol.is_dead:
            self._ended(CLOSED_ABNORMALLY)

    def _flush(self) -> None:
        if self._socket is not None:
            for text in self.protocol.outgoing():
                with contextlib.suppress(ConnectionClosed):
                    self._socket.send(text)

    def _ended(self, code: int, pause: float = 0.0) -> None:
        self._socket = None
        self._closing.close()
        self._take(self.protocol.closed(code, retry_after=pause))

    def _take(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Answer | Refused) and event.ref in self._outcomes:
                self._outcomes[event.ref] = event
            elif isinstance(event, ActStored | ActRefused) and event.act in self._acts:
                self._acts[event.act] = event
            if self._events is not None and len(self._events) <= MOST_EVENTS:
                self._events.append(event)
