"""What a query means for one reader: whom and which rooms it names, and which messages it asks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chat.models import Membership, Mention, Message, Room, ThreadFollow, User
from chat.models.message import THREAD
from chat.queries.direct import load_people
from search.days import NEWEST, OLDEST, Days, days_called
from search.facts import EVERYTHING, HAS, IN_THREAD, author_token, day_tokens, has_token, room_token
from search.index import Ask
from search.matching import Sought
from search.names import Names
from search.query import DATES, PHRASE, Term
from search.tokens import Wanted

UNKNOWN, INVALID, IGNORED = "unknown", "invalid", "ignored"

HAS_NAMES = {
    "링크": "link",
    "파일": "file",
    "사진": "image",
    "이미지": "image",
    "코드": "code",
    "반응": "reaction",
    "고정": "pin",
}
IS_NAMES = {"스레드": "thread", "안읽음": "unread", "멘션": "mention"}
T = TypeVar("T")


@dataclass(slots=True)
class Understood:
    """A term, and what it names."""

    term: Term
    problem: str = ""
    user: User | None = None
    room: Room | None = None
    days: Days | None = None


@dataclass(slots=True)
class Meaning:
    """Which messages a query asks for: those that `ask` the index for, `where` the database, and with these words.

    `is_empty`: the query can have no result.
    """

    ask: Ask
    where: Q
    sought: list[Sought]
    without: list[Sought]
    terms: list[Understood]
    is_empty: bool
    only_mentions: bool
    has: list[str]
    lacks: list[str]


@dataclass
class Reading:
    """One query of one reader, term by term."""

    reader: User
    zone: tzinfo
    room: Room | None = None
    terms: list[Understood] = field(default_factory=list)
    sought: list[Sought] = field(default_factory=list)
    without: list[Sought] = field(default_factory=list)
    where: Q = field(default_factory=Q)
    tokens: list[Wanted] = field(default_factory=list)
    one_of: list[set[str]] = field(default_factory=list)
    authors: dict[int, User] = field(default_factory=dict)
    places: dict[int, Room] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    has: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    only_mentions: bool = False

    def __post_init__(self) -> None:
        self.names = Names(self.reader)
        self.today = timezone.now().astimezone(self.zone).date()

    def read(self, terms: Iterable[Term]) -> Meaning:
        """Understand all terms."""
        for term in terms:
            understood = Understood(term)
            self.terms.append(understood)
            getattr(self, f"_{'date' if term.kind in DATES else term.kind}")(understood)
        is_empty = all(term.problem for term in self.terms) or any(
            term.problem == INVALID or (term.problem == UNKNOWN and not term.term.is_negated) for term in self.terms
        )
        self._add_authors_and_places()
        self._add_days()
        rooms = self._rooms()
        load_people(understood.room for understood in self.terms if understood.room is not None)
        tokens = [token for sought in self.sought for token in sought.tokens] + self.tokens
        ask = Ask(tokens or [Wanted(EVERYTHING)], [*self.one_of, {room_token(room) for room in rooms}])
        return Meaning(
            ask=ask,
            where=self.where,
            sought=self.sought,
            without=self.without,
            terms=self.terms,
            is_empty=is_empty or not rooms,
            only_mentions=self.only_mentions,
            has=self.has,
            lacks=self.lacks,
        )

    def require(self, name: str) -> None:
        """Ask only for messages that have a link, a file and so on."""
        self.has.append(name)
        self.tokens.append(Wanted(has_token(name)))

    # --- terms --------------------------------------------------------------------------------------------------------

    def _word(self, understood: Understood) -> None:
        term = understood.term
        is_phrase = term.kind == PHRASE
        sought = Sought(term.value, is_phrase=is_phrase, is_bent=not (is_phrase or term.is_negated))
        if not sought.tokens:
            understood.problem = IGNORED
        elif term.is_negated:
            self.without.append(sought)
        else:
            self.sought.append(sought)

    _phrase = _word

    def _from(self, understood: Understood) -> None:
        user = understood.user = self._found(understood, self.names.person, "@")
        if user is None:
            return
        if understood.term.is_negated:
            self.where &= ~Q(author=user.pk)
        else:
            self.authors[user.pk] = user

    def _in(self, understood: Understood) -> None:
        room = understood.room = self._found(understood, self.names.room, "#@")
        if room is None:
            return
        if understood.term.is_negated:
            self.where &= ~_in_rooms([room.pk])
        else:
            self.places[room.pk] = room

    def _with(self, understood: Understood) -> None:
        user = understood.user = self._found(understood, self.names.person, "@")
        if user is None:
            return
        theirs = self.names.direct_rooms_with(user)
        replies = Message.objects.filter(author=user, room=OuterRef("room"), deleted_at__isnull=True)
        found = _in_rooms(theirs) | (Q(room__parent__isnull=False) & Q(Exists(replies)))
        if understood.term.is_negated:
            self.where &= ~found
        else:
            self.where &= found
            self.one_of.append({IN_THREAD} | {room_token(pk) for pk in theirs})

    def _has(self, understood: Understood) -> None:
        value = understood.term.value.lower()
        name = HAS_NAMES.get(value, value)
        if name not in HAS:
            understood.problem = INVALID if value else IGNORED
        elif understood.term.is_negated:
            self.lacks.append(name)
        else:
            self.require(name)

    def _is(self, understood: Understood) -> None:
        value = understood.term.value.lower()
        name = IS_NAMES.get(value, value)
        found = self._which_are(name)
        if found is None:
            understood.problem = INVALID if value else IGNORED
        elif understood.term.is_negated:
            self.where &= ~found
        else:
            self.where &= found
            self.only_mentions |= name == "mention"
            if name == "thread":
                self.tokens.append(Wanted(IN_THREAD))

    def _which_are(self, name: str) -> Q | None:
        """Which messages are unread, in a thread or mention the reader."""
        if name == "thread":
            return Q(room__parent__isnull=False) | Q(extras__has_key=THREAD)
        if name == "mention":
            return Q(Exists(Mention.objects.filter(user=self.reader, message=OuterRef("pk"))))
        if name == "unread":
            here: dict[str, Any] = {
                "user": self.reader,
                "room": OuterRef("room"),
                "last_read__lt": OuterRef("position"),
            }
            return Q(Exists(Membership.objects.current().filter(**here))) | Q(
                Exists(ThreadFollow.objects.active().filter(**here))
            )
        return None

    def _date(self, understood: Understood) -> None:
        term = understood.term
        days = understood.days = days_called(term.value, self.today)
        if days is None:
            understood.problem = INVALID if term.value else IGNORED
        elif term.is_negated:
            understood.problem = INVALID
        else:
            if term.kind in ("after", "on"):
                self.first = max(filter(None, (self.first, self._midnight(days.first))))
            if term.kind != "after":
                end = days.first if term.kind == "before" else days.last + timedelta(days=1)
                self.last = min(filter(None, (self.last, self._midnight(end))))

    def _midnight(self, day: Any) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone)

    def _found(self, understood: Understood, look_up: Callable[[str], T | None], signs: str) -> T | None:
        """What a term names. Notes the problem if the reader knows nothing of this name."""
        value = understood.term.value
        if not value.strip(signs):
            understood.problem = IGNORED
            return None
        found = look_up(value)
        if found is None:
            understood.problem = UNKNOWN
        return found

    # --- all together -------------------------------------------------------------------------------------------------

    def _add_authors_and_places(self) -> None:
        if self.authors:
            self.where &= Q(author__in=self.authors)
            self.one_of.append({author_token(pk) for pk in self.authors})
        if self.places:
            self.where &= _in_rooms(self.places)

    def _add_days(self) -> None:
        """The index knows the days in UTC, of which those of the reader are parts."""
        if self.first is None and self.last is None:
            return
        first, last = OLDEST, NEWEST
        if self.first is not None:
            self.where &= Q(created_at__gte=self.first)
            first = max(first, self.first.astimezone(UTC).date())
        if self.last is not None:
            self.where &= Q(created_at__lt=self.last)
            last = min(last, self.last.astimezone(UTC).date())
        self.one_of.append(day_tokens(first, last))

    def _rooms(self) -> set[int]:
        """The rooms in which to look: those of the reader, or those of them that the query or the command names."""
        rooms = set(self.places or self.names.room_ids)
        if self.room is not None:
            rooms &= {self.room.members_room_id}
            self.where &= Q(room=self.room.pk) if self.room.is_thread else _in_rooms([self.room.pk])
        return rooms


def _in_rooms(rooms: Iterable[int]) -> Q:
    """Messages of these rooms and of their threads."""
    ids = list(rooms)
    return Q(room__in=ids) | Q(room__parent__in=ids)
