"""An administrator of the site: `faults.admin` in a separate process."""

import signal
import subprocess

from tests.harness.services import THIS_CODE, Code, dies_with_parent


class Administrator:
    """Runs the administrator of one checkout of the code. Its methods block."""

    def __init__(self, env: dict[str, str], code: Code = THIS_CODE) -> None:
        self._env = env | {"DJANGO_SETTINGS_MODULE": "chatproject.settings"}
        self.code = code
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process, which ends with the thread that started it."""
        self._process = subprocess.Popen(
            [self.code.python, "-m", "faults.admin"],
            cwd=self.code.directory,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 (Linux, and nothing else is done in it)
        )

    def ask(self, line: str) -> str:
        """Send a line of JSON, and return the line of the answer."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline() or '{"error": "the administrator is gone"}'

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
