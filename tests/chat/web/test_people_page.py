"""The page of people: who is listed, what is said of them, and what their cards say."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import PersonStatus, Room, User
from chat.services.bots import create_bot
from chat.services.direct import send_direct
from chat.services.statuses import set_status
from chat.web.views import people_page
from tests.chat.web.test_rooms import signed_in, text
from tests.conftest import person

pytestmark = pytest.mark.once


@pytest.fixture
def as_joon(joon: User) -> Client:
    return signed_in(joon)


def listed(response: Any) -> list[str]:
    """The usernames in the table, in order."""
    return re.findall(r"@(\w+)", "".join(re.findall(r"<small>.*?</small>", response.content.decode())))


def test_the_page_lists_active_people_by_name_with_their_statuses_and_local_times(
    as_joon: Client, mina: User, stranger: User
) -> None:
    User.objects.filter(pk=mina.pk).update(time_zone="Asia/Seoul")
    set_status(mina, emoji="🍵", text="가격표 <b>쓰는 중")
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    page = as_joon.get("/people/")
    assert listed(page) == ["joon", "mina"]
    content = page.content.decode()
    assert ' lang="ko">🍵 가격표 &lt;b&gt;쓰는 중</td>' in content
    assert content.count("<time data-zone=") == 1
    assert '<time data-zone="Asia/Seoul">' in content
    assert "@joon · you" in text(page)


def test_a_status_that_is_over_is_not_shown(as_joon: Client, mina: User) -> None:
    PersonStatus.objects.create(user=mina, text="Lunch", until=timezone.now() - timedelta(minutes=1))
    assert "Lunch" not in text(as_joon.get("/people/"))


@pytest.mark.parametrize(("query", "found"), [("mi", "mina"), ("@joon", "joon"), ("ㅎㅇ", "haeun"), ("하은", "haeun")])
def test_people_are_found_by_parts_of_their_names(as_joon: Client, mina: User, query: str, found: str) -> None:
    person("haeun", "최하은")
    assert listed(as_joon.get("/people/", {"q": query})) == [found]


def test_who_finds_nobody_is_told_so_with_a_way_out(as_joon: Client) -> None:
    page = as_joon.get("/people/?q=%3Cnobody")
    assert "Nobody is called “&lt;nobody”." in text(page)
    assert 'href="/people/">Show everybody' in page.content.decode()


def test_a_page_without_anybody_who_is_here_says_so(as_joon: Client, mina: User) -> None:
    page = as_joon.get("/people/?here=1")
    assert listed(page) == []
    assert "Nobody is here right now." in text(page)


def test_many_people_are_on_several_pages(as_joon: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_page, "PEOPLE_PER_PAGE", 2)
    for number in range(4):
        person(f"p{number}", f"P{number}")
    assert listed(as_joon.get("/people/?page=2")) == ["p1", "p2"]
    assert listed(as_joon.get("/people/?page=99")) == ["p3"]


def test_the_page_costs_the_same_for_many(
    as_joon: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12) as few:
        as_joon.get("/people/", headers={"In-Shell": "1"})
    for number in range(20):
        set_status(person(f"p{number}", f"P{number}"), emoji="", text="hi")
    with django_assert_num_queries(len(few)):
        as_joon.get("/people/", headers={"In-Shell": "1"})


def test_a_card_says_the_names_the_zone_and_how_many_rooms_one_shares(
    as_joon: Client, mina: User, joon: User, stranger: User, general: Room, founders: Room
) -> None:
    User.objects.filter(pk=mina.pk).update(time_zone="Asia/Seoul")
    send_direct(joon, people=[mina.pk], key=uuid.uuid4(), body="hi")
    answer = as_joon.get(f"/people/{mina.pk}/").json()
    assert answer["user"]["name"] == "Mina"
    assert (answer["zone"], answer["rooms"]) == ("Asia/Seoul", 2)
    assert as_joon.get(f"/people/{stranger.pk}/").json()["rooms"] == 0
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert as_joon.get(f"/people/{stranger.pk}/").status_code == 404
    assert as_joon.get("/people/999999/").status_code == 404


def test_the_card_of_a_bot_says_what_it_does_and_who_answers_for_it(as_joon: Client, mina: User) -> None:
    robot = create_bot(mina, username="robot", display_name="Robot", description="Says beep")
    answer = as_joon.get(f"/people/{robot.pk}/").json()
    assert (answer["about"], answer["owner"]) == ("Says beep", "Mina")
    assert "about" not in as_joon.get(f"/people/{mina.pk}/").json()


def test_a_guest_has_no_page_of_people_and_sees_the_cards_of_those_in_their_rooms(
    as_joon: Client, mina: User, joon: User, stranger: User, general: Room
) -> None:
    assert 'class="people-link"' in as_joon.get("/rooms/general/").content.decode()
    User.objects.filter(pk=joon.pk).update(is_guest=True)
    assert as_joon.get("/people/").status_code == 404
    assert as_joon.get(f"/people/{mina.pk}/").json()["rooms"] == 1
    assert as_joon.get(f"/people/{stranger.pk}/").status_code == 404
    assert 'class="people-link"' not in as_joon.get("/rooms/general/").content.decode()


@pytest.mark.parametrize("path", ["/people/", "/people/1/"])
def test_visitors_sign_in_first(client: Client, space: Any, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_guests_are_marked(as_joon: Client, mina: User) -> None:
    User.objects.filter(pk=mina.pk).update(is_guest=True)
    assert "guest · @mina" in text(as_joon.get("/people/"))
