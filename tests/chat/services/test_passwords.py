"""Which passwords are refused."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from chat.models import Space, User
from chat.services.passwords import common_passwords, is_common


@pytest.fixture
def space(db: None) -> Space:
    return Space.objects.create(name="Maple Studio")


@pytest.fixture
def hana() -> User:
    """Somebody who is choosing a password."""
    return User(username="hana.kim", display_name="김하나 Reiter", email="mountaineer@post.test")


def complaints(password: str, user: User | None = None) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return error.messages
    return []


def test_a_hundred_thousand_passwords_are_common() -> None:
    assert len(set(common_passwords())) == 100_000


@pytest.mark.parametrize(
    "password",
    [
        *("letmein99", "zaq12wsx!", "ZAQ12WSX", "password", "Password1!", "!!iloveyou!!", "12345678!", "qwertyuiop"),
        *("sunshine2024", "trustno1", "1q2w3e4r5t", " letmein99 "),
    ],
)
def test_common_passwords_are_refused_even_with_digits_and_signs_around_them(space: Space, password: str) -> None:
    assert complaints(password) == ["This password is too common."]


@pytest.mark.parametrize(
    "password", ["paper lantern 42", "correct horse battery", "k8#Lm2!qZ0", "가나다라마바사아", "ß" * 9]
)
def test_other_passwords_are_accepted(space: Space, hana: User, password: str) -> None:
    assert complaints(password, hana) == []


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("Maplestudio", "name of the space"),
        ("maple studio", "name of the space"),
        ("maple-2024-!", "name of the space"),
        ("studio!!2024", "name of the space"),
        ("hana.kim", "username"),
        ("HanaKim1987", "username"),
        ("reiter1234", "name"),
        ("김하나!!2024", "name"),
        ("mountaineer7", "email address"),
    ],
)
def test_passwords_made_from_names_are_refused(space: Space, hana: User, password: str, name: str) -> None:
    assert complaints(password, hana) == [f"The password is too similar to the {name}."]


@pytest.mark.parametrize("password", ["x" * 1_000_000, "a1" * 500_000, "!" * 1_000_000, "\ud800" * 9, "\x00" * 9])
def test_no_password_is_too_odd_to_be_checked(space: Space, hana: User, password: str) -> None:
    assert is_common(password) is False
    complaints(password, hana)


@pytest.mark.parametrize(("password", "said"), [("Hildegard1", "name"), ("MapleStudio!", "name of the space")])
def test_sign_up_compares_the_password_with_the_names_on_the_same_form(
    client: Client, space: Space, password: str, said: str
) -> None:
    form = {"display_name": "Hildegard", "username": "h", "email": "", "password1": password}
    page = client.post("/accounts/signup/", form).content.decode()
    assert f"The password is too similar to the {said}." in page
    assert not User.objects.exists()


def test_the_first_run_compares_the_password_with_the_name_of_the_space_on_the_same_form(db: None) -> None:
    form: dict[str, Any] = {"site_name": "Hollyhock", "display_name": "Mina", "password": "hollyhock!7"}
    page = Client(SERVER_NAME="localhost").post("/welcome/", form).content.decode()
    assert "The password is too similar to the name of the space." in page
    assert not Space.objects.exists()
