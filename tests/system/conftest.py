"""Real servers in processes of their own: of the probe, and of the site."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.server_process import Probe
from tests.harness.services import Installations, Server
from tests.harness.team import Team, create_team

UNHURRIED = {"SEND_RATE_PER_SECOND": "10000", "SEND_RATE_BURST": "10000"}
"""Lets people send as fast as they like."""

StartProbe = Callable[..., Probe]
StartTeam = Callable[..., Team]


@pytest.fixture
def start_probe(tmp_path: Path) -> Iterator[StartProbe]:
    """Starts the probe until the end of the test, with command-line options, `ulimit` and environment."""
    probes: list[Probe] = []

    def start(*options: str, server: str = "chatproject", ulimit: str = "", **env: Any) -> Probe:
        directory = tmp_path / f"probe-{len(probes)}"
        directory.mkdir()
        probes.append(Probe(directory, *options, server=server, ulimit=ulimit, **env))
        return probes[-1].start()

    yield start
    for probe in probes:
        probe.kill()


@pytest.fixture
def probe(start_probe: StartProbe) -> Probe:
    """The probe on our server."""
    return start_probe()


@pytest.fixture
def start_team(installations: Installations) -> Iterator[StartTeam]:
    """Creates teams of a test's own, with more people and rooms, and settings by `env`; servers are up to the test."""
    teams: list[Team] = []

    def start(*extra: str, rooms: int = 0, **env: str) -> Team:
        teams.append(create_team(installations.create(**UNHURRIED, **env), *extra, rooms=rooms))
        return teams[-1]

    yield start
    for team in teams:
        team.installation.stop()


@pytest.fixture(scope="module")
def team(installations: Installations) -> Iterator[Team]:
    """mina, joon and a stranger; General and Founders; shared by the tests of a module."""
    installation = installations.create(**UNHURRIED)
    yield create_team(installation)
    installation.stop()


@pytest.fixture(scope="module")
def server(team: Team) -> Server:
    """A server for the team; shared by the tests of a module, which do it no harm."""
    return team.installation.start_server()
