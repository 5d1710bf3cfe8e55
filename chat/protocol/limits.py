"""The numbers that both sides of the wire must agree on."""

from pydantic import BaseModel

FRAME_BYTES = 64 * 1024
"""Largest frame a client may send, in bytes of UTF-8."""

OUTBOUND_FRAME_BYTES = 512 * 1024
"""Largest frame the server sends, in bytes. Daphne ends a connection that is sent more than 1 MiB."""

ROOMS_FRAME_BYTES = 64 * 1024
"""Most bytes of rooms in one `rooms` frame, and in one page."""

MEMBERS_IN_FRAME = 500
"""Most members in one frame; where a room has more, the others follow at once in frames of their own."""

HISTORY_PAGE = 100
"""Most messages in one page."""

DEFAULT_PAGE = 50
"""Messages in a page when the client names no limit."""

RESUME_CHANGES = 500
"""A client that missed more changes than this starts over instead of replaying them."""

HEARTBEAT_SECONDS = 25
"""How often a client sends `ping`."""

SILENCE_SECONDS = 90
"""A socket that says nothing for so long is dead. Browsers run the timers of hidden tabs only once a minute."""

TYPING_INTERVAL_SECONDS = 3
"""`typing` of one person in one room is passed on at most this often."""

TYPING_EXPIRY_SECONDS = 10
"""After this long a client stops showing that somebody types."""

REF_CHARS = 64
"""Longest `ref` that is a string."""


class Rate(BaseModel):
    """How fast one person may send: messages per second in the long run, and at most so many at once."""

    per_second: float
    burst: int


class Limits(BaseModel):
    """The limits that a client should know, in `hello` and `limits`."""

    frame_bytes: int
    body_chars: int
    history_page: int
    heartbeat_seconds: int
    rate: Rate

    def encode(self) -> str:
        """JSON text."""
        return self.model_dump_json()
