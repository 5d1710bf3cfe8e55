"""Finds the people and rooms that somebody can jump to, by parts of their names; in Korean also by initial consonants.

The room page's script matches the same way (`matching.js`): every word must be part of one of the names.
"""

from collections.abc import Sequence

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from chat import policy
from chat.models import Room, User
from chat.unicode import fold

MOST = 20
"""Most people and most rooms that are returned."""

TYPED_CHARS = 100
WORDS = 5

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
FIRST_SYLLABLE = 0xAC00
SYLLABLES_PER_INITIAL = 588


def people_called(actor: User, typed: str) -> list[User]:
    """Return the people whom the actor may find and whose name or username contains every word, best matches first."""
    words = _words(typed)
    if not words:
        return []
    found = _called(User.objects.known_to(actor), words)
    begins = Q(display_name__istartswith=words[0]) | Q(username__istartswith=fold(words[0]).removeprefix("@"))
    return list(found.order_by(_first(begins), "display_name", "username")[:MOST])


def people_matching(actor: User, typed: str) -> "QuerySet[User]":
    """Return the active people whose name or username contains every word, by name; all for an empty text."""
    if not policy.may_find_people(actor):
        return User.objects.none()
    name = Lower(Coalesce(NullIf("display_name", Value("")), "username"))
    return _called(User.objects.known_to(actor), _words(typed)).order_by(name, "username")


def _called(people: "QuerySet[User]", words: Sequence[str]) -> "QuerySet[User]":
    for word in words:
        username = Q(username__icontains=fold(word).removeprefix("@"))
        people = people.filter(username | _is_part("display_name", word))
    return people


def rooms_to_join(actor: User, typed: str) -> list[Room]:
    """Return the public rooms that the actor may join and whose name contains every word."""
    return _rooms_called(Room.objects.joinable_by(actor), typed)


def own_rooms_called(actor: User, typed: str) -> list[Room]:
    """Return the rooms that the actor is in and whose name contains every word, best matches first."""
    return _rooms_called(Room.objects.of(actor), typed)


def _rooms_called(rooms: "QuerySet[Room]", typed: str) -> list[Room]:
    words = _words(typed)
    if not words:
        return []
    for word in words:
        rooms = rooms.filter(_is_part("name", word))
    return list(rooms.order_by(_first(Q(name__istartswith=words[0])), "name", "pk")[:MOST])


def _words(typed: str) -> list[str]:
    """The first words of a typed text."""
    return typed[:TYPED_CHARS].split()[:WORDS]


def _is_part(field: str, word: str) -> Q:
    part = Q(**{f"{field}__icontains": word})
    if not set(word) <= set(INITIALS):
        return part
    return part | Q(**{f"{field}__regex": syllables(word)})


def syllables(initials: str) -> str:
    """A regular expression for syllables with these initial consonants: for each, one range of characters."""
    firsts = [FIRST_SYLLABLE + INITIALS.index(initial) * SYLLABLES_PER_INITIAL for initial in initials]
    return "".join(f"[{chr(first)}-{chr(first + SYLLABLES_PER_INITIAL - 1)}]" for first in firsts)


def _first(which: Q) -> Case:
    """An order in which these rows come first."""
    return Case(When(which, then=Value(0)), default=Value(1), output_field=IntegerField())
