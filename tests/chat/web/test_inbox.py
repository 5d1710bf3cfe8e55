"""The page of mentions: what it lists, in which words, and what marks a mention as read."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.derive.mentions import Mentions
from chat.models import Mention, Message, Room, User
from chat.queries import mentions as queries
from chat.services import memberships, messages, quotas
from tests.chat.web.test_rooms import signed_in, text
from tests.harness import deriving

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _without_rates() -> Iterator[None]:
    with quotas.unlimited():
        yield


@pytest.fixture
def as_joon(joon: User) -> Client:
    return signed_in(joon)


def say(author: User, room: Room, *bodies: str) -> list[Message]:
    said = [messages.send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body) for body in bodies]
    deriving.catch_up(deriving.runner_of(Mentions()))
    return said


def rows(response: Any) -> list[str]:
    """The links of the page, without tags."""
    found = re.findall(r'<a class="mention-text".*?</a>', response.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", row).split()) for row in found]


def test_the_page_lists_unread_mentions_the_newest_first_and_links_to_each(
    as_joon: Client, mina: User, joon: User, general: Room, founders: Room
) -> None:
    say(mina, general, "@joon one", "hello", "@nobody two")
    say(mina, founders, "@all three")
    page = as_joon.get("/inbox/")
    assert rows(page) == ["Mina @all three · unread", "Mina @Joon one · unread"]
    assert 'href="/rooms/general/1/"' in page.content.decode()
    memberships.mark_read(joon, room_id=general.pk, position=2)
    assert rows(as_joon.get("/inbox/")) == ["Mina @all three · unread"]
    assert rows(as_joon.get("/inbox/?all")) == ["Mina @all three · unread", "Mina @Joon one"]


def test_names_are_marked_in_a_text_without_markup(as_joon: Client, mina: User, general: Room) -> None:
    say(mina, general, "**@joon님** see `@joon`, <b>@mina</b> ||@joon||\n\n@stranger &amp;")
    page = as_joon.get("/inbox/").content.decode()
    assert '<span class="to-reader">@Joon</span>님 see @joon, &lt;b&gt;<span class="to-other">@Mina</span>' in page
    assert "▒▒▒ @stranger &amp;amp;" in page


def test_a_long_text_is_cut(as_joon: Client, mina: User, general: Room) -> None:
    say(mina, general, "@joon " + "x" * 1_000)
    (row,) = rows(as_joon.get("/inbox/"))
    assert row.endswith("x… · unread")
    assert len(row) < queries.TEXT_CHARS + 30


def test_deleted_messages_and_rooms_that_were_left_are_not_listed(
    as_joon: Client, mina: User, joon: User, general: Room, founders: Room
) -> None:
    gone, _kept = say(mina, general, "@joon gone", "@joon kept")
    say(mina, founders, "@joon left")
    messages.delete_message(mina, message_id=gone.pk)
    memberships.leave_room(joon, room_id=founders.pk)
    assert rows(as_joon.get("/inbox/?all")) == ["Mina @Joon kept · unread"]


def test_a_page_of_mentions_is_followed_by_older_ones(
    as_joon: Client, mina: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MENTIONS_ON_PAGE", 2)
    say(mina, general, "@joon one", "@joon two", "@joon three")
    for path in ("/inbox/", "/inbox/?all"):
        first = as_joon.get(path)
        assert [row.split()[2] for row in rows(first)] == ["three", "two"]
        older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
        assert older is not None
        assert [row.split()[2] for row in rows(as_joon.get("/inbox/" + older[1].replace("&amp;", "&")))] == ["one"]


def test_a_page_takes_the_same_number_of_queries_for_any_number_of_mentions(
    as_joon: Client, mina: User, general: Room, founders: Room, django_assert_num_queries: Any
) -> None:
    say(mina, general, "@joon one")
    with CaptureQueriesContext(connection) as few:
        as_joon.get("/inbox/", headers={"In-Shell": "1"})
    say(mina, general, *(f"@joon {number} @mina" for number in range(10)))
    say(mina, founders, "@joon")
    with django_assert_num_queries(len(few)):
        as_joon.get("/inbox/", headers={"In-Shell": "1"})


@pytest.mark.parametrize(
    ("path", "words"), [("/inbox/", "You have read everything."), ("/inbox/?all", "Nobody has mentioned you yet.")]
)
def test_an_empty_page_says_so(as_joon: Client, general: Room, path: str, words: str) -> None:
    page = as_joon.get(path)
    assert words in text(page)
    assert "Mark all as read" not in text(page)


def test_mentions_are_marked_with_forms_that_scripts_send_too(
    as_joon: Client, mina: User, joon: User, general: Room
) -> None:
    say(mina, general, "@joon one", "@joon two", "@joon three")
    done = as_joon.post("/inbox/read/", {"room": general.pk, "position": 2})
    assert (done.status_code, done.headers["Location"]) == (302, "/inbox/")
    done = as_joon.post("/inbox/read/", {"room": general.pk, "position": 1}, headers={"Accept": "application/json"})
    assert done.status_code == 204
    assert set(Mention.objects.filter(read_at=None).values_list("position", flat=True)) == {3}
    as_joon.post("/inbox/read/")
    assert rows(as_joon.get("/inbox/")) == []


@pytest.mark.parametrize("fields", [{"room": "9999", "position": "1"}, {"room": "x", "position": "1"}])
def test_a_mark_elsewhere_changes_nothing(as_joon: Client, mina: User, general: Room, fields: dict[str, str]) -> None:
    say(mina, general, "@joon one")
    assert as_joon.post("/inbox/read/", fields).status_code == 404
    assert Mention.objects.filter(read_at=None).count() == 1


def test_the_page_needs_a_person(client: Client, general: Room) -> None:
    assert client.get("/inbox/").headers["Location"] == "/accounts/login/?next=/inbox/"
