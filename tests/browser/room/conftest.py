"""Mina and Joon in the room General, each in a browser of their own, on a server that the tests share.

A test that stops or freezes its server stands in a module that overrides `installation` (`test_away.py`).
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.room.backstage import Backstage
from tests.browser.room.chatting import Chatter, Team
from tests.harness.services import Installation, Installations, Server

# A page that lost its server tries again after up to 20 s.
expect.set_options(timeout=25_000)


@pytest.fixture(scope="session")
def shared_installation(installations: Installations) -> Iterator[Installation]:
    """One site for all tests that leave its server alone."""
    made = installations.create(WORK_IN_SERVER="true")
    made.start_server()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def shared_backstage(shared_installation: Installation) -> Iterator[Backstage]:
    """Behind the scenes of that site."""
    opened = Backstage(shared_installation)
    yield opened
    opened.close()


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    """The site."""
    return shared_installation


@pytest.fixture
def server(installation: Installation) -> Server:
    """Its server."""
    return installation.servers[0]


@pytest.fixture
def backstage(shared_backstage: Backstage) -> Backstage:
    """Behind its scenes."""
    return shared_backstage


@pytest.fixture
def team(installation: Installation, backstage: Backstage, new_context: Callable[..., BrowserContext]) -> Team:
    """Mina, Joon and their room."""
    return Team.gather(installation, backstage, new_context)


@pytest.fixture
def mina(team: Team) -> Chatter:
    """Owner of General, in it, live."""
    return team.visit("mina")


@pytest.fixture
def joon(team: Team) -> Chatter:
    """Member of General, in it, live."""
    return team.visit("joon")
