"""The part of a person's events that a token for some of their rooms may read."""

import re
from collections.abc import Awaitable
from dataclasses import replace

from chat.live.transport import Transport, WriteNow
from chat.queries.credentials import Credential
from chat.queries.sessions import ConnectState
from chat.queries.tokens import TokenCredential

ABOUT_ROOM = re.compile(r'\{"type":"[a-z_]{1,20}","room":(?:\{"id":)?([0-9]{1,16})')
ABOUT_ALL_ROOMS = ('{"type":"me_changes"', '{"type":"presence"')
"""Frames about the person rather than a room."""


class LimitedTransport:
    """Passes on only frames about some rooms, and those about no room."""

    __slots__ = ("_rooms", "_transport", "_write_now", "write_now")

    def __init__(self, transport: Transport, rooms: set[int]) -> None:
        self._transport = transport
        self._rooms = rooms
        self._write_now = transport.write_now
        self.write_now: WriteNow | None = None if self._write_now is None else self._now

    def _now(self, text: str) -> bool:
        return not self._passes(text) or self._write_now(text)  # type: ignore[misc]

    async def send(self, text: str) -> None:
        """Send a frame, if it passes."""
        if self._passes(text):
            await self._transport.send(text)

    def close(self, code: int) -> Awaitable[None]:
        """Close the connection."""
        return self._transport.close(code)

    def _passes(self, text: str) -> bool:
        if text.startswith(ABOUT_ALL_ROOMS):
            return False
        found = ABOUT_ROOM.match(text)
        return found is None or int(found[1]) in self._rooms


def limit_of(credential: Credential) -> set[int] | None:
    """The rooms to which a credential is limited; None if it is not."""
    if isinstance(credential, TokenCredential) and credential.rooms is not None:
        return set(credential.rooms)
    return None


def limited(transport: Transport, limit: set[int] | None) -> Transport:
    """A transport that passes on only frames about these rooms; the same one for None."""
    return transport if limit is None else LimitedTransport(transport, limit)


def within(state: ConnectState, limit: set[int] | None) -> ConnectState:
    """The part of what a person has that concerns these rooms; all of it for None."""
    return state if limit is None else replace(state, rooms=[room for room in state.rooms if room.id in limit])
