"""Which texts a word or a phrase finds, in several languages."""

from collections.abc import Callable
from typing import Any

import pytest

from chat.models import Room, User

Say = Callable[..., Any]
Find = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("We deploy on Friday", "deploy"),
        ("We DEPLOYED on Friday", "deploy friday"),
        ("ｄｅｐｌｏｙ", "deploy"),
        ("Café au lait", "CAFÉ"),
        ("see node_modules/left-pad", "node_mod"),
        ("see node_modules/left-pad", "left-pad"),
        ("내일 회의에서 이야기해요", "회의"),
        ("내일 주간회의는 없어요", "회의"),
        ("내일 회의에서 이야기해요", "이야기"),
        ("네덜란드에서 왔어요", "네덜란드"),
        ("대회", "회"),
        ("회의", "회"),
        ("오늘은 비가 와요", "비"),
        ("3월에 봐요", "3월"),
        ("deploy를 했어요", "deploy를"),
        ("東京都に行きます", "京都"),
        ("カラオケに行こう", "オケ"),
        ("Привет, как дела", "привет"),
        ("well done 🎉🎉", "🎉"),
        ("a" * 60 + " end", "a" * 50),
        ("#회의록 여기", "회의록"),
        ("the quick brown fox", '"quick brown"'),
        ("the quick\n brown fox", '"quick brown"'),
        ("“quoted” words here", "“words here”"),
        ("빠른 갈색 여우", '"갈색 여우"'),
    ],
)
def test_a_text_is_found(mina: User, general: Room, say: Say, find: Find, body: str, query: str) -> None:
    say(mina, general, body)
    assert find(mina, query) == [body.strip()]


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("We redeploy on Friday", "deploy"),
        ("We deploy on Friday", "deploy monday"),
        ("드네 덜란", "네덜란드"),
        ("란드네덜란", "네덜란드"),
        ("the quick red brown fox", '"quick brown"'),
        ("quick browns", '"quick brown"'),
        ("We deploy on Friday", "-deploy friday"),
        ("We deploy on Friday", 'friday -"deploy on"'),
        ("의회", "회의"),
    ],
)
def test_a_text_is_not_found(mina: User, general: Room, say: Say, find: Find, body: str, query: str) -> None:
    say(mina, general, body)
    assert find(mina, query) == []


def test_a_decomposed_text_is_found_by_a_composed_word(mina: User, general: Room, say: Say, find: Find) -> None:
    import unicodedata

    body = unicodedata.normalize("NFD", "회의록 café")
    say(mina, general, body)
    assert find(mina, "회의록") == find(mina, "café") == [body]
