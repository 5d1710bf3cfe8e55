"""The client's copies of facts of the server are equal to them: it imports nothing of the server."""

import ast
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.protocol import PROTOCOL, errors, limits
from chat.protocol.excerpts import EXCERPT_CHARS, HTML_CHARS
from chat.services.links import find_links
from chat.services.markup import render
from chat.services.markup.blocks import has_blocks
from chat.services.text import clean_body
from client import codes, connecting, protocol, state, text
from client.reconnecting import delay_after
from client.text import plain
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

DRIVERS = {"connecting", "asyncio_client", "blocking_client", "socket_transport", "__main__"}


def test_the_codes_are_those_of_the_server() -> None:
    assert codes.SUBPROTOCOL == PROTOCOL
    assert {code.name: code.value for code in codes.CloseCode} == {code.name: code.value for code in errors.CloseCode}
    known = {codes.FORBIDDEN, codes.NOT_FOUND, codes.RATE_LIMITED, codes.UNAVAILABLE}
    assert known < errors.ERRORS.keys()
    assert not {codes.DISCONNECTED, codes.EPOCH_CHANGED} & errors.ERRORS.keys()


def test_the_times_and_sizes_are_those_of_the_server() -> None:
    assert protocol.HEARTBEAT_SECONDS == limits.HEARTBEAT_SECONDS
    assert state.TYPING_EXPIRY_SECONDS == limits.TYPING_EXPIRY_SECONDS
    assert connecting.FRAME_BYTES >= limits.OUTBOUND_FRAME_BYTES
    assert text.EXCERPT_CHARS == EXCERPT_CHARS
    assert text.HTML_CHARS == HTML_CHARS


COME_BACK = {
    int(row[1]): row[4].strip().startswith("yes")
    for row in (line.split("|") for line in (BASE_DIR / "docs" / "protocol.md").read_text().splitlines())
    if len(row) == 6 and re.fullmatch(r" 4\d{3} ", row[1])
}


@pytest.mark.parametrize("code", [code.value for code in codes.CloseCode])
def test_a_client_comes_back_after_the_codes_after_which_the_page_says_so(code: int) -> None:
    delay = delay_after(code, failures=0, random=lambda: 0.5)
    assert (delay is not None) == COME_BACK[code]


def test_waits_are_within_those_of_the_page() -> None:
    def delays(code: int, **more: float) -> tuple[float | None, float | None]:
        low = delay_after(code, failures=0, random=lambda: 0.0, **more)
        return low, delay_after(code, failures=0, random=lambda: 1.0, **more)

    assert delays(4012, restart_delay=8.0) == (0, 8)
    assert delays(4408) == (0, 0)
    assert delays(4429) == (30, 30)
    assert delays(4430) == (30, 60)
    assert delays(1006) == (0, 0.5)


bodies = st.text(st.sampled_from("ab <>&\"'\n차🍵"), min_size=1, max_size=40).filter(
    lambda body: not has_blocks(f"a{body}")
)


@given(bodies)
def test_plain_html_is_what_the_server_makes_of_a_text_without_markup(body: str) -> None:
    text = clean_body(f"a{body}")  # not a few emoji alone, which are shown large
    assert not find_links(text)
    assert plain(text) == render(text)


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", sorted((BASE_DIR / "client").glob("*.py")), ids=lambda path: path.stem)
def test_the_client_imports_the_standard_library_and_only_its_drivers_a_websocket(path: Path) -> None:
    foreign = imported(path) - set(sys.stdlib_module_names)
    assert foreign <= ({"websockets"} if path.stem in DRIVERS else set())
