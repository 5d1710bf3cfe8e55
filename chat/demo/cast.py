"""The people and rooms of the demo. Their messages are in `talk/`, one file per room."""

from dataclasses import dataclass, field
from pathlib import Path

TALK = Path(__file__).parent / "talk"
EMOJI = Path(__file__).parent / "emoji"
"""The images of the space's own emoji, which are named like them."""

SPACE_NAME = "Maple Studio"
EMAIL_DOMAIN = "maple.example"
"""The email domain by which a demo is recognised. No mail is ever delivered to a domain below .example (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the team, their time zone, and the emoji and text of their status."""

    username: str
    name: str
    zone: str = "Asia/Seoul"
    status: tuple[str, str] = ("", "")

    @property
    def email(self) -> str:
        """The person's address, to which no mail can be delivered."""
        return f"{self.username}@{EMAIL_DOMAIN}"


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """A room and its members; the first of `people` owns it. `talk` is the name of its file."""

    talk: str
    name: str
    topic: str
    people: tuple[str, ...]
    kind: str = "public"
    archived: bool = False
    guests: tuple[str, ...] = field(default=())
    moderators: tuple[str, ...] = field(default=())
    invited: tuple[str, ...] = field(default=())
    bots: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot of the owner, which posts to the rooms that name it."""

    username: str
    name: str
    description: str


OWNER = Person("mina", "Mina Kim", status=("🍵", "Writing the price page"))
"""The owner of the space, and the account for signing in to the demo."""

OTHERS = (
    Person("joon", "Joon Lee", status=("🎧", "Rehearsing the billing switch")),
    Person("ada", "Ada Okafor", zone="Australia/Melbourne", status=("🌊", "Heads down until noon, mine")),
    Person("seojun", "서준 Park", status=("🔧", "배포 점검 중")),
    Person("sofia", "Sofia Reyes", status=("🌴", "Away from Wednesday")),
    Person("haeun", "최하은"),
)
PEOPLE = (OWNER, *OTHERS)
GUESTS = (Person("dana", "Dana Ito"), Person("trial_vendor", "trial_vendor"))
"""People who are only in rooms to which somebody added them."""

BOTS = (Bot("harbor", "Harbor", "Says what is deployed, and whether it works"),)

FORMER = Person("yuna", "서유나")
"""Somebody who left the team, and whose account was erased."""

EVERYBODY = tuple(person.username for person in PEOPLE)

GENERAL = DemoRoom("general", "General", "Everything that concerns all of us", EVERYBODY, moderators=("ada",))
"""The room that every space has."""

ROOMS = (
    GENERAL,
    DemoRoom("launch", "Launch week", "Dates, blockers, decisions", EVERYBODY, guests=("dana",), bots=("harbor",)),
    DemoRoom(
        "design",
        "디자인 이야기",
        "화면과 글자, 색과 빈칸",
        ("ada", "mina", "seojun", "sofia", "haeun"),
    ),
    DemoRoom("founders", "Founders", "The three of us", ("mina", "joon", "ada"), kind="private"),
    DemoRoom("books", "Book club", "A chapter a week", ("sofia", "haeun"), kind="private", invited=("mina",)),
    DemoRoom("random", "Random", "Rolls, rain and the rubber tree", EVERYBODY, guests=("trial_vendor",)),
    DemoRoom(
        "beta",
        "Beta feedback",
        "What the studios wrote, one message each",
        ("haeun", "mina", "joon", "ada", "sofia", "seojun", FORMER.username),
        archived=True,
    ),
)

CONVERSATIONS = (
    DemoRoom("seojun", "", "", ("mina", "seojun"), kind="direct"),
    DemoRoom("ada", "", "", ("mina", "ada"), kind="direct"),
    DemoRoom("rehearsal", "", "", ("mina", "ada", "haeun"), kind="direct"),
)
"""The direct rooms."""
