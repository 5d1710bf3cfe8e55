"""Scripts that read untrusted bytes are limited, and see nothing of the site."""

import os
import time
from pathlib import Path

import pytest

from chat.media.limited import LimitExceededError, Limits, run_limited

pytestmark = pytest.mark.once

LIMITS = Limits(seconds=5, cpu_seconds=3, memory_bytes=256 * 1024 * 1024, output_bytes=1000)


def script(directory: Path, text: str) -> Path:
    path = directory / "script.py"
    path.write_text(text)
    return path


def test_a_script_gets_the_data_and_its_output_is_returned(tmp_path: Path) -> None:
    reverse = script(tmp_path, "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])")
    assert run_limited(reverse, b"abc", limits=LIMITS) == b"cba"


def test_a_script_has_no_secret_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    names = script(tmp_path, "import os\nprint(sorted(os.environ))")
    assert b"SECRET_KEY" not in run_limited(names, b"", limits=LIMITS)


def test_a_script_lets_the_server_go_first(tmp_path: Path) -> None:
    niceness = script(tmp_path, "import os\nprint(os.nice(0))")
    assert int(run_limited(niceness, b"", limits=LIMITS)) > os.nice(0)


@pytest.mark.parametrize(
    "text",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "x = bytearray(1024 * 1024 * 1024)",
        "import sys\nsys.stdout.buffer.write(bytes(100_000))\nsys.stdout.flush()",
        "raise ValueError",
        "import os\nos.kill(os.getpid(), 9)",
    ],
)
def test_a_script_that_exceeds_a_limit_or_fails_is_ended(tmp_path: Path, text: str) -> None:
    began = time.monotonic()
    with pytest.raises(LimitExceededError):
        run_limited(script(tmp_path, text), b"", limits=Limits(**vars(LIMITS) | {"seconds": 1.5, "cpu_seconds": 1}))
    assert time.monotonic() - began < 30
