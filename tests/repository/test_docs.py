"""The documentation says what is so: its tables are those of the code, its links lead somewhere, its script runs."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from chat.protocol import events, shapes
from chat.protocol.commands import COMMANDS
from chat.protocol.errors import ERRORS, CloseCode
from chat.protocol.limits import PERSON_COMMANDS_BURST, PERSON_COMMANDS_PER_SECOND, SILENCE_SECONDS, Limits
from chat.queries.space import current_limits
from search import shapes as search_shapes
from tests.harness import services
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

PROTOCOL = (BASE_DIR / "docs" / "protocol.md").read_text()
PAGES = [*sorted(BASE_DIR.glob("*.md")), *sorted((BASE_DIR / "docs").glob("*.md"))]
DEFINED = re.compile(r"^(?:async )?def (test_[a-z0-9_]+)\(", re.MULTILINE)
README_LINES = 80
PICTURE_BYTES = 250_000

SHAPES: dict[str, type[BaseModel]] = {
    "User": shapes.User,
    "Space": shapes.Space,
    "Message": shapes.Message,
    "Version": shapes.Version,
    "Extras": shapes.Extras,
    "Mine": shapes.Mine,
    "Excerpt": shapes.Excerpt,
    "Member": shapes.Member,
    "RoomInfo": shapes.RoomInfo,
    "RoomSummary": shapes.RoomSummary,
    "Threads": shapes.Threads,
    "Item": shapes.Item,
    "Status": shapes.Status,
    "Presence": shapes.Presence,
    "RoomRef": search_shapes.RoomRef,
    "Hit": search_shapes.Hit,
    "Place": search_shapes.Place,
    "QueryTerm": search_shapes.QueryTerm,
    "Error": shapes.Error,
}
REPLIES: dict[str, type[BaseModel]] = {
    "open": events.OpenReply,
    "close": events.Ok,
    "history": events.HistoryReply,
    "send": events.MessageReply,
    "direct": events.MessageReply,
    "edit": events.MessageReply,
    "delete": events.MessageReply,
    "versions": events.VersionsReply,
    "react": events.MineReply,
    "vote": events.MineReply,
    "close_poll": events.MessageReply,
    "remove_preview": events.MessageReply,
    "report": events.Ok,
    "pin": events.MessageReply,
    "pins": events.PinsReply,
    "read": events.ReadReply,
    "follow": events.RoomReply,
    "join": events.RoomReply,
    "leave": events.Ok,
    "typing": events.Ok,
    "me": events.MeReply,
    "set_item": events.ItemReply,
    "mentions_read": events.ItemsReply,
    "show_people": events.PeopleReply,
    "presence": events.Ok,
    "set_status": events.StatusReply,
    "ping": events.PingReply,
    "search": search_shapes.SearchReply,
}


def table(heading: str, *, number: int = 0) -> list[list[str]]:
    """The cells of the rows of a table below a heading of the protocol's page."""
    section = re.split(rf"^#+ {heading}$", PROTOCOL, flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, flags=re.MULTILINE)[0]
    tables = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    rows = tables[number].strip().splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def names(cell: str) -> set[str]:
    """What stands in code marks."""
    return set(re.findall(r"`([^`]+)`", cell))


def fields(model: type[BaseModel], *, besides: tuple[str, ...] = ()) -> set[str]:
    """A model's fields as the tables write them: `?` behind those that may be left out of a frame."""
    shown = {name: field for name, field in model.model_fields.items() if name not in besides and not field.exclude}
    return {name if field.is_required() else f"{name}?" for name, field in shown.items()}


# --- the tables of the protocol ---------------------------------------------------------------------------------------


def test_the_page_lists_every_command_with_its_fields() -> None:
    listed = {name: names(given) for [[name], given] in ((sorted(names(row[0])), row[1]) for row in table("Commands"))}
    assert listed == {name: fields(model, besides=("type", "ref")) for name, model in COMMANDS.items()}


def test_the_page_lists_what_every_command_is_answered_with() -> None:
    assert REPLIES.keys() == COMMANDS.keys()
    listed = {row[0].strip("`"): names(row[2]) for row in table("Commands")}
    assert listed == {name: fields(model) for name, model in REPLIES.items()}


def test_the_page_lists_every_event_with_its_fields() -> None:
    listed = {row[0].strip("`"): names(row[1]) for row in table("Events")}
    assert listed.keys() == events.EVENTS.keys()
    assert listed.pop("reply") == {"ref", "ok", "error"}
    assert listed == {
        name: fields(model, besides=("type",)) for name, model in events.EVENTS.items() if name != "reply"
    }


def test_the_page_lists_every_shape_with_its_fields() -> None:
    listed = {row[0].strip("`"): names(row[1]) for row in table("Shapes")}
    summary = listed["RoomSummary"]
    assert "RoomInfo" in summary
    listed["RoomSummary"] = summary - {"RoomInfo"} | listed["RoomInfo"]
    assert listed == {name: fields(model) for name, model in SHAPES.items()}


def test_the_page_lists_every_error_code() -> None:
    assert [row[0].strip("`") for row in table("Error codes")] == list(ERRORS)


def test_the_page_lists_every_close_code() -> None:
    assert {int(row[0]): row[1].strip("`") for row in table("Close codes")} == {
        code.value: code.name for code in CloseCode
    }


