"""Nobody is here yet: every page leads to creating the space, once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from chat.models import Room, Space, User
from chat.services.usernames import suggest_username

FILLED_IN = {"site_name": "Maple Studio", "display_name": "Mina Kim", "username": "", "password": "paper lantern 42"}


@pytest.fixture
def client() -> Client:
    """A browser on the machine that runs the site."""
    return Client(SERVER_NAME="localhost")


everywhere = pytest.mark.parametrize(
    "path",
    ["/", "/rooms/", "/rooms/general/", "/profile/", "/accounts/login/", "/accounts/signup/", "/admin/", "/nowhere/"],
)


@everywhere
def test_every_page_leads_to_creating_the_space(client: Client, db: None, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (302, "/welcome/")
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/jsi18n/en/0.js"])
def test_what_pages_and_machines_need_is_open_before_the_first_run(
    client: Client, db: None, django_assert_num_queries: Any, path: str
) -> None:
    with django_assert_num_queries(0):
        assert client.get(path).status_code == 200


def test_the_language_can_be_chosen_before_the_first_run(client: Client, db: None) -> None:
    assert client.post("/i18n/setlang/", {"language": "ko", "next": "/welcome/"}).headers["Location"] == "/welcome/"
    assert 'lang="ko"' in client.get("/welcome/").content.decode()


def test_creating_the_space_makes_an_owner_who_is_signed_in_and_in_general(client: Client, db: None) -> None:
    response = client.post("/welcome/", FILLED_IN | {"time_zone": "Asia/Seoul", "email": "mina@example.com"})
    assert response.headers["Location"] == "/"
    owner = User.objects.get()
    assert (owner.username, owner.name, owner.email) == ("mina.kim", "Mina Kim", "mina@example.com")
    assert (owner.is_superuser, owner.is_staff, owner.time_zone) == (True, True, "Asia/Seoul")
    assert owner.check_password("paper lantern 42")
    space = Space.objects.current()
    assert space is not None
    assert space.name == "Maple Studio"
    assert client.get("/").headers["Location"] == Room.objects.of(owner).get().get_absolute_url() == "/rooms/general/"


def test_a_time_zone_that_does_not_exist_is_left_out(client: Client, db: None) -> None:
    client.post("/welcome/", FILLED_IN | {"time_zone": "Middle/Earth"})
    assert User.objects.get().time_zone == ""


def test_once_the_space_is_there_its_first_page_is_not(client: Client, mina: User) -> None:
    assert client.get("/welcome/").headers["Location"] == "/"
    response = client.post("/welcome/", FILLED_IN)
    assert response.status_code == 409
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("site_name", " ", "This field is required."),
        ("display_name", "", "This field is required."),
        ("username", "two words", "A username can contain letters, digits,"),
        ("email", "not an address", "Enter a valid email address."),
        ("password", "12345678", "This password is too common."),
        ("password", "mina.kim", "The password is too similar to the username."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    client: Client, db: None, field: str, value: str, said: str
) -> None:
    response = client.post("/welcome/", FILLED_IN | {field: value})
    page = response.content.decode()
    assert response.status_code == 200
    assert said in page
    assert f'aria-describedby="id_{field}' in page
    assert f'id="id_{field}_error"' in page
    assert not User.objects.exists()
    assert not Space.objects.exists()


def test_a_username_that_is_taken_is_said_at_its_field(client: Client, db: None) -> None:
    User.objects.create_user("mina.kim")
    response = client.post("/welcome/", FILLED_IN)
    assert "This username is taken." in response.content.decode()
    assert 'id="id_username_error"' in response.content.decode()
    assert not Space.objects.exists()


def test_a_name_that_suggests_no_username_asks_for_one(client: Client, db: None) -> None:
    assert "Choose a username" in client.post("/welcome/", FILLED_IN | {"display_name": "★"}).content.decode()


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Mina Kim", "mina.kim"),
        ("서준 Park", "서준"),
        ("Park 서준", "park"),
        ("  Ana-Lúcia  O'Neil ", "ana-lúcia.oneil"),
        ("★", ""),
    ],
)
def test_a_username_is_suggested_from_a_name(name: str, username: str) -> None:
    assert suggest_username(name) == username


@pytest.mark.django_db(transaction=True)
def test_of_many_people_at_once_one_creates_the_space_and_the_others_see_why_not() -> None:
    at_once = threading.Barrier(6)

    def create(number: int) -> Any:
        client = Client(SERVER_NAME="localhost")
        client.get("/welcome/")
        at_once.wait()
        try:
            return client.post("/welcome/", FILLED_IN | {"display_name": f"Person {number}"})
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        responses = list(threads.map(create, range(6)))
    assert sorted(response.status_code for response in responses) == [302, 409, 409, 409, 409, 409]
    losers = [response for response in responses if response.status_code == 409]
    for loser in losers:
        assert "Somebody else has just created" in loser.content.decode()
        assert reverse("account_signup") in loser.content.decode()
    assert (Space.objects.count(), User.objects.count(), Room.objects.count()) == (1, 1, 1)


def test_the_space_is_asked_for_once_in_a_while_not_with_every_page(
    client: Client, space: Space, django_assert_num_queries: Any
) -> None:
    client.get("/accounts/login/")
    with django_assert_num_queries(0):
        client.get("/accounts/login/")
