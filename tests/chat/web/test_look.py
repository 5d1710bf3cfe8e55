"""The look, as far as a program can see it: contrast, and nothing that a strict CSP would refuse."""

import re
from pathlib import Path
from typing import Any

import pytest

from chat.templatetags.people import HUES
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

CSS = BASE_DIR / "chat/static/chat/css"
TOKENS = (CSS / "tokens.css").read_text()
FALLBACK = "tokens-2023"
ENTRIES = {"room", "lists", "late", "site"}
SHEETS = sorted({path.stem for path in CSS.glob("*.css")} - ENTRIES - {"tokens", FALLBACK, "admin", "admin_queues"})
TEMPLATES = sorted((BASE_DIR / "templates").rglob("*.html"))
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(\bsrc=|type=.application/json))")
"""What a strict CSP refuses to run; data in a script element is none of it."""

TEXT = 4.5
EDGE = 3.0

PAIRS = [
    *[(ink, paper, TEXT) for ink in ("ink", "ink-2", "ink-3") for paper in ("paper", "paper-2", "paper-3")],
    *[("celadon", paper, TEXT) for paper in ("paper", "paper-2", "paper-3", "celadon-soft")],
    *[("persimmon", paper, TEXT) for paper in ("paper", "paper-2", "persimmon-soft")],
    *[("ink", soft, TEXT) for soft in ("celadon-soft", "persimmon-soft", "gold-soft", "code")],
    ("ink-3", "celadon-soft", TEXT),
    ("gold", "gold-soft", TEXT),
    ("on-celadon", "celadon", TEXT),
    ("on-celadon", "celadon-2", TEXT),
    ("on-persimmon", "persimmon", TEXT),
    ("on-persimmon", "persimmon-2", TEXT),
    *[("field-line", paper, EDGE) for paper in ("paper", "paper-2", "paper-3")],
]


def themes() -> dict[str, dict[str, str]]:
    """The colours of both themes by name."""
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS)
    return {
        "light": {name: light for name, light, _dark in pairs},
        "dark": {name: dark for name, _light, dark in pairs},
    }


def of_one_theme(value: str, which: int) -> str:
    """The value of a token with each `light-dark(a, b)` replaced by its light (0) or dark (1) part."""
    pair = r"light-dark\(((?:[^(),]|\([^()]*\))+),\s*((?:[^(),]|\([^()]*\))+)\)"
    return " ".join(re.sub(pair, lambda found: found[which + 1].strip(), value).split())


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper", "least"), PAIRS)
def test_text_has_enough_contrast(theme: str, ink: str, paper: str, least: float) -> None:
    colours = themes()[theme]
    assert contrast(colours[ink], colours[paper]) >= least


@pytest.mark.parametrize("hue", re.findall(r"--hue-\d+: (#\w{6});", TOKENS))
def test_initials_have_enough_contrast_on_every_hue(hue: str) -> None:
    assert contrast("#ffffff", hue) >= TEXT


def test_there_are_as_many_hues_in_the_tokens_as_people_are_spread_over() -> None:
    assert len(re.findall(r"--hue-\d+:", TOKENS)) == HUES
    assert f"const HUES = {HUES};" in (BASE_DIR / "chat/static/chat/js/views/people.js").read_text()


def test_every_colour_differs_between_the_themes() -> None:
    light, dark = themes().values()
    assert len(light) > 20
    assert {name for name in light if light[name] == dark[name]} == set()


def test_browsers_without_light_dark_get_the_same_colours() -> None:
    tokens = re.findall(r"(--[\w-]+): ([^;]*light-dark[^;]*);", TOKENS)
    sheet = (CSS / f"{FALLBACK}.css").read_text()
    blocks = [dict(re.findall(r"(--[\w-]+): ([^;]+);", block)) for block in re.findall(r"\{([^{}]+)\}", sheet)]
    light, dark = ({name: of_one_theme(value, which) for name, value in tokens} for which in (0, 1))
    assert blocks == [light, dark, dark]


IN_THE_ADMIN = {
    "light": {"50": "paper-2", "100": "paper-3", "200": "line", "500": "ink-3", "600": "ink-2"},
    "dark": {"400": "ink-3", "800": "paper-3", "900": "paper", "950": "paper-2"},
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_admin_has_the_colours_of_the_tokens(theme: str, settings: Any) -> None:
    scale, tokens = settings.UNFOLD["COLORS"]["base"], themes()[theme]
    assert {step: scale[step] for step in IN_THE_ADMIN[theme]} == {
        step: tokens[name] for step, name in IN_THE_ADMIN[theme].items()
    }
    assert settings.UNFOLD["COLORS"]["primary"]["600" if theme == "light" else "400"] == tokens["celadon"]
    assert f"--color-white: {themes()['light']['paper']};" in (CSS / "admin.css").read_text()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(BASE_DIR / "templates")))
def test_no_template_has_inline_style_or_script(template: Path) -> None:
    assert not re.search(
        r"<style|\sstyle=|\son\w+=|<script(?![^>]*(\bsrc=|type=.application/json))", template.read_text()
    )


@pytest.mark.parametrize("name", SHEETS)
def test_stylesheets_take_their_colours_from_the_tokens(name: str) -> None:
    css = css_of(name)
    assert set(re.findall(r"#[0-9a-f]{3,8}\b|rgb\([^)]*\)", css)) <= {"#fff"}
    used = set(re.findall(r"var\(--([\w-]+)", css))
    assert used <= set(re.findall(r"--([\w-]+):", TOKENS))


