"""Measures the derivers: `python -m bench.deriving [--on sqlite] [--rooms N] [--seconds S]`.

First the query that compares all rooms, of which few are behind. Then, with all rooms in place, the delay between the
COMMIT of a message in a quiet room and that of the row derived from it, while another room takes messages at a high
rate. Everything runs in one process, as in a server without Redis.
"""

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.stats import percentile

BEHIND = 50
DERIVERS = 4
REPETITIONS = 30
QUIET_EVERY_SECONDS = 0.1
BATCHES_PER_SECOND = 50
ROOM_ROWS = 5_000


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.deriving", description=__doc__)
    parser.add_argument("--on", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--rooms", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=1_000, help="messages per second in the busy room")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, in seconds")
    return parser.parse_args()


@contextmanager
def database(kind: str) -> Iterator[None]:
    """A migrated database, with Django's settings pointing to it."""
    from tests.harness.services import make_open_directory

    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        directory.chmod(0o755)
        url = ""
        if kind == "postgresql":
            from bench.services import PostgreSQL

            place = directory / "postgresql"
            make_open_directory(place)
            server = PostgreSQL(place).start()
            stack.callback(server.stop)
            server.databases.create("deriving")
            url = server.databases.url_of("deriving")
        os.environ.update(
            DJANGO_SETTINGS_MODULE="chatproject.settings",
            DATABASE_URL=url,
            REDIS_URL="",
            VAR_DIR=str(directory),
            SECRET_KEY="x" * 50,
        )
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", verbosity=0, skip_checks=True)
        stack.callback(connections.close_all)
        yield


def seed(rooms: int, names: Sequence[str]) -> Any:
    """A space with this many rooms, in all of which but a few the derivers have caught up. Returns their owner."""
    from django.db import connection
    from django.db.models import F

    from bench.cursors import mark_as_derived
    from chat.models import Room, User
    from chat.services.spaces import create_space

    create_space(name="Bench", username="owner", display_name="Owner", password="the floor is warm")
    owner = User.objects.get(username="owner")
    Room.objects.bulk_create(
        (
            Room(name=f"Room {n}", slug=f"room-{n}", topic="About this and that", created_by=owner, revision=40)
            for n in range(rooms)
        ),
        batch_size=ROOM_ROWS,
    )
    made = list(Room.objects.order_by("pk"))
    mark_as_derived(made, names)
    Room.objects.filter(pk__in=[room.pk for room in made[:: rooms // BEHIND]]).update(revision=F("revision") + 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return owner


def measure_comparison(names: Sequence[str]) -> list[float]:
    """The duration of the query in seconds, again and again."""
    from chat.derive.comparing import current_epochs, rooms_behind
    from chat.derive.runner import ROOMS_AT_ONCE

    epochs = current_epochs(names)
    took = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        found = rooms_behind(epochs, most=ROOMS_AT_ONCE)
        took.append(time.perf_counter() - began)
        assert len(found) >= BEHIND
    return took


def measure_delay(owner: Any, names: Sequence[str], *, rate: int, seconds: float) -> tuple[list[float], float]:
    """The delays of a quiet room in seconds, and the rate that the busy room really had."""
    from django.db import connection

    from chat.derive.deriver import Change, Deriver, Watch
    from chat.derive.hints import Hints
    from chat.derive.runner import Runner
    from chat.models import Room
    from chat.services.group_commit import draft, send_batch
    from chat.services.rooms import create_room

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_derived (name varchar(32), message_id bigint, body text)")

    class Copies(Deriver):
        watches = Watch.NEW | Watch.TEXT

        def __init__(self, name: str) -> None:
            self.name = name  # type: ignore[misc]
            self.quiet: set[int] = set()

        def apply(self, room: Room, changes: Sequence[Change]) -> None:
            if room == quiet:
                self.quiet.update(change.message.pk for change in changes)
            rows = [(self.name, change.message.pk, change.message.body) for change in changes]
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO bench_derived VALUES (%s, %s, %s)", rows)

    busy, quiet = (create_room(owner, name=name) for name in ("Busy", "Quiet"))
    waiting: dict[int, float] = {}
    delays: list[float] = []
    derivers = {name: Copies(name) for name in names}
    hints = Hints()

    class Timed(Runner):
        def visit_next(self) -> int:
            room_id = super().visit_next()
            now = time.perf_counter()
            if room_id == quiet.pk:
                derived = set.intersection(*(deriver.quiet for deriver in derivers.values()))
                delays.extend(now - waiting.pop(message_id) for message_id in derived & waiting.keys())
            return room_id

    def post(room: Room, count: int) -> None:
        sent = send_batch(
            [draft(author_id=owner.pk, room_id=room.pk, key=uuid.uuid4(), body="안녕") for _ in range(count)]
        )
        assert len(sent.changes) == 1
        if room is quiet:
            waiting[sent.changes[0].messages[0].id] = time.perf_counter()
        hints.note(room.pk)

    runner = Timed(derivers, hints)
    thread = threading.Thread(target=runner.run)
    thread.start()
    posted = 0
    stop = threading.Event()

    def regularly(every: float, act: Callable[[], None]) -> None:
        at = time.perf_counter()
        while not stop.is_set():
            act()
            at = max(at + every, time.perf_counter() - 1)
            stop.wait(max(0.0, at - time.perf_counter()))
        connection.close()

    def post_busy() -> None:
        nonlocal posted
        post(busy, rate // BATCHES_PER_SECOND)
        posted += rate // BATCHES_PER_SECOND

    posters = [
        threading.Thread(target=regularly, args=(1 / BATCHES_PER_SECOND, post_busy)),
        threading.Thread(target=regularly, args=(QUIET_EVERY_SECONDS, lambda: post(quiet, 1))),
    ]
    began = time.perf_counter()
    for poster in posters:
        poster.start()
    time.sleep(seconds)
    stop.set()
    for poster in posters:
        poster.join()
    reached = posted / (time.perf_counter() - began)
    while waiting:
        time.sleep(0.05)
    runner.stop()
    thread.join()
    return delays, reached


def main() -> None:
    """Measure and print."""
    given = arguments()
    names = [f"deriver-{number}" for number in range(DERIVERS)]
    with database(given.on):
        owner = seed(given.rooms, names)
        took = measure_comparison(names)
        delays, rate = measure_delay(owner, names, rate=given.rate, seconds=given.seconds)
    comparison = {"rooms": given.rooms, "p50": statistics.median(took), "longest": max(took)}
    delay = {
        "messages": len(delays),
        "busy_messages_per_second": rate,
        "p50": percentile(delays, 0.5),
        "p99": percentile(delays, 0.99),
        "longest": max(delays),
    }
    if given.json:
        print(json.dumps({"comparison": comparison, "delay": delay}))
        return
    print(
        f"{given.on}: comparing {given.rooms:,} rooms for {DERIVERS} derivers: "
        f"median {_ms(comparison['p50'])}, longest of {REPETITIONS} {_ms(comparison['longest'])}"
    )
    print(
        f"{given.on}: delay of a quiet room beside {rate:,.0f} messages a second in another one, {len(delays)} "
        f"messages: p50 {_ms(delay['p50'])}, p99 {_ms(delay['p99'])}, longest {_ms(delay['longest'])}"
    )


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
