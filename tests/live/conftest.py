"""Real servers in processes of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.server_process import Probe
from tests.live.team import Team, create_team
from tests.services import Installation, Server

UNHURRIED = {"SEND_RATE_PER_SECOND": "10000", "SEND_RATE_BURST": "10000"}

StartProbe = Callable[..., Probe]


@pytest.fixture
def start_probe(tmp_path: Path) -> Iterator[StartProbe]:
    """Starts the probe, with options for the server's command line, until the test is over."""
    probes: list[Probe] = []

    def start(*options: str, server: str = "chatproject") -> Probe:
        directory = tmp_path / f"probe-{len(probes)}"
        directory.mkdir()
        probes.append(Probe(directory, *options, server=server))
        return probes[-1].start()

    yield start
    for probe in probes:
        probe.kill()


@pytest.fixture
def probe(start_probe: StartProbe) -> Probe:
    """The probe on our server."""
    return start_probe()


@pytest.fixture
def team(installation: Installation) -> Team:
    """mina, joon and a stranger; General and Founders."""
    return create_team(installation)


@pytest.fixture
def unhurried_server(installation: Installation, team: Team) -> Server:
    """A server that lets people send as fast as they like."""
    return installation.start_server(**UNHURRIED)
