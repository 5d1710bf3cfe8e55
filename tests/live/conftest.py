"""Real servers in processes of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.server_process import Probe

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
