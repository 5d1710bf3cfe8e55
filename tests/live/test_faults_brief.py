"""The promises of docs/reliability.md under faults, in short: `bin/faults brief`. The whole suite is `bin/faults`."""

import subprocess
import sys

import pytest

from tests.services import BASE_DIR

SECONDS = 180


@pytest.mark.postgresql
def test_every_promise_is_kept_while_each_part_of_the_site_fails_once() -> None:
    command = [sys.executable, "-m", "faults", "brief", "--clients", "16"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "no promise was broken" in done.stdout
