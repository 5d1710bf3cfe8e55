"""`bin/dev`: what is changed in the source is on the page."""

import json
import signal
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from devserver.changes import BASE_DIR, Demand, demand_of
from tests.harness.dev_site import DevSite, is_alive
from tests.harness.services import temporary_directory
from tests.harness.waiting import until

pytestmark = pytest.mark.once

SIGN_IN = "/accounts/login/"
SCRIPT = '<script type="module" src="/_dev/reload.js"></script>'
RECEIVE_SECONDS = 20
DEMO_SECONDS = 180
"""Nine passwords are hashed for the demo, each for half a second of a free core; other tests compete for it."""

ONE_SPARE = 2
"""The process that serves, and the one that is ready to replace it."""


@pytest.fixture(scope="module")
def site() -> Iterator[DevSite]:
    """A `bin/dev` for all tests of this module, started by somebody whose shell has settings of another site."""
    with temporary_directory() as directory:
        other = directory / "other"
        env: dict[str, Any] = {
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1",
            "TLS": "true",
        }
        site = DevSite(directory, VAR_DIR=str(other), DEBUG="false", **env)
        try:
            yield site.start()
        finally:
            site.stop()


def listen(site: DevSite, *, origin: str = "") -> ClientConnection:
    """What the script in a page does; `origin` is that of a page of another site."""
    return connect(f"{site.socket_url}/_dev/changes", additional_headers={"Origin": origin or site.url})


def with_spare(site: DevSite) -> set[int]:
    """The ids of its processes, as soon as one serves and one is ready to replace it."""
    return until(lambda: found if len(found := site.descendants()) == ONE_SPARE else set[int]())


def test_a_shells_settings_of_another_site_do_not_reach_it(site: DevSite) -> None:
    assert not Path(site.env["VAR_DIR"]).exists()
    assert (site.data / "sarangbang.sqlite3").exists()
    assert site.data.stat().st_mode & 0o077 == 0


def test_it_has_the_demo_and_prints_how_to_sign_in(site: DevSite) -> None:
    until(lambda: "password" in site.output(), seconds=DEMO_SECONDS)
    with sqlite3.connect(site.data / "sarangbang.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM chat_message").fetchone()[0] > 100


def test_a_change_in_python_is_served_by_a_new_process(site: DevSite) -> None:
    assert "https://changed.example" not in site.get(SIGN_IN)[1]
    with listen(site) as browser:
        site.replace("chatproject/csp.py", '"blob:")', '"blob:", "https://changed.example")')
        until(lambda: "https://changed.example" in site.get(SIGN_IN)[1])
        with pytest.raises(Exception, match="4012"):  # and the browser reloads the page when it has connected again
            browser.recv(timeout=RECEIVE_SECONDS)


def test_no_request_is_refused_during_a_restart(site: DevSite) -> None:
    with_spare(site)
    site.replace("chatproject/csp.py", '"blob:"', '"blob:", "https://restarted.example"')
    answers = [site.get(SIGN_IN)]
    while "https://restarted.example" not in answers[-1][1]:
        answers.append(site.get(SIGN_IN))
    assert {status for status, _policy, _body in answers} == {200}


def test_a_change_in_a_template_is_in_the_next_page_without_a_restart(site: DevSite) -> None:
    before = with_spare(site)
    with listen(site) as browser:
        site.replace("templates/base.html", "</head>", "<!-- changed --></head>")
        assert browser.recv(timeout=RECEIVE_SECONDS) == "page"
    assert "<!-- changed -->" in site.get(SIGN_IN)[2]
    assert site.descendants() == before


@pytest.mark.parametrize(
    ("file", "message"), [("chat/css/base.css", "style chat/css/base.css"), ("chat/js/pages.js", "page")]
)
def test_a_change_in_a_static_file_is_announced_and_served_under_the_same_name(
    site: DevSite, file: str, message: str
) -> None:
    with listen(site) as browser:
        path = site.source / "chat" / "static" / file
        path.write_text(f"{path.read_text()}\n/* changed */\n")
        assert browser.recv(timeout=RECEIVE_SECONDS) == message
    assert site.get(f"/static/{file}")[2].endswith("/* changed */\n")


def status_of(site: DevSite, path: str) -> int | None:
    """The status of a page; None if the site restarted in the middle of the answer."""
    try:
        return site.get(path)[0]
    except ConnectionError:
        return None


def test_a_site_that_does_not_start_shows_why_and_starts_when_it_is_mended(site: DevSite) -> None:
    module = site.source / "chatproject" / "asgi.py"
    source = module.read_text()
    module.write_text(f"{source}\nraise ValueError('<b>broken</b>')\n")
    until(lambda: status_of(site, SIGN_IN) == 500)
    _status, _policy, page = site.get(SIGN_IN)
    assert "ValueError: &lt;b&gt;broken&lt;/b&gt;" in page
    assert SCRIPT in page
    with listen(site):
        module.write_text(source)
        until(lambda: status_of(site, SIGN_IN) == 200)


def test_an_error_is_explained_in_the_browser(site: DevSite) -> None:
    status, policy, page = site.get("/no/such/page/")
    assert status == 404
    assert "<code>DEBUG = True</code>" in page
    assert "'unsafe-inline'" in policy
    assert "'unsafe-inline'" not in site.get(SIGN_IN)[1]


def test_a_page_of_another_site_receives_no_changes(site: DevSite) -> None:
    with pytest.raises(InvalidStatus), listen(site, origin="https://evil.example"):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_everything_that_it_started_ends_with_it(number: signal.Signals, site: DevSite, tmp_path: Path) -> None:
    own = DevSite(tmp_path, like=site).start()
    try:
        started = with_spare(own)
        code = own.send(number)
        until(lambda: not any(is_alive(pid) for pid in started))
        assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
        with pytest.raises(urllib.error.URLError, match="refused"):
            urllib.request.urlopen(own.url)
    finally:
        own.kill()


@pytest.mark.parametrize(
    ("path", "demand"),
    [
        ("chat/models/room.py", Demand(restarts=True)),
        ("chat/migrations/0001_initial.py", Demand(restarts=True, migrates=True)),
        ("devserver/serve.py", Demand(restarts=True, discards_spare=True)),
        ("locale/ko/LC_MESSAGES/django.mo", Demand(restarts=True)),
        ("locale/ko/LC_MESSAGES/django.po", Demand()),
        ("chat/static/chat/css/base.css", Demand(announcements={"style chat/css/base.css"})),
        ("chat/static/chat/js/main.js", Demand(announcements={"page"})),
        ("templates/base.html", Demand(announcements={"page"})),
        ("templates/account/email/base_message.txt", Demand(announcements={"page"})),
    ],
)
def test_a_change_demands_no_more_than_it_needs(path: str, demand: Demand) -> None:
    assert demand_of([str(BASE_DIR / path)]) == demand


def test_nothing_of_it_is_part_of_the_product() -> None:
    for package in ("chat", "notify", "chatproject", "templates", "deploy"):
        for path in (BASE_DIR / package).rglob("*"):
            if path.suffix in {".py", ".html", ".js", ".service", ".env", ".conf"}:
                assert "devserver" not in path.read_text(), path
    assert "watchfiles" not in json.dumps((BASE_DIR / "requirements.txt").read_text())
