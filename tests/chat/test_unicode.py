"""Properties of characters: scripts, skeletons, and invisibility; and the emoji."""

import gzip
import json
from itertools import zip_longest
from typing import Any

import pytest

from chat.unicode import (
    are_one_script,
    emoji_end,
    emoji_named,
    fold,
    is_blank,
    is_emoji,
    one_emoji,
    scripts_of,
    skeleton,
    skeleton_digest,
    without_invisible,
)
from chat.unicode.emoji import EMOJI_CHARS
from chat.unicode.emoji import TABLE as EMOJI
from chat.unicode.scripts import TABLE as SCRIPTS
from chat.unicode.skeletons import TABLE as CONFUSABLES
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

EMOJI_FILES = BASE_DIR / "chat/static/chat/emoji"
KILOBYTES = 60
TONES = [chr(tone) for tone in range(0x1F3FB, 0x1F400)]
LIGHT = TONES[0]


@pytest.mark.parametrize("alike", ["mіna", "mına", "rnina", "ｍｉｎａ", "MINA", "mi\u200bna", "𝐦ina"])
def test_names_that_look_alike_have_one_skeleton(alike: str) -> None:
    assert skeleton(alike) == skeleton("mina")


@pytest.mark.parametrize(
    ("one", "other"),
    [("joe1", "joel"), ("joe0", "joeo"), ("аdа", "ada"), ("한글", "한\u3164글"), ("é", "e\u0301")],
)
def test_digits_other_scripts_and_accents_look_alike_too(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("mina", "nina"), ("é", "e"), ("미나", "미너"), ("a.b", "ab"), ("김", "검")]
)
def test_distinguishable_names_have_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_a_skeleton_of_any_length_fits_into_its_column() -> None:
    assert len(skeleton_digest("괚" * 150)) == len(skeleton_digest("\ud800")) == len(skeleton_digest("")) == 40


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("mina", {"Latin"}),
        ("mіna", {"Latin", "Cyrillic"}),
        ("최하은", {"Hangul"}),
        ("崔하은", {"Hangul", "Han"}),
        ("タロー", {"Katakana"}),
        ("ひ子", {"Hiragana", "Han"}),
        ("हिन्दी", {"Devanagari"}),
        ("a@", {"Latin", None}),
        ("\u3164", {None}),
        ("ᚠ", {None}),  # a script that is no longer in use
    ],
)
def test_letters_have_a_script_and_all_else_has_none(text: str, scripts: set[str | None]) -> None:
    assert scripts_of(text) == scripts


@pytest.mark.parametrize(
    ("scripts", "one"),
    [
        ({"Latin"}, True),
        (set(), True),
        ({"Hangul", "Han"}, True),
        ({"Hiragana", "Katakana", "Han"}, True),
        ({"Hangul", "Hiragana"}, False),
        ({"Latin", "Hangul"}, False),
        ({"Latin", "Cyrillic"}, False),
    ],
)
def test_a_language_may_write_several_scripts_side_by_side(scripts: set[str], one: bool) -> None:
    assert are_one_script(scripts) is one


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "\u3164", "\u115f\u1160", "\u2800", "\u00a0\u202e", "\u0301", "\ufe0f"]
)
def test_a_text_without_visible_characters_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "미나", "🫨", "-", "é", "\u200ba"])
def test_a_text_with_visible_characters_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\u202eb\u2066c", "abc"),
        ("한\u3164글\u115f", "한글"),
        ("Mina 👩‍💻 ❤️", "Mina 👩‍💻 ❤️"),
        ("a\u200db\ufe0f", "ab"),
        ("Zoë", "Zoë"),
        ("", ""),
    ],
)
def test_invisible_characters_are_removed_and_emoji_stay_whole(text: str, left: str) -> None:
    assert without_invisible(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "🙂",
        "👍🏽",
        "❤️",
        "👩‍💻",
        "👩🏿‍❤️‍💋‍👩🏻",
        "🇰🇷",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "7️⃣",
    ],
)
def test_one_emoji_is_recognised_however_many_characters_it_has(text: str) -> None:
    assert one_emoji(text) == text
    assert is_emoji(text)


