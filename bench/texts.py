"""The texts of messages: most are plain, and some are marked up or mention a member of the room."""

from collections.abc import Callable

MEMBERS = 1_000
"""The people of the largest seeded room. Those of a load with more clients take turns."""

MARKED_EVERY = 10
"""One message of this many is marked up or mentions somebody, as the promises assume."""

CHARACTERS = 100
FILLER = " The kettle is on, come in, sit down by the warm end of the floor and tell us what the road was like."


def username(client: int) -> str:
    """The username of the person whom this client is signed in as."""
    return f"person{client % MEMBERS}"


def text_of(mark: str, number: int, *, member: str, marked_every: int = MARKED_EVERY) -> str:
    """The text of the message with this number: CHARACTERS of ASCII that begin with `mark`.

    `marked_every` is 0 for plain texts only. Texts with markup differ in kind by their number.
    """
    is_marked = marked_every > 0 and number % marked_every == 0
    rest = MARKED[number // marked_every % len(MARKED)](member) if is_marked else ""
    return (mark + rest + FILLER)[:CHARACTERS]


def mention(member: str) -> str:
    """A mention in a text that is plain otherwise."""
    return f" @{member} your turn to make tea."


def emphasis(_member: str) -> str:
    """Bold and code."""
    return " The **kettle** is on: run `make tea` and *sit down*."


def items(_member: str) -> str:
    """A list."""
    return " for tea:\n- a **warm** floor\n- cups\n- `water`\n\n"


def fence(_member: str) -> str:
    """A block of code."""
    return " look:\n```python\nkettle.boil(water)\n```\n"


MARKED: tuple[Callable[[str], str], ...] = (emphasis, mention, items, fence)
