"""Who is in the demo, and where they talk. What they say is in `talk/`, one file a room."""

from dataclasses import dataclass, field
from pathlib import Path

TALK = Path(__file__).parent / "talk"

SPACE_NAME = "Maple Studio"
EMAIL_DOMAIN = "maple.example"
"""The addresses by which a demo is known again. No mail ever reaches a domain below .example (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the team."""

    username: str
    name: str

    @property
    def email(self) -> str:
        """Their address, at which nothing arrives."""
        return f"{self.username}@{EMAIL_DOMAIN}"


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """A room and who is in it; the first of `people` owns it. `talk` names its file."""

    talk: str
    name: str
    topic: str
    people: tuple[str, ...]
    kind: str = "public"
    archived: bool = False
    moderators: tuple[str, ...] = field(default=())


OWNER = Person("mina", "Mina Kim")
"""Owns the space; whoever tries the demo signs in as her."""

OTHERS = (
    Person("joon", "Joon Lee"),
    Person("ada", "Ada Okafor"),
    Person("seojun", "서준 Park"),
    Person("sofia", "Sofia Reyes"),
    Person("haeun", "최하은"),
)
PEOPLE = (OWNER, *OTHERS)
EVERYBODY = tuple(person.username for person in PEOPLE)

GENERAL = DemoRoom("general", "General", "Everything that concerns all of us", EVERYBODY, moderators=("ada",))
"""The room that comes with every space."""

ROOMS = (
    GENERAL,
    DemoRoom("launch", "Launch week", "Dates, blockers, decisions", EVERYBODY),
    DemoRoom(
        "design",
        "디자인 이야기",
        "화면과 글자, 색과 빈칸",
        ("ada", "mina", "seojun", "sofia", "haeun"),
    ),
    DemoRoom("founders", "Founders", "The three of us", ("mina", "joon", "ada"), kind="private"),
    DemoRoom("random", "Random", "Rolls, rain and the rubber tree", EVERYBODY),
    DemoRoom(
        "beta",
        "Beta feedback",
        "What the studios wrote, one message each",
        ("haeun", "mina", "joon", "ada", "sofia", "seojun"),
        archived=True,
    ),
)
