"""Particles and endings hide no word, whether they are in the text or in the query."""

from collections.abc import Callable
from typing import Any

import pytest

from chat.models import Room, User
from search.command import Search, search
from search.particles import AFTER_ANY, AFTER_FINAL, AFTER_VOWEL, AFTER_VOWEL_OR_RIEUL, stem

Say = Callable[..., Any]
Find = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("회의를", "회의"),
        ("회의가", "회의"),
        ("회의는", "회의"),
        ("회의에서", "회의"),
        ("회의에서는", "회의"),
        ("회의까지도", "회의"),
        ("회의로", "회의"),
        ("회의와", "회의"),
        ("회의록도", "회의록"),
        ("일정을", "일정"),
        ("일정은", "일정"),
        ("일정이", "일정"),
        ("일정과", "일정"),
        ("일정으로", "일정"),
        ("서울로", "서울"),
        ("사람들이", "사람"),
        ("사람들에게는", "사람"),
        ("고양이가", "고양이"),
        ("친구처럼", "친구"),
        ("친구보다", "친구"),
        ("친구한테서", "친구"),
        ("내일부터", "내일"),
        ("오늘까지", "오늘"),
        ("점심이나", "점심"),
        ("확인했어요", "확인"),
        ("확인합니다", "확인"),
        ("확인하고", "확인"),
        ("확인해주세요", "확인"),
        ("배포했습니다", "배포"),
        ("완료되었습니다", "완료"),
        ("완료됐어요", "완료"),
        ("부탁드려요", "부탁"),
        ("문제입니다", "문제"),
        ("deploy를", "deploy"),
        ("api로는", "api"),
        ("3월에", "3월"),
        ("v2부터", "v2"),
    ],
)
def test_particles_and_endings_come_off(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize(
    "word",
    [
        "나이",
        "사이",
        "회사",
        "회의",
        "나는",
        "저를",
        "결과",
        "효과",
        "휴가",
        "도로",
        "온도",
        "a를",
        "고양이",
        "어린이",
        "만족도",
        "그대로",
        "하지만",
        "보고서",
        "계약서",
        "이미지",
        "홈페이지",
        "바나나",
        "서버과",
        "버튼를",
        "사랑",
        "손으로",
        "를",
        "",
        "deploy",
        "ㅋㅋㅋ",
        "東京",
        "-를",
    ],
)
def test_what_is_no_particle_or_would_leave_too_little_stays(word: str) -> None:
    assert stem(word) == word


def test_each_ending_comes_off_a_word_that_it_may_follow() -> None:
    for endings, word in (
        (AFTER_ANY, "버튼"),
        (AFTER_FINAL, "버튼"),
        (AFTER_VOWEL, "메모"),
        (AFTER_VOWEL_OR_RIEUL, "서울"),
    ):
        assert [ending for ending in endings if stem(word + ending) != word] == []


def test_a_long_word_of_endings_takes_three_steps() -> None:
    assert stem("메모" + "들" * 200) == "메모" + "들" * 197


@pytest.mark.parametrize(
    ("query", "body", "marked"),
    [
        ("회의를", "내일 회의 있어요", ["회의"]),
        ("회의를", "내일 회의에서 봐요", ["회의"]),
        ("회의를", "주간회의는 없어요", ["회의"]),
        ("회의를", "회의를 회의실에서", ["회의를", "회의"]),
        ("회의에서", "회의를 해요", ["회의"]),
        ("deploy를", "we deployed", ["deploy"]),
        ("deploy를", "deploy를 했어요", ["deploy를"]),
        ("확인했어요", "확인 부탁드려요", ["확인"]),
        ("확인", "확인했어요", ["확인"]),
        ("나이", "나이 차이", ["나이"]),
        ('"회의를"', "회의를 해요", ["회의를"]),
    ],
)
def test_a_query_finds_and_marks_the_word(
    mina: User, general: Room, say: Say, query: str, body: str, marked: list[str]
) -> None:
    say(mina, general, body)
    (hit,) = search(mina, Search(type="search", query=query)).hits
    assert [body[start : start + length] for start, length in hit.marks] == marked


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("나이", "나는 가요"),
        ("사이", "사과"),
        ("회사", "회의"),
        ("고양이", "고양시"),
        ('"회의를"', "회의 해요"),
        ("-회의를 해요", "회의를 해요"),
    ],
)
def test_a_query_does_not_find_another_word(
    mina: User, general: Room, say: Say, find: Find, query: str, body: str
) -> None:
    say(mina, general, body)
    assert find(mina, query) == []


def test_a_word_that_is_excluded_is_excluded_as_it_was_typed(mina: User, general: Room, say: Say, find: Find) -> None:
    say(mina, general, "회의 없는 날")
    assert find(mina, "-회의를 날") == ["회의 없는 날"]


def test_the_word_as_it_was_typed_is_the_better_match(mina: User, general: Room, say: Say, find: Find) -> None:
    say(mina, general, "회의를 해요")
    say(mina, general, "회의는 없다")
    assert find(mina, "회의를", order="relevance") == ["회의를 해요", "회의는 없다"]
