"""Times on pages are in the reader's time zone, and in the format of their language."""

import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.formats import date_format

from chat.models import Room, User
from chat.services.messages import send_message
from tests.harness.admin_actions import signed_in, url

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 11, 21, 4, 27, tzinfo=UTC)


@pytest.fixture
def client(keeper: User, general: Room, mina: User) -> Client:
    """An administrator in Seoul, on whose site a message was sent at a known moment."""
    keeper.time_zone = "Asia/Seoul"
    keeper.save()
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="hi", at=MOMENT)
    return signed_in(keeper)


def test_the_admin_shows_times_in_the_zone_of_the_reader_and_names_it(client: Client) -> None:
    page = client.get(url("message", "changelist")).content.decode()
    assert "Nov. 21, 2026, 1:27 p.m." in page
    assert "Asia/Seoul" in page


def test_in_korean_the_half_of_the_day_comes_first(client: Client) -> None:
    client.cookies["django_language"] = "ko"
    assert "2026년 11월 21일 오후 1:27" in client.get(url("message", "changelist")).content.decode()


def test_a_zone_is_that_of_one_request_alone(client: Client) -> None:
    client.get("/admin/")
    assert timezone.get_current_timezone() == timezone.get_default_timezone()


def test_days_in_the_filter_are_those_of_the_reader(client: Client, general: Room, mina: User) -> None:
    def found(day: str) -> int:
        response = client.get(url("message", "changelist"), {"created_at_from": day, "created_at_to": day})
        return len(response.context["cl"].result_list)

    early = datetime(2026, 11, 19, 16, tzinfo=UTC)  # in Seoul it is the 20th
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="early", at=early)
    assert (found("2026-11-19"), found("2026-11-20"), found("2026-11-21")) == (0, 1, 1)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "America", "../../etc/passwd", "\0", "x" * 64])
def test_people_without_a_known_zone_read_in_that_of_the_site(zone: str, keeper: User) -> None:
    keeper.time_zone = zone
    assert keeper.zone == timezone.get_default_timezone()


def test_health_is_answered_without_reading_the_session(keeper: User) -> None:
    response = signed_in(keeper).get("/healthz")
    assert response.status_code == 200
    assert "Cookie" not in response.headers.get("Vary", "")


def test_dates_of_korean_are_written_as_people_write_them() -> None:
    with translation.override("ko"):
        assert date_format(MOMENT, "DATETIME_FORMAT") == "2026년 11월 21일 오전 4:27"
