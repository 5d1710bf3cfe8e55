"""`manage.py work` does the background work of a site, and ends when it is asked to."""

import dataclasses
import sys
from pathlib import Path

from faults.deriving import SETTINGS
from faults.worker import Worker
from tests.harness.services import BASE_DIR, Installation

TALK = """
import uuid
from chat.models import Room, User
from chat.services.messages import send_message
from chat.services.spaces import create_space
create_space(name="Team", username="mina", display_name="Mina", password="a-password-for-mina")
for text in ("one", "two", "three"):
    send_message(User.objects.get(), room_id=Room.objects.get(slug="general").pk, key=uuid.uuid4(), body=text)
"""
WAIT = """
from chat.models import Due, Message
from faults.derived.models import DerivedCopy
from tests.harness.waiting import until
done = Due.objects.filter(done_at__isnull=False)
until(lambda: DerivedCopy.objects.count() == done.count() == Message.objects.count())
print(sorted(DerivedCopy.objects.values_list("body", flat=True)))
"""


def test_a_worker_derives_what_servers_stored_and_ends_at_sigterm(installation: Installation, tmp_path: Path) -> None:
    effects = tmp_path / "effects"
    env = installation.env | SETTINGS | {"FAULTS_EFFECTS": str(effects)}
    deriving = dataclasses.replace(installation, env=env)
    deriving.manage("migrate", "--verbosity=0", "--skip-checks")
    installation.python(TALK)
    worker = Worker(tmp_path, env, sys.executable, BASE_DIR).start()
    try:
        assert deriving.python(WAIT) == "['one', 'three', 'two']\n"
        assert len(set(effects.read_text().split())) == 3
    finally:
        worker.stop()
    assert worker.process is not None
    assert worker.process.returncode == 0
    assert "Traceback" not in worker.output()
