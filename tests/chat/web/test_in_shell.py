"""Pages in the shell: the whole shell at a direct load, their content alone for a shell that is open."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from chat.models import Room, User
from chat.services import quotas
from chat.services.memberships import join_room
from chat.services.rooms import create_room

pytestmark = pytest.mark.once

IN_SHELL = {"In-Shell": "1"}
PAGES = [
    "/rooms/",
    "/rooms/?archived=1",
    "/rooms/new/",
    "/rooms/general/settings/",
    "/inbox/",
    "/inbox/?all",
    "/profile/",
    "/people/invite/",
    "/search/?q=price",
    "/accounts/password/change/",
    "/accounts/email/",
]


@pytest.fixture
def as_mina(mina: User) -> Client:
    User.objects.filter(pk=mina.pk).update(is_staff=True)
    client = Client()
    client.force_login(mina)
    return client


def bootstrap(response: Any) -> Any:
    """The data of the shell."""
    found = re.search(
        r'<script id="bootstrap" type="application/json">(.*?)</script>', response.content.decode(), re.DOTALL
    )
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_is_loaded_directly_stands_in_the_shell_without_an_open_room(
    as_mina: Client, general: Room, path: str
) -> None:
    response = as_mina.get(path)
    data = bootstrap(response)
    assert data["open"] is None
    assert [room["name"] for room in data["rooms"]] == [general.name]
    assert any(path.startswith(beginning) for beginning in data["pages"])
    assert b'<nav class="sidebar"' in response.content
    assert b'<div class="content' in response.content


@pytest.mark.parametrize("path", PAGES)
def test_an_open_shell_gets_the_content_and_the_title_alone(as_mina: Client, general: Room, path: str) -> None:
    page = as_mina.get(path, headers=IN_SHELL).content.decode()
    assert re.search(r"<title>[^<]+</title>\s*<div id=\"page\">", page)
    assert "<script" not in page
    assert "sidebar" not in page
    assert page.count("<h1>") == 1


def test_a_shell_without_rooms_has_an_empty_list(stranger: User) -> None:
    client = Client()
    client.force_login(stranger)
    assert bootstrap(client.get("/rooms/"))["rooms"] == []


def test_an_open_shell_opens_a_room_of_the_person_by_itself(as_mina: Client, joon: User, general: Room) -> None:
    garden = create_room(joon, name="Garden")
    assert as_mina.get(general.get_absolute_url(), headers=IN_SHELL).status_code == 204
    door = as_mina.get(garden.get_absolute_url(), headers=IN_SHELL)
    assert "Join the room" in door.content.decode()


def test_a_private_room_of_others_is_unknown_to_an_open_shell(as_mina: Client, joon: User) -> None:
    secret = create_room(joon, name="Secret", kind="private")
    assert as_mina.get(secret.get_absolute_url(), headers=IN_SHELL).status_code == 404


def test_a_saved_profile_is_loaded_anew_since_the_shell_shows_it(as_mina: Client, mina: User, general: Room) -> None:
    changed = {"display_name": "Mina K", "time_zone": "Asia/Seoul", "language": "ko"}
    response = as_mina.post("/profile/", changed, headers=IN_SHELL)
    assert (response.status_code, response.headers["Location"]) == (205, "/profile/")
    assert "프로필" in as_mina.get("/profile/").content.decode()


def test_a_profile_with_a_mistake_is_answered_in_place(as_mina: Client, general: Room) -> None:
    wrong = {"display_name": "x" * 200, "time_zone": "Asia/Seoul", "language": "en"}
    response = as_mina.post("/profile/", wrong, headers=IN_SHELL)
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()


# --- The palette ------------------------------------------------------------------------------------------------------


def test_people_and_rooms_are_found_by_name(as_mina: Client, joon: User, general: Room) -> None:
    garden = create_room(joon, name="Joon’s garden")
    found = as_mina.get("/find/?q=joon").json()
    assert [(person["id"], person["username"]) for person in found["people"]] == [(joon.pk, "joon")]
    assert found["rooms"] == [{"id": garden.pk, "slug": garden.slug, "name": garden.name}]


def test_nothing_is_found_for_nothing(as_mina: Client, general: Room) -> None:
    assert as_mina.get("/find/").json() == {"people": [], "rooms": []}


def test_somebody_who_is_not_signed_in_finds_nothing(client: Client, general: Room) -> None:
    assert client.get("/find/?q=mina").status_code == 302


def test_finding_is_limited_in_rate(joon: User, general: Room) -> None:
    join_room(joon, room_id=general.pk)
    client = Client()
    client.force_login(joon)
    burst = quotas.FINDS.default
    answers = [client.get("/find/?q=mina") for _ in range(2 * burst)]
    assert {answer.status_code for answer in answers[:burst]} == {200}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert int(refused[0].headers["Retry-After"]) >= 1


def test_finding_costs_the_same_few_queries_for_any_number_of_people(
    as_mina: Client, joon: User, general: Room, django_assert_num_queries: Any
) -> None:
    as_mina.get("/find/?q=joon")
    with django_assert_num_queries(4):
        as_mina.get("/find/?q=joon")
