"""Usernames: the rules for them, and that none can be mistaken for another."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from chat.models import User
from chat.protocol.errors import Conflict, Invalid, TooLarge
from chat.services.accounts import create_person, update_person
from chat.services.usernames import clean_username, free_username, suggest_username
from chat.unicode import skeleton_digest
from tests.conftest import person

SIGNUP = reverse("account_signup")
LOOK_ALIKES = ["mіna", "mına", "rnina", "ｍｉｎａ", "MINA", "Ｍina", "mi\u200bna"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("mina", "mina"),
        (" Mina.Kim ", "mina.kim"),
        ("ｍｉｎａ", "mina"),
        ("최하은", "최하은"),
        ("崔하은-2", "崔하은-2"),
        ("山田タロー", "山田タロー"),
        ("хочу_чаю", "хочу_чаю"),
        ("हिन्दी", "हिन्दी"),
        ("007", "007"),
    ],
)
def test_a_username_has_one_script_and_is_stored_in_one_spelling(typed: str, stored: str) -> None:
    assert clean_username(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "seojun@maple.example",
            "a b",
            "a+b",
            "",
            " ",
            "...",
            "a\u0301\u0301",
            "a\u3164",
            "\u202eanim",
            "a/b",
            "a\x00",
            "★",
        ),
        *("mіna", "하은kim", "하은タ", "aβ"),
        *("\ud800", "ᚠᚢ", "١٢"),
    ],
)
def test_an_invalid_username_is_an_error_of_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean_username(typed)
    assert caught.value.field == "username"


@pytest.mark.parametrize("typed", ["x" * 151, "ﷺ" * 150, "ä" * 10_000])
def test_a_username_that_is_too_long_once_it_is_folded_is_refused(typed: str) -> None:
    with pytest.raises((TooLarge, Invalid)):
        clean_username(typed)


@pytest.mark.parametrize("name", ["admin", "Admin", "r00t", "here", "all", "rne", "관리자", "모두", "ｓystem"])
def test_names_that_read_like_the_site_itself_are_reserved(name: str) -> None:
    with pytest.raises(Conflict):
        clean_username(name)
    assert clean_username(name, may_be_reserved=True)


@pytest.mark.parametrize("typed", LOOK_ALIKES)
def test_nobody_signs_up_under_a_name_that_looks_like_another(client: Client, mina: User, typed: str) -> None:
    given = {"username": typed, "display_name": "Eve", "password1": "jangdok-2026", "email": ""}
    page = client.post(SIGNUP, given)
    assert page.status_code == 200
    assert 'id="id_username_error"' in page.content.decode()
    assert User.objects.count() == 1


def test_the_name_of_a_deactivated_person_stays_theirs(mina: User) -> None:
    User.objects.filter(pk=mina.pk).update(is_active=False)
    with pytest.raises(Conflict):
        free_username("rnina")


@pytest.mark.parametrize("typed", ["rnina", "mına", "Mina"])
def test_nobody_is_created_or_renamed_to_look_like_another(keeper: User, mina: User, joon: User, typed: str) -> None:
    with pytest.raises(Conflict):
        create_person(keeper, username=typed, password=None)
    with pytest.raises(Conflict):
        update_person(keeper, user_id=joon.pk, username=typed)
    joon.refresh_from_db()
    assert (joon.username, User.objects.count()) == ("joon", 3)


def test_a_person_may_take_a_name_that_looks_like_their_own(keeper: User, mina: User) -> None:
    assert update_person(keeper, user_id=mina.pk, username="rnina").username == "rnina"
    mina.refresh_from_db()
    assert mina.username_skeleton == skeleton_digest("mina")


def test_a_name_that_was_given_up_is_free_again(keeper: User, mina: User) -> None:
    update_person(keeper, user_id=mina.pk, username="minerva")
    assert create_person(keeper, username="rnina", password=None).username == "rnina"


def test_only_superusers_give_reserved_names(keeper: User, clerk: User) -> None:
    with pytest.raises(Conflict):
        create_person(clerk, username="support", password=None)
    assert create_person(keeper, username="support", password=None).username == "support"


def test_everybody_who_is_created_has_a_skeleton(space: Any, client: Client) -> None:
    given = {"username": "Nari", "display_name": "Nari", "password1": "jangdok-2026", "email": ""}
    client.post(SIGNUP, given)
    call_command("createsuperuser", interactive=False, username="Boss", email="")
    person("joon", "Joon")
    assert dict(User.objects.values_list("username", "username_skeleton")) == {
        username: skeleton_digest(username) for username in ("nari", "boss", "joon")
    }


def test_a_name_older_than_the_rules_is_kept_and_nobody_takes_one_like_it(keeper: User, mina: User) -> None:
    old = User(username="Seojun@maple.example", display_name="Seojun")
    old.save()
    assert update_person(keeper, user_id=old.pk, display_name="서준").username == "Seojun@maple.example"
    User.objects.filter(pk=mina.pk).update(username_skeleton=None)
    with pytest.raises(Conflict, match="looks like another"):
        free_username("rnina")


def test_of_names_that_look_alike_already_the_first_has_the_skeleton(space: Any) -> None:
    fill = importlib.import_module("chat.migrations.0006_fill_username_skeletons").fill
    for username in ("mina", "mına", "joon"):
        User(username=username).save()
    fill(apps, connection.schema_editor())
    assert dict(User.objects.values_list("username", "username_skeleton")) == {
        "mina": skeleton_digest("mina"),
        "mına": None,
        "joon": skeleton_digest("joon"),
    }
    fill(apps, connection.schema_editor())  # a second time changes nothing
    assert User.objects.filter(username_skeleton=None).get().username == "mına"


def test_people_whose_names_look_alike_already_still_sign_in(space: Any, client: Client) -> None:
    for username in ("mina", "mına"):
        user = User(username=username, display_name=username)
        user.set_password("jangdok-2026")
        user.save()
        assert client.post(reverse("account_login"), {"login": username, "password": "jangdok-2026"}).status_code == 302
        client.logout()


@pytest.mark.parametrize("name", ["Mina Kim", "서준 Park", "Ana-Lúcia O'Neil", "админ Admin", "a@b.example", "ﷺ" * 80])
def test_a_suggested_username_is_valid(name: str) -> None:
    assert clean_username(suggest_username(name)) == suggest_username(name)


@pytest.mark.parametrize("name", ["★", "", " ", "...", "\u3164\u200b"])
def test_a_name_without_letters_suggests_nothing(name: str) -> None:
    assert suggest_username(name) == ""
