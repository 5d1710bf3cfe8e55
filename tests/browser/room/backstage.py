"""A process that runs scripts inside the site: started once, since starting Django takes longer than most tests."""

import json
import subprocess
import sys
from typing import Any

from tests.harness.services import BASE_DIR, Installation

LOOP = """
import json, sys, traceback
import django
django.setup()
from chat.models import *
for line in sys.stdin:
    names = dict(globals(), answer=None)
    try:
        exec(json.loads(line), names)
        print(json.dumps([names["answer"], None]), flush=True)
    except Exception:
        print(json.dumps([None, traceback.format_exc()]), flush=True)
"""


class Backstage:
    """Runs scripts on the database of an installation, as another process of the site would."""

    def __init__(self, installation: Installation) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOOP],
            cwd=BASE_DIR,
            env=installation.env | {"DJANGO_SETTINGS_MODULE": "chatproject.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, script: str) -> Any:
        """Run it; what it leaves in `answer` comes back. It has all models in its names."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(script) + "\n")
        self.process.stdin.flush()
        answer, error = json.loads(self.process.stdout.readline())
        if error:
            raise RuntimeError(f"{script}\n{error}")
        return answer

    def close(self) -> None:
        """End the process."""
        self.process.communicate()
