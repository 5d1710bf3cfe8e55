"""Limits on which server and clients must agree."""

from pydantic import BaseModel

FRAME_BYTES = 64 * 1024
"""Largest frame a client may send, in bytes of UTF-8."""

OUTBOUND_FRAME_BYTES = 512 * 1024
"""Largest frame that the server sends, in bytes. Daphne closes a connection on which more than 1 MiB is sent."""

ROOMS_FRAME_BYTES = 64 * 1024
"""Most bytes of rooms in one `rooms` frame, and in one page."""

MEMBERS_IN_FRAME = 500
"""Most members in one frame; the other members of a larger room follow at once in frames of their own."""

HISTORY_PAGE = 100
"""Most messages in one page."""

DEFAULT_PAGE = 50
"""Messages in a page when the client names no limit."""

RESUME_CHANGES = 500
"""A client that missed more changes than this is reset instead of replaying them."""

HEARTBEAT_SECONDS = 25
"""How often a client sends `ping`."""

SILENCE_SECONDS = 90
"""A socket that is silent for this long is dead. Browsers run the timers of hidden tabs only once a minute."""

TYPING_INTERVAL_SECONDS = 3
"""`typing` of one person in one room is passed on at most this often."""

TYPING_EXPIRY_SECONDS = 10
"""A client shows that somebody is typing for this long."""

PERSON_COMMANDS_PER_SECOND = 50
PERSON_COMMANDS_BURST = 250
"""The rate at which all connections of one person together may send commands of any kind."""

REACTIONS_PER_MINUTE = 120
"""Most reactions that a person may add or take back in a minute."""

MENTIONS_READ_PER_MINUTE = 120
"""How often a person may mark mentions as read in a minute."""

VERSIONS_PER_MINUTE = 60
"""Most messages whose former texts a person may read in a minute."""

PINS_PER_MINUTE = 30
"""Most messages that a person may pin or unpin in a minute."""

NEW_DIRECT_ROOMS_PER_HOUR = 60
"""Most direct rooms that a person may create in an hour."""

SHOWN_PEOPLE = 300
"""Most people whose presence a client may subscribe to."""

SHOW_PEOPLE_PER_MINUTE = 120
"""How often a person may name, in a minute, the people whom their clients show."""

STATUSES_PER_MINUTE = 20
"""How often a person may set their status in a minute."""

VOTES_PER_MINUTE = 60
"""How often a person may vote in a minute."""

POLLS_PER_HOUR = 30
"""Most polls that a person may send in an hour."""

TIME_CHARS = 40
"""Longest time, as text."""

REPORTS_PER_HOUR = 20
"""Most messages that a person may report in an hour."""

FOLLOWS_PER_MINUTE = 60
"""Most threads that a person may follow, or stop following, in a minute."""

FILES_PER_MESSAGE = 10
"""Most files that a message carries."""

REF_CHARS = 64
"""Longest `ref` that is a string."""


class Rate(BaseModel):
    """How fast one person may do something: times per second in the long run, and at most this many at once."""

    per_second: float
    burst: int


class Limits(BaseModel):
    """The limits that a client should know, sent in `hello` and `limits`.

    `rate` is that of messages and edits, `commands` that of commands of any kind. `file_bytes` is the size of the
    largest file, 0 if messages carry none.
    """

    frame_bytes: int
    body_chars: int
    history_page: int
    heartbeat_seconds: int
    rate: Rate
    commands: Rate
    reactions_per_minute: int
    versions_per_minute: int
    mentions_read_per_minute: int
    pins_per_minute: int
    votes_per_minute: int
    reports_per_hour: int
    follows_per_minute: int
    file_bytes: int
    files_per_message: int

    def encode(self) -> str:
        """JSON text."""
        return self.model_dump_json()
