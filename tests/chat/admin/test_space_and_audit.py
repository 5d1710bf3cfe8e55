"""The page of the space with its settings, and the list of the audit."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from chat.models import AuditEntry, Room, Space, User
from chat.services.memberships import set_role
from chat.services.rooms import archive_room, create_room, delete_room, update_room
from chat.services.space_settings import change_settings
from tests.harness.admin_actions import acts_of, errors_of, signed_in, space_form, url
from tests.harness.space import set_space

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SPACE = ("space", "change", 1)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings_are_changed_on_the_page_of_the_space(keeper: User) -> None:
    data = space_form(signups="invite", send_burst=30, private_room_creators="staff")
    assert signed_in(keeper).post(url(*SPACE), data).status_code == 302
    assert Space.objects.get().settings == {"signups": "invite", "send_burst": 30, "private_room_creators": "staff"}
    assert acts_of(keeper) == ["space.settings"]


def test_the_page_shows_what_is_in_force_and_what_the_default_is(keeper: User) -> None:
    set_space(send_burst=33)
    page = signed_in(keeper).get(url(*SPACE)).content.decode()
    assert 'value="33"' in page
    assert "From 1 to 1000. Default: 20." in page
    assert "Default: anybody who reaches the site." in page


def test_saving_the_page_unchanged_changes_nothing(keeper: User) -> None:
    assert signed_in(keeper).post(url(*SPACE), space_form()).status_code == 302
    assert Space.objects.get().settings == {}
    assert acts_of(keeper) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"send_burst": 5_000}, "less than or equal to 1000"),
        ({"send_burst": "many"}, "whole number"),
        ({"send_rate": "nan"}, "number"),
        ({"signups": "everybody"}, "valid choice"),
        ({"send_burst": ""}, "required"),
        ({"send_rate": 30}, "must not be less than the number of messages per second"),
        ({"rooms_created": 10}, "must not exceed the number of rooms"),
    ],
)
def test_a_value_that_cannot_be_is_an_error_of_its_field(fields: dict[str, Any], complaint: str, keeper: User) -> None:
    response = signed_in(keeper).post(url(*SPACE), space_form(name="Other", **fields))
    assert complaint in errors_of(response)
    space = Space.objects.get()
    assert (space.name, space.settings) == ("Sarangbang", {})
    assert acts_of(keeper) == []


def test_who_may_only_view_the_space_sees_the_settings_and_changes_none(clerk: User) -> None:
    clerk.user_permissions.set(Permission.objects.filter(codename="view_space"))
    set_space(send_burst=33, signups="closed")
    client = signed_in(clerk)
    page = client.get(url(*SPACE)).content.decode()
    assert "33" in page
    assert "nobody: administrators create accounts" in page
    assert client.post(url(*SPACE), space_form(signups="open")).status_code == 403
    assert Space.objects.get().settings == {"send_burst": 33, "signups": "closed"}


# --- the audit --------------------------------------------------------------------------------------------------------

LIST = "/admin/chat/auditentry/"


@pytest.fixture
def busy(keeper: User, general: Room, founders: Room, joon: User, mina: User) -> User:
    """Some acts of the keeper."""
    change_settings(keeper, values={"signups": "invite", "send_burst": 30})
    set_role(keeper, room_id=founders.pk, user_id=joon.pk, role="moderator")
    update_room(keeper, room_id=general.pk, name="Lobby")
    return keeper


def rows(response: Any) -> list[str]:
    return [entry.action for entry in response.context["cl"].result_list]


def test_the_list_says_who_did_what_to_what_from_where(busy: User) -> None:
    page = signed_in(busy).get(LIST).content.decode()
    for text in ("Keeper (@keeper)", "changed settings of the space", "Messages at once: 20 → 30", "Joon (@joon)"):
        assert text in page
    for text in ("Who may sign up: anybody who reaches the site → people who follow", "role: member → moderator"):
        assert text in page
    assert "name: General → Lobby" in page
    assert "command line" in page


def test_the_list_is_filtered_by_person_act_room_way_and_day(busy: User, mina: User, founders: Room) -> None:
    client = signed_in(busy)
    assert set(rows(client.get(LIST, {"actor__id__exact": mina.pk}))) == {"room.created", "member.invited"}
    assert rows(client.get(LIST, {"action": "member.role"})) == ["member.role"]
    in_room = rows(client.get(LIST, {"room__id__exact": founders.pk}))
    assert in_room == ["member.role", "member.invited", "room.created"]
    assert rows(client.get(LIST, {"way": "socket"})) == []
    assert rows(client.get(LIST, {"at_from": "2100-01-01"})) == []
    assert len(rows(client.get(LIST, {"at__year": AuditEntry.objects.latest("pk").at.year}))) == 6
    assert rows(client.get(LIST, {"q": "lobby"})) == ["room.changed"]
    assert rows(client.get(LIST, {"action": "no.such"})) == rows(client.get(LIST))


def test_the_history_of_an_object_leads_to_its_entries(busy: User, joon: User, founders: Room) -> None:
    client = signed_in(busy)
    history = client.get(url("user", "history", joon.pk), follow=True)
    assert set(rows(history)) == {"member.role", "member.invited"}
    assert rows(client.get(url("room", "history", founders.pk), follow=True))[0] == "member.role"
    assert rows(client.get(url("space", "history", 1), follow=True)) == ["space.settings"]
    assert client.get(url("user", "history", "x")).status_code == 404


def test_a_private_room_that_is_deleted_has_no_name_in_the_list(keeper: User) -> None:
    room = create_room(keeper, name="Zeppelin", kind="private")
    client = signed_in(keeper)
    assert "Zeppelin" in client.get(LIST).content.decode()
    archive_room(keeper, room_id=room.pk)
    delete_room(keeper, room_id=room.pk)
    page = client.get(LIST).content.decode()
    assert "Zeppelin" not in page
    assert f"Deleted room {room.pk}" in page


def test_only_superusers_read_the_audit(busy: User, clerk: User) -> None:
    entry = AuditEntry.objects.latest("pk")
    client = signed_in(clerk)
    for address in (LIST, url("auditentry", "change", entry.pk), url("user", "history", clerk.pk)):
        assert client.get(address).status_code == 403
    assert LIST not in client.get("/admin/").content.decode()
    assert LIST in signed_in(busy).get("/admin/").content.decode()


def test_nobody_adds_changes_or_deletes_entries_in_the_admin(busy: User) -> None:
    entry = AuditEntry.objects.latest("pk")
    client = signed_in(busy)
    assert client.get(url("auditentry", "change", entry.pk)).status_code == 200
    for address in (
        url("auditentry", "add"),
        url("auditentry", "change", entry.pk),
        url("auditentry", "delete", entry.pk),
    ):
        assert client.post(address, {"actor_name": "Somebody", "post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert AuditEntry.objects.get(pk=entry.pk).actor_name == entry.actor_name


def test_what_people_are_called_is_text_in_the_list(keeper: User) -> None:
    room = create_room(keeper, name="<script>alert(1)</script>")
    update_room(keeper, room_id=room.pk, name="<b>bold</b>")
    page = signed_in(keeper).get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>bold" not in page


# --- groups -----------------------------------------------------------------------------------------------------------


def test_what_is_done_to_groups_is_recorded(keeper: User) -> None:
    client, permission = signed_in(keeper), Permission.objects.get(codename="view_message")
    client.post(reverse("admin:auth_group_add"), {"name": "helpers", "permissions": [permission.pk]})
    group = Group.objects.get()
    assert list(group.permissions.all()) == [permission]
    client.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "readers", "permissions": []})
    client.post(
        reverse("admin:auth_group_changelist"),
        {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"},
    )
    assert not Group.objects.exists()
    assert acts_of(keeper) == ["group.created", "group.changed", "group.deleted"]
    assert AuditEntry.objects.filter(action="group.changed").get().details == {
        "name": ["helpers", "readers"],
        "permissions": [["view_message"], []],
    }


def test_a_group_whose_name_is_taken_is_an_error_of_the_field(keeper: User) -> None:
    Group.objects.create(name="helpers")
    response = signed_in(keeper).post(reverse("admin:auth_group_add"), {"name": " helpers  ", "permissions": []})
    assert "name" in response.context["adminform"].form.errors
    assert Group.objects.count() == 1


def test_djangos_own_log_is_not_written(busy: User, joon: User, general: Room) -> None:
    client = signed_in(busy)
    client.post(url(*SPACE), space_form(name="Other"))
    client.post(reverse("admin:auth_group_add"), {"name": "helpers", "permissions": []})
    password = {"password1": "paper lantern 42", "password2": "paper lantern 42", "usable_password": "true"}
    client.post(reverse("admin:auth_user_password_change", args=[joon.pk]), password)
    assert acts_of(busy)[-3:] == ["space.renamed", "group.created", "person.password"]
    assert not LogEntry.objects.exists()
