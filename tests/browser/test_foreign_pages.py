"""In a real browser, a page of another origin cannot open a socket with this site's cookies."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, Route

from tests.harness.services import Installation, Installations, Server

SITE = "chat.maple.localhost"
"""Chromium resolves all names under localhost to this machine; for its cookies `maple.localhost` is one site."""

SCRIPT = """
from chat.services.spaces import create_space
create_space(name="Sarangbang", username="mina", display_name="Mina", password="correct horse")
"""

OPEN_SOCKET = """url => new Promise(done => {
    const socket = new WebSocket(url)
    socket.onmessage = event => done(JSON.parse(event.data).type)
    socket.onclose = event => done(`closed ${event.code}`)
})"""

EMPTY_PAGE = "<!doctype html><title>Elsewhere</title>"


@pytest.fixture(scope="module")
def installation(installations: Installations) -> Iterator[Installation]:
    """A site with a careless ALLOWED_HOSTS: all names of its domain."""
    made = installations.create(ALLOWED_HOSTS=".maple.localhost,127.0.0.1,localhost")
    made.python(SCRIPT)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(installation: Installation) -> Server:
    return installation.start_server()


@pytest.fixture
def refusals(page: Page) -> list[str]:
    """The browser's console messages about refused handshakes."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Unexpected response code: 4" in message.text:
            said.append(message.text)

    page.on("console", note)
    return said


@pytest.fixture
def site(page: Page, server: Server) -> str:
    """Host and port of the site, at which Mina is signed in."""
    site = f"{SITE}:{server.port}"
    page.goto(f"http://{site}/accounts/login/")
    page.fill("input[name=login]", "mina")
    page.fill("input[name=password]", "correct horse")
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/rooms/**")
    return site


def open_page(page: Page, address: str, **headers: str) -> None:
    """Open a page of any origin, without a server for it."""

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=EMPTY_PAGE, headers=headers)

    page.route(address, answer)
    page.goto(address)


def test_a_page_of_the_site_itself_opens_a_socket(page: Page, site: str, refusals: list[str]) -> None:
    open_page(page, f"http://{site}/accounts/anything/")
    assert page.evaluate(OPEN_SOCKET, f"ws://{site}/ws/") == "hello"
    assert refusals == []


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("http://chat.maple.localhost:9", id="another port"),
        pytest.param("http://chat.maple.localhost", id="the standard port"),
        pytest.param("https://{site}", id="another scheme"),
        pytest.param("http://evil.maple.localhost:{port}", id="another subdomain"),
        pytest.param("http://maple.localhost:{port}", id="the domain above"),
        pytest.param("http://127.0.0.1:{port}", id="an address of the same machine"),
        pytest.param("http://evil.example", id="another site"),
    ],
)
def test_a_page_of_another_origin_opens_no_socket(
    page: Page, server: Server, site: str, refusals: list[str], origin: str
) -> None:
    open_page(page, origin.format(site=site, port=server.port) + "/page/")
    assert page.evaluate(OPEN_SOCKET, f"ws://{site}/ws/") == "closed 1006"
    assert len(refusals) == 1


def test_a_sandboxed_page_opens_no_socket(page: Page, site: str, refusals: list[str]) -> None:
    open_page(page, f"http://{site}/uploaded/", **{"Content-Security-Policy": "sandbox allow-scripts"})
    assert page.evaluate("window.origin") == "null"
    assert page.evaluate(OPEN_SOCKET, f"ws://{site}/ws/") == "closed 1006"
    assert len(refusals) == 1


def test_a_page_from_the_disk_opens_no_socket(page: Page, site: str, refusals: list[str], tmp_path: Path) -> None:
    saved = tmp_path / "page.html"
    saved.write_text(EMPTY_PAGE)
    page.goto(saved.as_uri())
    assert page.evaluate(OPEN_SOCKET, f"ws://{site}/ws/") == "closed 1006"
    assert len(refusals) == 1
