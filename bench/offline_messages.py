"""Sends messages while no server runs: `python -m bench.offline_messages ROOM COUNT` prints keys and the revision."""

import json
import sys
import uuid

import django

django.setup()

from chat.models import Membership, Room  # noqa: E402
from chat.services.group_commit import draft, send_batch  # noqa: E402

if __name__ == "__main__":
    room_id, count = int(sys.argv[1]), int(sys.argv[2])
    author = Membership.objects.current().filter(room_id=room_id).earliest("pk").user_id
    keys = [uuid.uuid4() for _ in range(count)]
    send_batch(
        [
            draft(author_id=author, room_id=room_id, key=key, body=f"Said while you were away, number {number}")
            for number, key in enumerate(keys, 1)
        ]
    )
    revision = Room.objects.values_list("revision", flat=True).get(pk=room_id)
    json.dump({"keys": [str(key) for key in keys], "revision": revision}, sys.stdout)