@pytest.mark.parametrize(
    ("text", "emoji"), [("❤", "❤\ufe0f"), ("☀", "☀\ufe0f"), ("©", "©\ufe0f"), ("👁\u200d🗨", "👁\ufe0f\u200d🗨\ufe0f")]
)
def test_an_emoji_without_the_selector_for_colour_gets_it(text: str, emoji: str) -> None:
    assert one_emoji(text) == emoji
    assert not is_emoji(text)
    assert is_emoji(emoji)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "7",
        "#",
        "가",
        "🙂🙂",
        "🙂 ",
        "🇰",
        "🇰🇷🇰🇷",
        "🏽",
        "🙂\u0301",
        "🙂\u202e",
        "\u200d",
        "🙂\u200d",
        "\ufe0f",
        "🙂\ufe0f\ufe0f",
        "🙂\u200d🙂",
        "🇽🇽",
        "<b>",
        "; ",
    ],
)
def test_any_other_text_is_not_one_emoji(text: str) -> None:
    assert one_emoji(text) is None
    assert not is_emoji(text)


def test_an_emoji_is_found_by_each_of_its_shortcodes_and_by_nothing_else() -> None:
    assert emoji_named("+1") == emoji_named("thumbsup") == "👍"
    assert emoji_named("maple_leaf") == "🍁"
    assert [emoji_named(name) for name in ("", ":tada:", "Tada", "our-logo")] == [None] * 4


@pytest.mark.parametrize(
    ("text", "at", "end"),
    [
        ("🙂", 0, 1),
        ("a👍🏽b", 1, 3),
        ("👩\u200d💻👩", 0, 3),
        ("🇰🇷🇰🇷", 2, 4),
        ("7️⃣", 0, 3),
        ("7", 0, 0),
        ("©", 0, 0),
        ("", 0, 0),
    ],
)
def test_the_longest_emoji_at_a_place_is_found(text: str, at: int, end: int) -> None:
    assert emoji_end(text, at) == end


def test_no_emoji_is_longer_than_what_is_looked_at() -> None:
    emoji = [line.partition(";")[0] for line in EMOJI.read_text(encoding="utf-8").splitlines()[2:]]
    assert max(map(len, emoji)) == EMOJI_CHARS
    assert [one for one in emoji if emoji_end(one + one, 0) != len(one)] == []


def emoji_file(language: str) -> dict[str, Any]:
    """What the browser loads for a language."""
    read: dict[str, Any] = json.loads((EMOJI_FILES / f"{language}.json").read_text(encoding="utf-8"))
    return read


def offered() -> list[list[str]]:
    """What the picker offers: emoji, name, words, shortcodes, and the variant with light skin if there are any."""
    return [entry for entries in emoji_file("en")["groups"].values() for entry in entries]


def test_the_server_accepts_every_emoji_that_the_browser_offers_in_every_tone() -> None:
    toned = [
        light.replace(LIGHT, tone)
        for _emoji, _name, _words, _codes, *rest in offered()
        for light in rest
        for tone in TONES
    ]
    assert len(offered()) > 1800
    assert len(toned) > 1500
    assert [emoji for emoji in (*toned, *(entry[0] for entry in offered())) if not is_emoji(emoji)] == []


def test_server_and_browser_agree_on_every_shortcode() -> None:
    wrong = [(code, entry[0]) for entry in offered() for code in entry[3].split() if emoji_named(code) != entry[0]]
    assert wrong == []
    assert [entry for entry in offered() if not entry[3]] == []


def test_every_emoji_that_is_offered_has_a_name_in_both_languages() -> None:
    korean = emoji_file("ko")["names"]
    pairs = list(zip_longest(offered(), korean))
    assert [pair for pair in pairs if None in pair or not pair[0][1] or not pair[1][0]] == []
    (maple,) = (name for entry, name in pairs if entry[0] == "🍁")
    assert maple[0] == "단풍잎"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_emoji_of_a_language_are_a_small_file_that_says_where_it_comes_from(language: str) -> None:
    file = (EMOJI_FILES / f"{language}.json").read_bytes()
    assert len(gzip.compress(file)) < KILOBYTES * 1000
    source = emoji_file(language)["source"]
    assert source in (EMOJI_FILES / "LICENSE").read_text()
    assert EMOJI.read_text(encoding="utf-8").startswith(f"# Made by bin/emoji from {source}.")


def test_folding_unifies_case_and_width() -> None:
    assert fold("ＭＩＮＡ") == fold("Mina") == "mina"


def test_the_tables_say_where_they_come_from_and_hold_what_folding_leaves() -> None:
    for table in (CONFUSABLES, SCRIPTS):
        head, _titles, *lines = table.read_text(encoding="utf-8").splitlines()
        assert "Made by bin/unicode from" in head
        assert lines == [line for line in lines if "; " in line]
    assert (CONFUSABLES.parent / "LICENSE").is_file()
