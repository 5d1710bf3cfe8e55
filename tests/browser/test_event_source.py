"""`EventSource` of a real browser, in a page of the site: it reconnects by itself and misses nothing."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page

from tests.harness.services import Installation, Installations, Server
from tests.harness.socket_client import new_key
from tests.harness.team import Team, create_team

LISTEN = """() => new Promise(done => {
    window.said = [];
    window.opened = 0;
    window.source = new EventSource("/api/v1/events");
    source.onopen = () => { opened += 1; done(); };
    source.onmessage = ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.type === "changes") for (const { id, body } of frame.messages ?? []) if (body) said.push([id, body]);
    };
})"""

WAIT = """last => new Promise((done, fail) => {
    setTimeout(() => fail(new Error(`no ${last} in ${JSON.stringify(said)}`)), 60_000);
    const look = () => (said.some(([, body]) => body === last) ? done(said) : setTimeout(look, 20));
    look();
})"""
"""Playwright's own `wait_for_function` would evaluate a text in the page, which its policy forbids."""

SAY = """
from uuid import uuid4
from chat.models import User
from chat.services.messages import send_message
for number in range({first}, {last}):
    send_message(User.objects.get(username="joon"), room_id={room}, key=uuid4(), body=str(number))
"""


@pytest.fixture(scope="module")
def installation(installations: Installations) -> Iterator[Installation]:
    """A site whose server this module restarts."""
    made = installations.create()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def team(installation: Installation) -> Team:
    return create_team(installation)


@pytest.fixture(scope="module")
def server(team: Team) -> Server:
    return team.installation.start_server()


def say(server: Server, team: Team, token: str, *bodies: int) -> None:
    """Joon sends messages over the API."""
    commands = [{"type": "send", "room": team.general, "key": new_key(), "body": str(body)} for body in bodies]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(f"{server.url}/api/v1/commands", json.dumps(commands).encode(), headers)) as answer:
        assert all(reply["ok"] for reply in json.load(answer))


def wait_for(page: Page, last: int) -> list[list[Any]]:
    """Wait until the page has a message, and return all that it has got."""
    found: list[list[Any]] = page.evaluate(WAIT, str(last))
    return found


def test_a_restart_of_the_server_loses_no_message_and_is_continued_from_the_cursor(
    page: Page, server: Server, team: Team
) -> None:
    token = team.installation.manage("token", "joon", "--scopes", "write").strip()
    page.context.add_cookies([{"name": "sessionid", "value": team.sessions["mina"], "url": server.url}])
    page.goto("/profile/")
    page.evaluate(LISTEN)
    say(server, team, token, *range(5))
    wait_for(page, 4)
    server.stop()  # what is said now comes only to a stream that continues from its cursor
    team.installation.python(SAY.format(first=5, last=10, room=team.general))
    server.start()
    wait_for(page, 9)
    say(server, team, token, *range(10, 15))
    said = wait_for(page, 14)
    assert page.evaluate("opened") >= 2
    assert list(dict.fromkeys(body for _id, body in said)) == [str(number) for number in range(15)]
    assert page.evaluate("source.readyState") == 1
    page.evaluate("source.close()")
