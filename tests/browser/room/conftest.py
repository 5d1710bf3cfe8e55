"""Mina and Joon in the room General, each in a browser of their own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.room.chatting import Chatter, Team
from tests.services import Installation

# A page that lost its server tries again after up to 20 s.
expect.set_options(timeout=25_000)


@pytest.fixture
def team(installation: Installation, new_context: Callable[..., BrowserContext]) -> Team:
    """The space with its two people; a server serves it."""
    return Team.gather(installation, new_context)


@pytest.fixture
def mina(team: Team) -> Chatter:
    """Owner of General, in it, live."""
    return team.visit("mina")


@pytest.fixture
def joon(team: Team) -> Chatter:
    """Member of General, in it, live."""
    return team.visit("joon")
