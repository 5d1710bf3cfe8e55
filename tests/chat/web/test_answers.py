"""The forms of rooms as scripts send them: 204, or 422 with the reason at each field. The pages use the same views."""

from typing import Any

import pytest
from django.test import Client

from chat.models import AuditEntry, Membership, Room, User
from chat.models.room import NAME_CHARS, TOPIC_CHARS
from chat.services import memberships, rooms
from tests.chat.web.test_rooms import signed_in
from tests.harness.services import BASE_DIR

pytestmark = pytest.mark.once

JSON = {"Accept": "application/json"}


@pytest.fixture
def as_mina(mina: User) -> Client:
    return signed_in(mina)


@pytest.fixture
def as_joon(joon: User) -> Client:
    return signed_in(joon)


def post(client: Client, path: str, fields: dict[str, Any] | None = None) -> Any:
    return client.post(path, fields or {}, headers=JSON)


def get(client: Client, path: str) -> Any:
    return client.get(path, headers=JSON)


def reload(room: Room) -> Room:
    room.refresh_from_db()
    return room


def test_a_topic_alone_is_saved_and_the_name_stays(as_mina: Client, general: Room) -> None:
    response = post(as_mina, "/rooms/general/settings/", {"topic": "All of us"})
    assert (response.status_code, response.content) == (204, b"")
    assert (reload(general).name, general.topic) == ("General", "All of us")
    assert post(as_mina, "/rooms/general/settings/", {"name": "모두"}).status_code == 204
    assert (reload(general).name, general.topic) == ("모두", "All of us")


def test_what_is_wrong_is_said_at_its_field(as_mina: Client, general: Room) -> None:
    response = post(as_mina, "/rooms/general/settings/", {"name": " ", "topic": "x" * (TOPIC_CHARS + 1)})
    assert response.status_code == 422
    assert set(response.json()["errors"]) == {"name", "topic"}
    assert response.json()["errors"]["name"] == ["This field is required."]
    assert reload(general).name == "General"


def test_a_refusal_that_is_about_no_field_has_an_empty_name(as_joon: Client, general: Room) -> None:
    response = post(as_joon, "/rooms/general/settings/", {"topic": "Mine"})
    assert (response.status_code, response.json()) == (
        422,
        {"errors": {"": ["Only an owner of the room can do this."]}},
    )


def test_a_refusal_leaves_no_message_on_the_next_page(as_joon: Client, general: Room) -> None:
    assert post(as_joon, "/rooms/general/archive/").status_code == 422
    assert "Only an owner" not in as_joon.get("/rooms/").content.decode()


def test_a_name_that_another_room_has_is_saved_when_it_is_sent_again(
    as_mina: Client, mina: User, general: Room
) -> None:
    rooms.create_room(mina, name="Design")
    response = post(as_mina, "/rooms/general/settings/", {"name": "design"})
    assert "#design" in response.json()["errors"]["name"][0]
    fields = {"name": "design", "confirmed_name": "design"}
    assert post(as_mina, "/rooms/general/settings/", fields).status_code == 204
    assert reload(general).name == "design"


def test_a_room_is_archived_opened_and_deleted(as_mina: Client, general: Room) -> None:
    assert post(as_mina, "/rooms/general/delete/", {"name": "General"}).status_code == 403
    assert post(as_mina, "/rooms/general/archive/").status_code == 204
    assert reload(general).is_archived
    assert post(as_mina, "/rooms/general/unarchive/").status_code == 204
    assert not reload(general).is_archived
    rooms.archive_room(general.created_by, room_id=general.pk)
    for wrong, sentence in {"Generic": "This is not the name of the room.", "": "This field is required."}.items():
        response = post(as_mina, "/rooms/general/delete/", {"name": wrong})
        assert (response.status_code, response.json()) == (422, {"errors": {"name": [sentence]}})
    assert post(as_mina, "/rooms/general/delete/").json() == {"errors": {"name": ["This field is required."]}}
    assert post(as_mina, "/rooms/general/delete/", {"name": "General"}).status_code == 204
    assert get(as_mina, "/rooms/general/").status_code == 404


def test_a_role_is_given_and_the_last_owner_stays(as_mina: Client, general: Room, mina: User, joon: User) -> None:
    assert post(as_mina, "/rooms/general/role/", {"user": joon.pk, "role": "moderator"}).status_code == 204
    assert general.memberships.get(user=joon).role == "moderator"
    response = post(as_mina, "/rooms/general/role/", {"user": mina.pk, "role": "member"})
    assert response.json() == {"errors": {"role": ["A room needs an owner. Make somebody else one first."]}}
    assert post(as_mina, "/rooms/general/role/", {"user": "x", "role": "king"}).status_code == 422


def test_somebody_is_removed_and_the_removal_of_nobody_is_not_found(
    as_mina: Client, general: Room, joon: User, stranger: User
) -> None:
    assert post(as_mina, "/rooms/general/remove/", {"user": joon.pk}).status_code == 204
    assert not general.memberships.current().filter(user=joon).exists()
    assert post(as_mina, "/rooms/general/remove/", {"user": stranger.pk}).status_code == 404


def test_a_member_leaves(as_joon: Client, general: Room, joon: User) -> None:
    assert post(as_joon, "/rooms/general/leave/").status_code == 204
    assert not general.memberships.current().filter(user=joon).exists()


