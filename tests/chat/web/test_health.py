"""The answers to load balancers."""

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from chat.live.outage import storing
from chat.web import health


@pytest.fixture
def nobody() -> Client:
    return Client()


def test_a_process_that_answers_is_healthy_without_asking_anything(
    nobody: Client, django_assert_num_queries: Any, db: None
) -> None:
    with django_assert_num_queries(0):
        response = nobody.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
def test_a_site_whose_services_answer_is_ready(nobody: Client) -> None:
    response = nobody.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_a_dead_redis_makes_the_site_unready_and_is_named(nobody: Client, settings: Any, db: None) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = nobody.get("/readyz")
    assert response.status_code == 503
    assert response.content.decode() == (
        "Redis, which carries messages between processes, cannot be reached: ConnectionError.\n"
    )


def test_a_service_that_hangs_makes_the_site_unready_within_the_time_limit(
    nobody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(health, "PROBE_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(health, "probes", lambda: [("The database cannot be reached", lambda: bool(released.wait(60)))])
    response = nobody.get("/readyz")
    released.set()
    assert (response.status_code, response.content) == (
        503,
        b"The database cannot be reached: no answer within 0.05 s.\n",
    )


@pytest.mark.django_db(transaction=True)
def test_after_a_failed_batch_a_process_is_not_ready_until_one_is_stored(nobody: Client) -> None:
    storing.failed(OperationalError("at 10.0.0.7"))
    response = nobody.get("/readyz")
    assert (response.status_code, response.content) == (503, b"Messages cannot be stored: OperationalError.\n")
    storing.worked()
    assert nobody.get("/readyz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_sqlite_on_a_disk_that_is_nearly_full_is_not_ready(nobody: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOW_DISK_BYTES", 2**70)
    response = nobody.get("/readyz")
    nearly_full = (503, b"Messages can hardly be stored: the disk is nearly full.\n")
    ready = (200, b"ok\n")
    assert (response.status_code, response.content) == (nearly_full if connection.vendor == "sqlite" else ready)


def test_health_refuses_post(nobody: Client, space: Any) -> None:
    assert nobody.post("/healthz").status_code == 405
    assert nobody.post("/readyz").status_code == 405
