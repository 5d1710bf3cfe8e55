"""How fast forms may be sent, by one person and from one address."""

from typing import Any

import pytest
from django.test import Client

from chat.models import Room, User
from chat.networks import network_of
from chat.services.rates import RateTable
from chat.web import write_limits

FORM = {"name": "General", "topic": "busy"}


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine must not refill what a test uses up."""
    for name in ("PEOPLE", "ADMINISTRATORS", "ADDRESSES"):
        table = getattr(write_limits, name)
        stopped = RateTable(per_second=table.per_second, burst=table.burst, clock=lambda: 1_000.0)
        monkeypatch.setattr(write_limits, name, stopped)


def signed_in(user: User, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(user)
    client.get("/welcome/")
    return client


def answers(client: Client, path: str, count: int, **more: Any) -> list[int]:
    """The status codes of the answers to this many forms."""
    return [client.post(path, FORM, **more).status_code for _number in range(count)]


def test_forms_sent_too_fast_are_answered_429_with_a_time_to_try_again(mina: User, general: Room) -> None:
    client, burst = signed_in(mina), write_limits.PEOPLE.burst
    assert 429 not in answers(client, "/rooms/general/settings/", burst)
    refused = client.post("/rooms/general/settings/", FORM)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert "Wait a second, then go back and try again." in refused.content.decode()
    assert refused.templates[0].name == "429.html"
    assert client.get("/rooms/general/settings/").status_code == 200


def test_another_session_or_address_does_not_reset_the_limit(mina: User, joon: User, general: Room) -> None:
    answers(signed_in(mina), "/rooms/general/settings/", write_limits.PEOPLE.burst)
    again = signed_in(mina, REMOTE_ADDR="192.0.2.7")
    assert again.post("/rooms/general/settings/", FORM).status_code == 429
    assert signed_in(joon).post("/rooms/general/settings/", FORM).status_code != 429


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_writing_method_is_counted_even_where_there_is_no_page(mina: User, method: str) -> None:
    client = signed_in(mina)
    codes = [client.generic(method, "/nowhere/").status_code for _ in range(write_limits.PEOPLE.burst + 1)]
    assert codes[-1] == 429


def test_superusers_are_limited_more_loosely(mina: User, general: Room) -> None:
    mina.is_superuser = True
    mina.save()
    client = signed_in(mina)
    assert write_limits.PEOPLE.burst < write_limits.ADMINISTRATORS.burst
    assert 429 not in answers(client, "/nowhere/", write_limits.PEOPLE.burst + 1)


def test_visitors_are_counted_by_address_and_ipv6_by_network(client: Client, space: Any) -> None:
    burst = write_limits.ADDRESSES.burst
    codes = [client.post("/nowhere/", REMOTE_ADDR=f"2001:db8::{n:x}").status_code for n in range(1, burst + 2)]
    assert codes == [404] * burst + [429]
    assert client.post("/nowhere/", REMOTE_ADDR="2001:db8:0:1::1").status_code == 404


def test_behind_a_proxy_the_address_is_the_one_that_it_reports(client: Client, space: Any, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(write_limits.ADDRESSES.burst):
        client.post("/nowhere/", headers={"X-Forwarded-For": f"10.0.0.{n % 250}, 192.0.2.1"})
    assert client.post("/nowhere/", headers={"X-Forwarded-For": "10.0.1.1, 192.0.2.1"}).status_code == 429
    assert client.post("/nowhere/", headers={"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_an_address_counts_as_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