def test_people_to_invite_are_those_outside_of_the_room(as_joon: Client, general: Room, stranger: User) -> None:
    found = get(as_joon, "/rooms/general/invite/").json()["people"]
    assert found == [{"id": stranger.pk, "username": "stranger", "name": stranger.name}]


def test_nobody_outside_a_room_is_given_people_to_invite(stranger: User, general: Room, founders: Room) -> None:
    client = signed_in(stranger)
    assert get(client, "/rooms/general/invite/").status_code == 403
    assert get(client, "/rooms/founders/invite/").status_code == 404


def test_somebody_is_invited_by_id_or_by_name(as_mina: Client, general: Room, stranger: User) -> None:
    assert post(as_mina, "/rooms/general/invite/", {"person": "stranger"}).status_code == 204
    assert general.memberships.current().filter(user=stranger).exists()
    memberships.remove_member(general.created_by, room_id=general.pk, user_id=stranger.pk)
    assert post(as_mina, "/rooms/general/invite/", {"user": stranger.pk}).status_code == 204
    assert general.memberships.current().filter(user=stranger).exists()


def test_of_several_people_that_could_be_meant_all_are_named(as_mina: Client, general: Room) -> None:
    twins = [User.objects.create_user(f"ada{number}", display_name="Ada") for number in range(2)]
    response = post(as_mina, "/rooms/general/invite/", {"person": "Ada"})
    assert response.status_code == 422
    assert response.json()["errors"] == {"person": ["Whom do you mean?"]}
    assert {person["id"] for person in response.json()["meant"]} == {twin.pk for twin in twins}
    assert Membership.objects.filter(user__in=twins).count() == 0


def test_a_room_is_created_with_its_address(as_mina: Client, mina: User) -> None:
    response = post(as_mina, "/rooms/new/", {"name": "디자인 이야기", "topic": "글꼴", "kind": "public"})
    room = Room.objects.get()
    assert (response.status_code, response.json()) == (201, {"id": room.pk, "slug": "디자인-이야기"})
    assert room.memberships.get().user == mina


def test_a_room_that_cannot_be_created_says_why_at_each_field(as_mina: Client) -> None:
    response = post(as_mina, "/rooms/new/")
    assert response.status_code == 422
    assert set(response.json()["errors"]) == {"name", "kind"}


def test_rooms_with_a_similar_name_are_a_hint_for_those_who_can_see_them(
    as_mina: Client, mina: User, stranger: User, founders: Room, general: Room
) -> None:
    assert get(as_mina, "/rooms/new/?name=gener").json() == {
        "kinds": ["public", "private"],
        "similar": [{"name": "General", "slug": "general"}],
    }
    assert get(as_mina, "/rooms/new/?name=founders").json()["similar"] != []
    client = signed_in(stranger)
    for name in ("founders", "f", "", "x" * 10_000, "%", "\\"):
        assert client.get("/rooms/new/", {"name": name}, headers=JSON).json()["similar"] == []


def test_invitation_links_are_made_listed_and_revoked(as_mina: Client, mina: User, joon: User) -> None:
    assert get(as_mina, "/people/invite/").status_code == 403
    User.objects.filter(pk=mina.pk).update(is_staff=True)
    offered = get(as_mina, "/people/invite/").json()
    assert [choice["value"] for choice in offered["days"]] == [1, 7, 0]
    assert [choice["value"] for choice in offered["uses"]] == [1, 10, 0]
    assert offered["links"] == []
    made = post(as_mina, "/people/invite/", {"days": 7, "max_uses": 0})
    assert made.status_code == 201
    assert made.json()["link"].startswith("http://testserver/accounts/signup/?invite=")
    assert made.json()["qr"]["path"].startswith("M")
    [link] = made.json()["links"]
    assert link["by"] == mina.name
    assert post(as_mina, link["revoke"]).status_code == 204
    assert get(as_mina, "/people/invite/").json()["links"] == []


def test_a_link_that_cannot_be_made_says_why(as_mina: Client, mina: User) -> None:
    User.objects.filter(pk=mina.pk).update(is_staff=True)
    response = post(as_mina, "/people/invite/", {"days": 5, "max_uses": 0})
    assert response.status_code == 422
    assert set(response.json()["errors"]) == {"days"}
    assert post(as_mina, "/people/invite/").status_code == 422


def test_the_list_of_links_offers_to_revoke_only_ones_own(as_mina: Client, as_joon: Client, mina: User) -> None:
    User.objects.update(is_staff=True)
    post(as_mina, "/people/invite/", {"days": 7, "max_uses": 0})
    [link] = get(as_joon, "/people/invite/").json()["links"]
    assert link["revoke"] == ""
    [own] = get(as_mina, "/people/invite/").json()["links"]
    refused = post(as_joon, own["revoke"])
    assert refused.json() == {"errors": {"": ["Only the person who created a link or a superuser can revoke it."]}}
    assert not AuditEntry.objects.filter(action="invitation.revoked").exists()


def test_a_script_without_a_token_of_the_page_is_refused(mina: User, general: Room) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(mina)
    assert post(client, "/rooms/general/archive/").status_code == 403
    assert not reload(general).is_archived


def test_the_script_knows_the_limits_of_a_room() -> None:
    script = (BASE_DIR / "chat/static/chat/js/views/form_field.js").read_text()
    assert f"ROOM_NAME_CHARS = {NAME_CHARS};" in script
    assert f"ROOM_TOPIC_CHARS = {TOPIC_CHARS};" in script
