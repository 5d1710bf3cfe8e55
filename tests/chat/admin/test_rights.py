"""Only superusers give rights in the admin, whatever others post."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from chat.models import Room, User
from chat.protocol.errors import Forbidden
from chat.services import accounts
from tests.harness.admin_actions import room_form, signed_in, url, user_form

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PASSWORDS = {"password1": "a-long-enough-one", "password2": "a-long-enough-one", "usable_password": "true"}


@pytest.fixture
def helpers(clerk: User) -> Group:
    """A group without permissions; the clerk is in it."""
    group = Group.objects.create(name="helpers")
    clerk.groups.add(group)
    return group


def all_rights(group: Group) -> dict[str, Any]:
    """Every field that gives rights, as a browser would post it."""
    return {
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [group.pk],
        "user_permissions": [permission.pk for permission in Permission.objects.all()],
        "groups_old": [group.pk],
        "User_groups-TOTAL_FORMS": 1,
        "User_groups-INITIAL_FORMS": 0,
        "User_groups-0-group": group.pk,
    }


def rights_of(user: User) -> tuple[bool, bool, int, int]:
    user.refresh_from_db()
    return user.is_staff, user.is_superuser, user.groups.count(), user.user_permissions.count()


NOTHING = (False, False, 0, 0)


# --- groups -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_group_is_closed_to_staff_who_hold_every_permission(page: str, clerk: User, helpers: Group) -> None:
    address = reverse(f"admin:auth_group_{page}", args=[helpers.pk])
    permissions = [permission.pk for permission in Permission.objects.all()]
    client = signed_in(clerk)
    assert client.get(address).status_code == 403
    response = client.post(address, {"name": "raised", "permissions": permissions, "post": "yes"})
    assert response.status_code in {403, 405}
    helpers.refresh_from_db()
    assert (helpers.name, helpers.permissions.count()) == ("helpers", 0)


def test_staff_neither_add_nor_list_nor_look_up_groups(clerk: User, helpers: Group) -> None:
    client = signed_in(clerk)
    permissions = [permission.pk for permission in Permission.objects.all()]
    add, everything = reverse("admin:auth_group_add"), reverse("admin:auth_group_changelist")
    assert client.post(add, {"name": "new", "permissions": permissions}).status_code == 403
    assert client.get(everything).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [helpers.pk], "post": "yes"}
    assert client.post(everything, chosen).status_code == 403
    lookup = {"app_label": "chat", "model_name": "user", "field_name": "groups"}
    assert client.get(reverse("admin:autocomplete"), lookup).status_code == 403
    assert list(Group.objects.all()) == [helpers]
    assert everything not in client.get("/admin/").content.decode()


def test_superusers_change_groups(keeper: User, helpers: Group) -> None:
    permission = Permission.objects.get(codename="view_message")
    data = {"name": "readers", "permissions": [permission.pk]}
    assert signed_in(keeper).post(reverse("admin:auth_group_change", args=[helpers.pk]), data).status_code == 302
    assert list(helpers.permissions.all()) == [permission]


# --- crafted forms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["_save", "_saveasnew", "_continue", "_addanother"])
def test_fields_of_rights_are_ignored_in_what_staff_post(button: str, clerk: User, joon: User, helpers: Group) -> None:
    client, before = signed_in(clerk), rights_of(clerk)
    for user in (joon, clerk):
        client.post(
            url("user", "change", user.pk), user_form(user, display_name="New") | all_rights(helpers) | {button: 1}
        )
    assert rights_of(joon) == NOTHING
    assert rights_of(clerk) == before
    assert User.objects.count() == 2


def test_a_new_account_has_no_rights_whatever_staff_post(clerk: User, helpers: Group) -> None:
    data = {"username": "newcomer", "display_name": "New", "email": ""} | PASSWORDS | all_rights(helpers)
    assert signed_in(clerk).post(url("user", "add"), data).status_code == 302
    assert rights_of(User.objects.get(username="newcomer")) == NOTHING


def test_a_new_account_has_no_rights_whatever_a_superuser_posts(keeper: User, helpers: Group) -> None:
    data = {"username": "newcomer", "display_name": "New", "email": ""} | PASSWORDS | all_rights(helpers)
    assert signed_in(keeper).post(url("user", "add"), data).status_code == 302
    assert rights_of(User.objects.get(username="newcomer")) == NOTHING


def test_the_rows_of_a_rooms_page_give_no_rights(clerk: User, general: Room, joon: User, helpers: Group) -> None:
    signed_in(clerk).post(url("room", "change", general.pk), room_form(general) | all_rights(helpers))
    assert rights_of(joon) == NOTHING


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}, "group", "permission"])
def test_the_account_of_somebody_with_rights_is_closed_to_staff(
    rights: Any, clerk: User, joon: User, helpers: Group
) -> None:
    if rights == "group":
        joon.groups.add(helpers)
    elif rights == "permission":
        joon.user_permissions.add(Permission.objects.get(codename="view_message"))
    else:
        User.objects.filter(pk=joon.pk).update(**rights)
    client = signed_in(clerk)
    crafted = user_form(joon, email="clerk@example.com", username="clerks")
    assert client.post(url("user", "change", joon.pk), crafted).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[joon.pk])
    assert client.post(password, PASSWORDS | {"set-password": "1"}).status_code == 403
    joon.refresh_from_db()
    assert (joon.username, joon.email) == ("joon", "")
    assert joon.check_password("joonjoon")


def test_services_refuse_staff_the_actions_of_superusers(clerk: User, keeper: User, joon: User, helpers: Group) -> None:
    with pytest.raises(Forbidden):
        accounts.set_rights(clerk, user_id=joon.pk, is_staff=True, is_superuser=False, groups=[helpers], permissions=[])
    with pytest.raises(Forbidden):
        accounts.update_person(clerk, user_id=keeper.pk, email="clerk@example.com")
    with pytest.raises(Forbidden):
        accounts.set_password(clerk, user_id=keeper.pk, password="taken-over-now")
    assert rights_of(joon) == NOTHING


def test_superusers_who_are_deactivated_give_no_rights(keeper: User, joon: User) -> None:
    keeper.is_active = False
    with pytest.raises(Forbidden):
        accounts.set_rights(keeper, user_id=joon.pk, is_staff=True, is_superuser=True, groups=[], permissions=[])


# --- one's own account ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["keeper", "clerk"])
@pytest.mark.parametrize("spelling", ["{}", "00{}", "%20{}"])
def test_changing_ones_own_password_requires_the_old_one(
    who: str, spelling: str, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(who)
    client = signed_in(user)
    address = f"/admin/chat/user/{spelling.format(user.pk)}/password/"
    for response in (client.get(address), client.post(address, PASSWORDS | {"set-password": "1"})):
        assert response.headers["Location"] == reverse("account_change_password")
    user.refresh_from_db()
    assert user.check_password(who * 2)
    with pytest.raises(Forbidden, match="your own password"):
        accounts.set_password(user, user_id=user.pk, password="without-the-old-one")


@pytest.mark.parametrize("who", ["keeper", "clerk"])
def test_ones_own_address_is_changed_on_the_site(who: str, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(who)
    signed_in(user).post(
        url("user", "change", user.pk), user_form(user, email="other@example.com", display_name="Still me")
    )
    user.refresh_from_db()
    assert (user.display_name, user.email) == ("Still me", "")
    with pytest.raises(Forbidden, match="your own address"):
        accounts.update_person(user, user_id=user.pk, email="other@example.com")
