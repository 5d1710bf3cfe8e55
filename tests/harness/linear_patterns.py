"""Determines from its syntax whether a regular expression takes time linear in the length of the text.

A pattern is linear here if no unbounded repetition contains another repetition; if no two unbounded repetitions can
match the same character unless something between keeps them apart; and if a repetition followed by something that may
fail is tried only at the beginning of the text.
This rejects some fast patterns; those can be written in another way.
"""

import re
from collections.abc import Iterator
from re import _constants as c  # type: ignore[attr-defined, unused-ignore]
from re import _parser  # type: ignore[attr-defined, unused-ignore]
from typing import Any

SEVERAL = 100
"""A repetition of more than this many counts as unbounded."""

SAMPLES = [chr(code) for code in (*range(0x250), 0x3000, 0x200B, 0x4E00, 0xAC00, 0x0E01, 0x1F642, 0xFF0E)]
REPEATS = {c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT}
ANCHORS = {c.AT_BEGINNING, c.AT_BEGINNING_STRING}


def fault(pattern: str, *, anchored: bool = False) -> str | None:
    """Why a pattern may not be linear; None if it is. `anchored`: it is used only with match or fullmatch."""
    parsed = _parser.parse(pattern)
    if any(op in (c.GROUPREF, c.GROUPREF_EXISTS) for op, _argument in _walk(parsed)):
        return "refers back to a group"
    for op, argument in _walk(parsed):
        if op in REPEATS and argument[1] > SEVERAL and any(inner in REPEATS for inner, _ in _walk(argument[2])):
            return "repeats a repetition"
    return _fault_of_sequence(list(parsed), anchored=anchored or _is_anchored(parsed))


def _fault_of_sequence(items: list[Any], *, anchored: bool) -> str | None:
    flat = list(_flat(items))
    for op, argument in flat:
        if op is c.BRANCH:
            for branch in argument[1]:
                found = _fault_of_sequence(list(branch), anchored=anchored or _is_anchored(branch))
                if found:
                    return found
    endless = [(at, item) for at, item in enumerate(flat) if item[0] in REPEATS and item[1][1] > SEVERAL]
    for number, (at, (_op, (_least, _most, repeated))) in enumerate(endless):
        if not anchored and flat[at + 1 :]:
            return "may begin anywhere and fail behind a repetition"
        if _ends_where_it_must(repeated, flat[at + 1 : at + 2]):
            continue
        for _later, (_other_op, (_l, _m, other)) in endless[number + 1 :]:
            if _characters(repeated) & _characters(other):
                return "repeats the same characters in two places"
    return None


def _ends_where_it_must(repeated: Any, following: list[Any]) -> bool:
    """Whether a repetition is followed by a character that it cannot match, so that there is one way to match."""
    is_character = bool(following) and following[0][0] in (c.LITERAL, c.IN)
    return is_character and not _characters(repeated) & _characters(following)


def _walk(items: Any) -> Iterator[tuple[Any, Any]]:
    for op, argument in items:
        yield op, argument
        for part in _parts(op, argument):
            yield from _walk(part)


def _parts(op: Any, argument: Any) -> list[Any]:
    if op in REPEATS:
        return [argument[2]]
    if op is c.BRANCH:
        return list(argument[1])
    if op is c.SUBPATTERN:
        return [argument[3]]
    if op is c.ATOMIC_GROUP:
        return [argument]
    return [argument[1]] if op in (c.ASSERT, c.ASSERT_NOT) else []


def _flat(items: list[Any]) -> Iterator[Any]:
    """The sequence with its single-sequence groups replaced by their contents."""
    for op, argument in items:
        if op in (c.SUBPATTERN, c.ASSERT, c.ASSERT_NOT, c.ATOMIC_GROUP):
            yield from _flat(list(_parts(op, argument)[0]))
        else:
            yield op, argument


def _is_anchored(items: Any) -> bool:
    first = next(_flat(list(items)), None)
    return first is not None and first[0] is c.AT and first[1] in ANCHORS


def _characters(items: Any) -> set[str]:
    """Which of SAMPLES the repeated part can match."""
    return {sample for sample in SAMPLES for op, argument in _walk(items) if _matches(op, argument, sample)}


def _matches(op: Any, argument: Any, character: str) -> bool:
    if op is c.IN:
        negated = argument[0][0] is c.NEGATE
        return negated != any(_matches(kind, value, character) for kind, value in argument if kind is not c.NEGATE)
    if op is c.CATEGORY:
        letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[str(argument).rsplit("_", 1)[-1]]
        return re.fullmatch(rf"\{letter.upper() if '_NOT_' in str(argument) else letter}", character) is not None
    if op is c.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    if op in (c.LITERAL, c.NOT_LITERAL):
        return bool(argument == ord(character)) == (op is c.LITERAL)
    return op is c.ANY
