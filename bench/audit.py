"""Compares this site's database with the acks of the load: `python -m bench.audit FILE` prints JSON.

FILE contains the keys of the acked messages, one per line. The result counts each kind of fault: 0 if there is none.
"""

import json
import sys
import uuid
from collections import Counter
from pathlib import Path

import django

django.setup()

from django.db.models import Count, Max, Min  # noqa: E402

from chat.models import Message, Room  # noqa: E402


def audit(acked: list[uuid.UUID]) -> dict[str, int]:
    """Count acked messages that are not stored exactly once, and rooms whose positions are not 1 … n."""
    stored = Counter(Message.objects.values_list("key", flat=True))
    holes = 0
    positions = Message.objects.values("room_id").annotate(
        least=Min("position"), most=Max("position"), count=Count("pk"), distinct=Count("position", distinct=True)
    )
    for row in positions:
        counted = Room.objects.values_list("message_count", flat=True).get(pk=row["room_id"])
        if (row["least"], row["most"], row["distinct"]) != (1, row["count"], row["count"]) or counted != row["count"]:
            holes += 1
    return {
        "acked_but_not_stored": sum(stored[key] == 0 for key in acked),
        "stored_twice": sum(count > 1 for count in stored.values()),
        "rooms_with_holes": holes,
        "stored": sum(stored.values()),
        "acked": len(acked),
    }


if __name__ == "__main__":
    keys = [uuid.UUID(line) for line in Path(sys.argv[1]).read_text().split()]
    json.dump(audit(keys), sys.stdout)