def test_the_page_shows_the_limits_as_in_hello(settings: Any) -> None:
    hello = PROTOCOL.split('{"type": "hello"')[1].split("```")[0]
    for name, value in current_limits().model_dump(exclude={"rate", "commands"}).items():
        assert f'"{name}": {value}' in hello
    rates = [("rate", settings.SEND_RATE_PER_SECOND, settings.SEND_RATE_BURST)]
    for name, per_second, burst in [*rates, ("commands", PERSON_COMMANDS_PER_SECOND, PERSON_COMMANDS_BURST)]:
        assert f'"{name}": {{"per_second": {per_second:g}, "burst": {burst}}}' in hello


LIMITED_BY = {
    **dict.fromkeys(("send", "direct", "edit"), "rate"),
    "react": "reactions_per_minute",
    "versions": "versions_per_minute",
    "pin": "pins_per_minute",
    "vote": "votes_per_minute",
    "close_poll": "commands",
    "remove_preview": "commands",
    "report": "reports_per_hour",
    "mentions_read": "mentions_read_per_minute",
    "follow": "follows_per_minute",
    **dict.fromkeys(("open", "close", "history", "delete", "pins", "read", "typing", "ping"), "commands"),
    **dict.fromkeys(("join", "leave", "me", "set_item", "show_people", "presence", "set_status", "search"), "commands"),
}


def test_every_command_has_a_limit_for_a_person_in_hello() -> None:
    assert LIMITED_BY.keys() == COMMANDS.keys()
    assert set(LIMITED_BY.values()) <= set(Limits.model_fields)


def named_limit(path: str) -> float:
    module, name = path.rsplit(".", 1)
    value: float = getattr(importlib.import_module(module), name)
    return value


@pytest.mark.parametrize("row", table("Limits"), ids=lambda row: row[0])
def test_a_limit_on_the_page_is_the_one_in_the_code(row: list[str]) -> None:
    assert float(row[1].replace(",", "")) == named_limit(row[2].strip("`"))


def test_the_page_names_every_limit_of_the_protocol() -> None:
    from chat.protocol import limits

    constants = {name for name, value in vars(limits).items() if name.isupper() and isinstance(value, int)}
    listed = {row[2].strip("`").rsplit(".", 1)[1] for row in table("Limits")}
    assert constants <= listed


def test_the_page_says_how_long_silence_may_last() -> None:
    assert f"said nothing for {SILENCE_SECONDS} s" in PROTOCOL


# --- every page -------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The names by which headings of a page can be linked, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'(?:src|href|srcset)="([^"]+)"', prose)
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        path, _hash, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(found), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    tops = {path.name for path in BASE_DIR.iterdir()}
    made_on_the_way = ("var/",)
    for name in names(page.read_text()):
        path = name.split(" ")[0].rstrip("/")
        if "/" in path and path.split("/")[0] in tops and not path.startswith(made_on_the_way) and "*" not in path:
            assert (BASE_DIR / path).exists(), f"{page.name} names {name}"


def test_every_test_that_the_page_on_security_names_exists() -> None:
    page = (BASE_DIR / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", page))
    defined = {name for path in (BASE_DIR / "tests").rglob("test_*.py") for name in DEFINED.findall(path.read_text())}
    assert len(named) > 20
    assert named - defined == set()


def test_the_readme_is_short() -> None:
    assert len((BASE_DIR / "README.md").read_text().splitlines()) <= README_LINES


def test_pictures_are_small() -> None:
    pictures = sorted((BASE_DIR / "docs" / "img").glob("*.png"))
    assert pictures
    assert {picture.name for picture in pictures if picture.stat().st_size > PICTURE_BYTES} == set()


# --- what is there to be run ------------------------------------------------------------------------------------------


def test_the_example_environment_knows_only_settings_that_are_explained() -> None:
    example = (BASE_DIR / "deploy" / "sarangbang.env").read_text()
    given = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    explained = names((BASE_DIR / "docs" / "settings.md").read_text())
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "TLS"} <= given
    assert given - explained == set()


SPACE = """
from chat.services.spaces import create_space
create_space(name="Team", username="mina", display_name="Mina", password="a-password-for-mina")
"""


def test_the_script_for_bots_says_something(installation: services.Installation, tmp_path: Path) -> None:
    installation.python(SPACE)
    server = installation.start_server()
    script = tmp_path / "say.py"
    script.write_text(PROTOCOL.split("```python\n")[1].split("```")[0])

    def say(*arguments: str) -> str:
        command = [sys.executable, str(script), server.url, *arguments]
        env = {**os.environ, "PYTHONPATH": str(BASE_DIR)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
        return done.stdout + done.stderr

    assert say("mina", "a-password-for-mina", "general", "Good morning!") == "Stored at position 1.\n"
    assert "does not know" in say("mina", "a-wrong-password", "general", "Good morning!")
    assert "in no room called kitchen" in say("mina", "a-password-for-mina", "kitchen", "Good morning!")


def test_the_script_for_bots_is_about_ten_lines() -> None:
    script = PROTOCOL.split("```python\n")[1].split("```")[0]
    statements = [line for line in script.splitlines() if line and not line.startswith(("import", "from", '"""'))]
    assert len(statements) <= 10
