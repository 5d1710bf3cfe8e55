"""Queries that nobody types by accident: each is answered, or refused in words, and costs no more than others."""

import uuid
from collections.abc import Callable
from itertools import count, pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from pydantic import ValidationError

from chat.models import Room, User
from chat.protocol.commands import RefusedCommandError, read_command
from chat.protocol.errors import Invalid, RateLimited, Unavailable
from chat.services.messages import send_message
from chat.services.rates import clear_all
from search import queries
from search.command import SEARCHES_PER_MINUTE, Search, search
from search.index import IndexUnavailable
from search.query import QUERY_CHARS, terms
from search.shapes import SearchReply

Say = Callable[..., Any]


def answer(reader: User, **fields: Any) -> SearchReply | None:
    """The reply, or None for a query that is invalid."""
    try:
        reply = search(reader, Search(type="search", **fields))
    except Invalid:
        return None
    assert SearchReply.model_validate_json(reply.encode()) == reply
    return reply


QUERIES = [
    "-" * QUERY_CHARS,
    "- " * (QUERY_CHARS // 2),
    '"' * QUERY_CHARS,
    '"unfinished',
    "'; DROP TABLE chat_message; --",
    "hello' OR '1'='1",
    'hello" OR "x',
    "hello*",
    "%",
    "_",
    "h_llo",
    "hel%",
    "\\",
    "hello\\",
    "hello & world | !other",
    "hello <-> world",
    "hello:*",
    "NEAR(hello world, 5)",
    "hello AND NOT world",
    "tokens:hello",
    "words_0",
    "=m",
    "=r1",
    "=u1",
    "^hello",
    "{hello}",
    "(((((((((((hello",
    "hello)))))",
    "a" * QUERY_CHARS,
    "가" * QUERY_CHARS,
    "\ud7ff\ue000\uffff",
    "\u202ehello\u202c",
    "😀" * QUERY_CHARS,
    "from:" * 80,
    "from:from:from:",
    'from:"',
    "in:%",
    "in:_eneral",
    "from:%",
    "from:m_na",
    "on:" + "9" * 390,
    "on:0000-00-00",
    "on:٢٠٢٥",
    "on:-",
    "on:년월일",
    "has:" + "x" * 390,
    "is:\x01",
    "\u0301" * QUERY_CHARS,
    "e" + "\u0301" * (QUERY_CHARS - 1),
    "ᄀ" * QUERY_CHARS,
    "ﷺ" * QUERY_CHARS,
    "Ⅻ㎏㍿",
    "İıßẞ",
    "\n\t\r hello",
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
@pytest.mark.parametrize("order", ["newest", "relevance"])
def test_any_text_is_answered_or_refused_in_words(mina: User, general: Room, say: Say, query: str, order: Any) -> None:
    say(mina, general, "something else")
    say(mina, general, query)
    reply = answer(mina, query=query, order=order)
    for hit in () if reply is None else reply.hits:
        assert hit.message.body != "something else"
        length = len(hit.message.body.encode("utf-16-le")) // 2
        assert all(0 <= start < start + size <= length for start, size in hit.marks)


def test_ten_thousand_minus_signs_are_refused(mina: User) -> None:
    with pytest.raises(RefusedCommandError):
        read_command({"type": "search", "query": "-" * 10_000})
    with pytest.raises(ValidationError):
        Search(type="search", query="x" * (QUERY_CHARS + 1))


def test_many_words_are_refused(mina: User, derive: Any) -> None:
    with pytest.raises(Invalid):
        search(mina, Search(type="search", query=" ".join("abcdefghijklmnopqrstuvwxyz")))


def test_a_nul_is_refused(mina: User, derive: Any) -> None:
    with pytest.raises(Invalid):
        search(mina, Search(type="search", query="hello\x00"))


@pytest.mark.parametrize(
    "cursor", ["", "x", "=", "A" * 64, "AAAAAAAAAAAAAA", "//////////////8", "한국", "AAAA\x00AAAA"]
)
def test_a_cursor_of_anybody_is_refused_or_finds_nothing_else(mina: User, general: Room, say: Say, cursor: str) -> None:
    say(mina, general, "hello")
    for order in ("newest", "relevance"):
        reply = answer(mina, query="hello", cursor=cursor, order=order)
        assert reply is None or {hit.message.body for hit in reply.hits} <= {"hello"}


def test_terms_of_any_text_cover_it(mina: User) -> None:
    for query in QUERIES:
        found = terms(query)
        assert all(one.end <= two.start for one, two in pairwise(found))
        covered = {at for term in found for at in range(term.start, term.end)}
        assert all(query[at].isspace() for at in range(len(query)) if at not in covered)


def test_searches_are_limited_for_each_person(mina: User, joon: User, derive: Any) -> None:
    for _ in range(SEARCHES_PER_MINUTE):
        search(joon, Search(type="search", query="hello"))
    with pytest.raises(RateLimited):
        search(joon, Search(type="search", query="hello"))
    search(mina, Search(type="search", query="hello"))


def test_slow_searches_count_more_than_once(mina: User, joon: User, derive: Any) -> None:
    def until_refused(*, seconds: float) -> int:
        clock = count(step=seconds)
        for number in range(SEARCHES_PER_MINUTE + 1):
            try:
                search(joon, Search(type="search", query="hello"), clock=lambda: next(clock))
            except RateLimited:
                return number
        raise AssertionError("never refused")

    assert until_refused(seconds=2.0) <= 7
    search(mina, Search(type="search", query="hello"))
    clear_all()
    assert until_refused(seconds=0.1) == SEARCHES_PER_MINUTE


def test_a_search_that_takes_too_long_says_so(
    mina: User, general: Room, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(mina, general, "hello")
    times = iter(range(0, 10_000, 100))
    monkeypatch.setattr(queries, "time", SimpleNamespace(monotonic=lambda: next(times)))
    with pytest.raises(Unavailable, match="too long"):
        search(mina, Search(type="search", query="hello"))


def test_the_index_stops_a_query_after_its_time(
    mina: User, general: Room, derive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.index import Ask, the_index
    from search.tokens import Wanted

    for number in range(30):
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=f"number {number}")
    derive()
    with pytest.raises(IndexUnavailable):
        list(the_index().find(Ask([Wanted("number")]), seconds=-1.0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_page_fits_into_a_frame(mina: User, general: Room, derive: Any) -> None:
    from chat.protocol.limits import OUTBOUND_FRAME_BYTES

    for number in range(30):
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=f"long {number} " + "가" * 9_000)
    derive()
    found: list[str] = []
    cursor = None
    while True:
        reply = search(mina, Search(type="search", query="long", limit=50, cursor=cursor))
        assert len(reply.encode().encode()) <= OUTBOUND_FRAME_BYTES
        found += [hit.message.body[:8] for hit in reply.hits]
        cursor = reply.more
        if cursor is None:
            break
    assert len(found) == len(set(found)) == 30
