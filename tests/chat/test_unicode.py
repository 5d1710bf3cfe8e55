"""Properties of characters: scripts, skeletons, and invisibility."""

import pytest

from chat.unicode import (
    are_one_script,
    fold,
    is_blank,
    one_emoji,
    scripts_of,
    skeleton,
    skeleton_digest,
    without_invisible,
)
from chat.unicode.scripts import TABLE as SCRIPTS
from chat.unicode.skeletons import TABLE as CONFUSABLES

pytestmark = pytest.mark.once


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


@pytest.mark.parametrize(("text", "emoji"), [("❤", "❤\ufe0f"), ("☀", "☀\ufe0f"), ("©", "©\ufe0f")])
def test_a_character_that_is_drawn_as_text_gets_the_selector_for_colour(text: str, emoji: str) -> None:
    assert one_emoji(text) == emoji


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
        "<b>",
    ],
)
def test_any_other_text_is_not_one_emoji(text: str) -> None:
    assert one_emoji(text) is None


def test_folding_unifies_case_and_width() -> None:
    assert fold("ＭＩＮＡ") == fold("Mina") == "mina"


def test_the_tables_say_where_they_come_from_and_hold_what_folding_leaves() -> None:
    for table in (CONFUSABLES, SCRIPTS):
        head, _titles, *lines = table.read_text(encoding="utf-8").splitlines()
        assert "Made by bin/unicode from" in head
        assert lines == [line for line in lines if "; " in line]
    assert (CONFUSABLES.parent / "LICENSE").is_file()
