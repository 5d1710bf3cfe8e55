"""What somebody typed into the search field, as terms: words, phrases and operators, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass

QUERY_CHARS = 400
"""Longest query."""

MOST_TERMS = 20

WORD, PHRASE = "word", "phrase"
OPERATORS = ("from", "in", "with", "before", "after", "on", "has", "is")
DATES = ("before", "after", "on")

QUOTES = {'"': '"', "“": "”", "„": "“", "「": "」"}
"""Marks that begin a phrase, and those that end it."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase, or an operator with its value. `start` and `end` are those of its text in the query."""

    kind: str
    value: str
    start: int
    end: int
    is_negated: bool = False


def terms(query: str) -> list[Term]:
    """The terms of a query, in their order. Every text is a query."""
    return list(_terms(query))


def _terms(query: str) -> Iterator[Term]:
    at = 0
    while at < len(query):
        if query[at].isspace():
            at += 1
        else:
            term = _term(query, at)
            at = term.end
            yield term


def _term(query: str, start: int) -> Term:
    at = start
    is_negated = query[at] == "-" and at + 1 < len(query) and not query[at + 1].isspace()
    at += is_negated
    kind = _operator(query, at)
    if kind:
        at += len(kind) + 1
    if at < len(query) and query[at] in QUOTES:
        value, end = _quoted(query, at)
        return Term(kind or PHRASE, value, start, end, is_negated)
    end = at
    while end < len(query) and not query[end].isspace():
        end += 1
    return Term(kind or WORD, query[at:end], start, end, is_negated)


def _operator(query: str, at: int) -> str:
    """The operator that begins here, or an empty text."""
    for name in OPERATORS:
        if query[at : at + len(name) + 1].lower() == f"{name}:":
            return name
    return ""


def _quoted(query: str, at: int) -> tuple[str, int]:
    """The text in quotation marks that begin here, and where it ends: at the latest with the query."""
    end = query.find(QUOTES[query[at]], at + 1)
    if end < 0:
        return query[at + 1 :].strip(), len(query)
    return query[at + 1 : end].strip(), end + 1
