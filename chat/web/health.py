"""Health checks for load balancers: is this process up, and can it serve people?"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.live.outage import storing

# Shorter than the timeout of a load balancer that waits for the answer.
PROBE_TIMEOUT_SECONDS = 2.0

LOW_DISK_BYTES = 16 * 1024 * 1024
"""With less free space SQLite may fail at any moment; its write-ahead log alone grows to 4 MB."""

# One thread for each probe: one that hangs blocks no other.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readyz")


class NotReadyError(Exception):
    """The reason why this process is not ready, in a sentence that may be public."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process can answer."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if all probes succeed, else 503 with a sentence for each one that fails."""
    asked = [(complaint, _threads.submit(probe)) for complaint, probe in probes()]
    complaints = []
    for complaint, answer in asked:
        try:
            answer.result(timeout=PROBE_TIMEOUT_SECONDS)
        except TookTooLong:
            answer.cancel()
            complaints.append(f"{complaint}: no answer within {PROBE_TIMEOUT_SECONDS:g} s.")
        except NotReadyError as error:
            complaints.append(str(error))
        except Exception as error:  # noqa: BLE001 (any failure is the answer)
            complaints.append(f"{complaint}: {type(error).__name__}.")
    text = "\n".join(complaints) or "ok"
    return HttpResponse(f"{text}\n", content_type="text/plain", status=503 if complaints else 200)


def probes() -> list[tuple[str, Callable[[], None]]]:
    """The probes, each with its public failure message. The text of an exception is only logged."""
    found: list[tuple[str, Callable[[], None]]] = [
        ("The database cannot be reached", probe_database),
        ("Whether messages can be stored is unknown", probe_storing),
    ]
    if settings.REDIS_URL:
        found.append(("Redis, which carries messages between processes, cannot be reached", probe_redis))
    return found


def probe_database() -> None:
    """Run a query. Raises the database's error."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def probe_storing() -> None:
    """Raise NotReadyError if the writer's last batch failed, or if SQLite's disk is nearly full."""
    if reason := storing.reason:
        raise NotReadyError(f"Messages cannot be stored: {reason}.")
    if connection.vendor == "sqlite" and free_bytes(connection.settings_dict["NAME"]) < LOW_DISK_BYTES:
        raise NotReadyError("Messages can hardly be stored: the disk is nearly full.")


def free_bytes(database: Path | str) -> int:
    """Free space on the disk of a SQLite file; for a database in memory, on the disk of the temporary directory."""
    place = Path(database).parent
    found = os.statvfs(place if place.is_dir() else "/tmp")  # noqa: S108 (nothing is written there)
    return found.f_bavail * found.f_frsize


def probe_redis() -> None:
    """Send a command to the channel layer's Redis. Raises its error."""
    with redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PROBE_TIMEOUT_SECONDS,
        socket_timeout=PROBE_TIMEOUT_SECONDS,
    ) as client:
        client.ping()