@pytest.mark.parametrize("name", SHEETS)
def test_stylesheets_use_the_token_of_a_radius_a_size_of_type_or_a_space(name: str) -> None:
    assert literals(css_of(name)) == []


def test_literals_are_lengths_that_have_a_token_and_pixels_that_do_not_grow_with_the_text() -> None:
    css = """.a { margin: 0 16px; translate: 0 calc(1rem + 0.5lh); border: 3px solid; font-size: 1.1rem; inset: 4rem; }
        .b { border-radius: 5px; inline-size: 6px; max-inline-size: 42rem; padding: 0.375rem var(--space-1) 1.2em; }
        @media (min-width: 16px) { .c { font-size: max(16px, var(--text-m)); } }"""
    assert literals(css) == [
        *("margin: 16px", "translate: 1rem", "font-size: 1.1rem"),
        *("border-radius: 5px", "inline-size: 6px", "max-inline-size: 42rem"),
    ]


@pytest.mark.parametrize("name", [*SHEETS, "admin"])
def test_a_sheet_is_short_enough_to_be_read_at_once(name: str) -> None:
    assert len((CSS / f"{name}.css").read_text().splitlines()) < 300


ON_PAGES = ".with-page:has("
"""Begins selectors that have nothing to match while a room is shown."""


@pytest.mark.parametrize("name", SHEETS)
def test_has_styles_only_its_own_subject(name: str) -> None:
    """Else each change below that subject makes Chromium restyle what such selectors end with: links, for example."""
    selectors = [part.strip() for part in re.split(r"[{},]\n", css_of(name)) if ":has(" in part]
    others = [part for part in selectors if not part.startswith(ON_PAGES)]
    assert [part for part in others if re.search(r"[\s>+~]", after_has(part))] == []


def after_has(selector: str) -> str:
    """What follows the first `:has(…)` of a selector."""
    _before, _has, rest = selector.partition(":has(")
    depth = 1
    for index, character in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return rest[index + 1 :]
    return ""


def test_what_follows_has_is_what_it_restyles() -> None:
    assert after_has(".me:has(.a, :is(b, c)) > :is(d):not(e)") == " > :is(d):not(e)"
    assert after_has(".check:has(:checked):hover") == ":hover"


HAIRLINE_PX = 3
NO_ZOOM = "max(16px, var(--text-m))"
"""In smaller fields, iOS zooms into the page: a size in pixels, whatever the text size."""

WITH_TOKENS = r"--(?:space-\d+|measure|column|sidebar|panel|field): ([\d.]+)rem"


def literals(css: str) -> list[str]:
    """Lengths for which there is a token, and lengths in pixels, which would not grow with the text; hairlines may."""
    with_tokens = {float(rem) for rem in re.findall(WITH_TOKENS, TOKENS)}
    found = []
    for name, value in re.findall(r"([\w-]+):([^;{}]*);", css):
        for number, unit in re.findall(r"(?<![\w.-])([\d.]+)(px|rem)\b", value.replace(NO_ZOOM, "")):
            is_literal = name in {"font-size", "border-radius"} or float(number) in with_tokens
            if float(number) > HAIRLINE_PX if unit == "px" else is_literal:
                found.append(f"{name}: {number}{unit}")
    return found


def css_of(name: str) -> str:
    """A style sheet without its comments."""
    return re.sub(r"/\*.*?\*/", "", (CSS / f"{name}.css").read_text(), flags=re.DOTALL)


def scopes(css: str) -> set[str]:
    """The classes that selectors begin with: `.bar` for `.bar .icon:hover`, both for `:is(.failure, .held) b`."""
    preludes = re.findall(r"[^{};]+(?=\{)", css)
    selectors = [part for prelude in preludes for part in re.split(r",(?![^(]*\))", prelude)]
    starts = [
        re.split(r"\s(?![^(]*\))|>", re.sub(r":(?:not|has)\([^)]*\)", "", selector.strip()))[0]
        for selector in selectors
    ]
    return {
        name
        for start in starts
        if start and not start.startswith("@")
        for name in re.findall(r"\.([a-z][\w-]*)", start)
    }


def test_the_scopes_of_a_sheet_are_the_classes_that_its_selectors_begin_with() -> None:
    css = "@media print { .bar .icon, .sheet > li { top: 0; } } :is(.failure, .held) .icon, .me:has(.off) { top: 0; }"
    assert scopes(css) == {"bar", "sheet", "failure", "held", "me"}


def test_each_class_is_styled_in_one_sheet() -> None:
    owners: dict[str, set[str]] = {}
    for name in SHEETS:
        for scope in scopes(css_of(name)):
            owners.setdefault(scope, set()).add(name)
    assert len(owners) > 100
    assert {scope: sheets for scope, sheets in owners.items() if len(sheets) > 1} == {}


def test_every_sheet_is_part_of_a_page() -> None:
    entries = [(CSS / f"{entry}.css").read_text() for entry in ENTRIES]
    imported = {name for text in entries for name in re.findall(r'@import "(.+)\.css";', text)}
    assert imported == {"tokens", FALLBACK, *SHEETS}
