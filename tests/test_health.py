"""What load balancers are told."""

import threading
from typing import Any

import pytest
from django.test import Client

from chat import health


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


def test_health_can_be_asked_but_not_told(nobody: Client, space: Any) -> None:
    assert nobody.post("/healthz").status_code == 405
    assert nobody.post("/readyz").status_code == 405
