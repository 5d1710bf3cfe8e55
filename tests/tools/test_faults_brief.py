"""The promises of docs/reliability.md in short: `bin/faults brief hostile-brief`. The whole suite is `bin/faults`."""

import subprocess
import sys

import pytest

from faults.client import WEBSOCKET
from faults.feed_socket import KINDS
from tests.harness.services import BASE_DIR

WAYS = (WEBSOCKET, WEBSOCKET, *KINDS)
"""Of six clients, two use a WebSocket, and each of the others another way."""

SECONDS = 480
"""It takes about 80 s on a machine that does nothing else, and shares two cores with four other parts in `bin/test`."""


@pytest.mark.timeout(SECONDS + 10)
@pytest.mark.postgresql
def test_every_promise_is_kept_while_parts_of_the_site_fail_and_hostile_people_attack_it() -> None:
    command = [sys.executable, "-m", "faults", "brief", "hostile-brief", "--clients", "16", "--over", *WAYS]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "no promise was broken" in done.stdout
