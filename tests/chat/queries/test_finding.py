"""Which people and rooms somebody finds by a part of their names."""

from typing import Any

import pytest

from chat.models import User
from chat.queries.finding import MOST, TYPED_CHARS, people_called, people_matching, rooms_to_join
from chat.services.memberships import join_room, remove_member
from chat.services.rooms import archive_room, create_room
from tests.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def haeun(space: Any) -> User:
    user: User = person("haeun", "최하은")
    return user


def names(people: list[User]) -> list[str]:
    return [user.username for user in people]


@pytest.mark.parametrize("typed", ["하은", "최하", "ㅊㅎㅇ", "ㅎㅇ", "HAE", "ｈａｅ", "@hae", "하은 haeun"])
def test_a_person_is_found_by_a_part_of_a_name_and_by_initial_consonants(mina: User, haeun: User, typed: str) -> None:
    assert names(people_called(mina, typed)) == ["haeun"]


@pytest.mark.parametrize("typed", ["", "  ", "하은 joon", "ㅎㅎ", "%", "_", "[하-힣]", "x" * 10_000])
def test_a_text_that_is_part_of_no_name_finds_nobody(mina: User, haeun: User, typed: str) -> None:
    assert people_called(mina, typed) == []


def test_every_initial_consonant_matches_the_syllables_that_begin_with_it(mina: User, space: Any) -> None:
    for number, name in enumerate(["가", "깋", "나", "까"]):
        person(f"person{number}", name)
    assert sorted(names(people_called(mina, "ㄱ"))) == ["person0", "person1"]
    assert names(people_called(mina, "ㄲ")) == ["person3"]


def test_names_that_begin_with_the_text_come_first(mina: User, space: Any) -> None:
    person("ahaeun", "A Ha")
    person("hana", "Ha Na")
    assert names(people_called(mina, "ha")) == ["hana", "ahaeun"]


def test_deactivated_people_are_not_found_and_find_nobody(mina: User, haeun: User) -> None:
    User.objects.filter(pk=haeun.pk).update(is_active=False)
    assert people_called(mina, "haeun") == []
    assert people_called(User.objects.get(pk=haeun.pk), "mina") == []


def test_the_page_of_people_lists_everybody_by_name_and_matches_in_the_same_way(mina: User, haeun: User) -> None:
    person("zoe", "alba")
    User.objects.create_user("bo")
    assert names(list(people_matching(mina, ""))) == ["zoe", "bo", "mina", "haeun"]
    assert names(list(people_matching(mina, "ㅎㅇ"))) == names(people_called(mina, "ㅎㅇ")) == ["haeun"]
    mina.is_active = False
    assert names(list(people_matching(mina, ""))) == []


def test_at_most_twenty_are_found(mina: User, space: Any) -> None:
    for number in range(MOST + 1):
        person(f"twin{number}", "Twin")
    assert len(people_called(mina, "twin")) == MOST


def test_letters_beyond_the_limit_do_not_count(mina: User, haeun: User) -> None:
    assert names(people_called(mina, "hae" + " " * TYPED_CHARS + "x")) == ["haeun"]


def test_public_rooms_that_one_may_join_are_found(mina: User, joon: User) -> None:
    garden = create_room(joon, name="Garden")
    create_room(joon, name="Garden of secrets", kind="private")
    archive_room(joon, room_id=create_room(joon, name="Garden of old").pk)
    mine = create_room(joon, name="Garden of mine")
    join_room(mina, room_id=mine.pk)
    barred = create_room(joon, name="Garden of Eden")
    join_room(mina, room_id=barred.pk)
    remove_member(joon, room_id=barred.pk, user_id=mina.pk)
    assert rooms_to_join(mina, "garden") == [garden]


@pytest.mark.parametrize("typed", ["ㄷㅈㅇ", "이야", "디자 ㅇㅇㄱ"])
def test_rooms_are_found_by_initial_consonants(mina: User, joon: User, typed: str) -> None:
    room = create_room(joon, name="디자인 이야기")
    assert rooms_to_join(mina, typed) == [room]
