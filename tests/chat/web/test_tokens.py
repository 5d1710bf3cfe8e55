"""Pages on which people create and revoke tokens, and look after their bots."""

import re
from typing import Any

import pytest
from django.core import management
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from chat.models import Token, User
from chat.models.token import digest_of
from chat.queries.tokens import authenticate_tokens
from chat.services import bots
from tests.harness.images import image
from tests.harness.tokens import made

TOKEN = re.compile(r'value="(srb[pb]_\w+)"')


def confirmed(user: User) -> Client:
    """A browser in which somebody has just entered their password."""
    client = Client()
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": user.username * 2})
    return client


@pytest.fixture
def browser(mina: User) -> Client:
    """Mina's, in which she has just entered her password."""
    return confirmed(mina)


@pytest.fixture
def robot(mina: User) -> User:
    """A bot of mina's."""
    return bots.create_bot(mina, username="robot", display_name="Robot", description="Says beep")


def create(browser: Client, path: str = "/profile/tokens/new/", **fields: Any) -> str:
    """Create a token on the page, which shows it."""
    given = {"name": "Backup", "scopes": ["read"], "days": "30", **fields}
    page = browser.post(path, given).content.decode()
    found = TOKEN.search(page)
    assert found is not None, page
    return found[1]


def test_a_token_is_shown_once_and_listed_without_it(browser: Client, mina: User, general: Any) -> None:
    text = create(browser, rooms=[str(general.pk)])
    (access,) = authenticate_tokens([digest_of(text)])
    assert access is not None
    assert (access.user, access.scopes, access.rooms) == (mina, frozenset({"read"}), frozenset({general.pk}))
    ends = Token.objects.get().expires_at
    assert ends is not None
    assert 29 <= (ends - timezone.now()).days <= 30
    page = browser.get("/profile/tokens/").content.decode()
    assert "Backup" in page
    assert text not in page
    assert text[-4:] in page


def test_a_token_is_revoked_on_the_page(browser: Client, mina: User, joon: User) -> None:
    own, foreign = made(mina)[0], made(joon)[0]
    assert browser.post(f"/profile/tokens/{own.pk}/revoke/").status_code == 302
    assert browser.post(f"/profile/tokens/{foreign.pk}/revoke/").status_code == 404
    assert list(Token.objects.all()) == [foreign]


def test_a_token_is_created_only_by_somebody_who_has_just_entered_the_password(mina: User) -> None:
    client = Client()
    client.force_login(mina)
    for path in ("/profile/tokens/new/", "/profile/bots/new/"):
        assert "reauthenticate" in client.post(path, {}).url  # type: ignore[attr-defined]
    assert not Token.objects.exists()


def test_a_form_without_scopes_or_with_foreign_rooms_is_refused(
    browser: Client, mina: User, founders: Any, stranger: User
) -> None:
    for fields in ({}, {"scopes": ["all"]}, {"scopes": ["read"], "rooms": ["99"]}, {"scopes": ["read"], "days": "7"}):
        assert browser.post("/profile/tokens/new/", {"name": "x", "days": "30", **fields}).status_code == 200
    assert not Token.objects.exists()


def test_a_bot_is_created_named_and_deleted_by_its_owner(browser: Client, mina: User) -> None:
    browser.post("/profile/bots/new/", {"username": "Deploys", "display_name": "", "description": "Says what is new"})
    bot = User.objects.get(username="deploys")
    assert (bot.owner, bot.is_bot, bot.has_usable_password()) == (mina, True, False)
    browser.post(f"/profile/bots/{bot.pk}/", {"display_name": "배포", "description": "새 소식"})
    bot.refresh_from_db()
    assert (bot.name, bot.description) == ("배포", "새 소식")
    text = create(browser, f"/profile/bots/{bot.pk}/tokens/new/")
    assert text.startswith("srbb_")
    assert browser.post(f"/profile/bots/{bot.pk}/delete/").status_code == 302
    assert authenticate_tokens([digest_of(text)]) == [None]
    assert "deploys" not in browser.get("/profile/tokens/").content.decode()


def test_a_bot_gets_a_picture(browser: Client, robot: User) -> None:
    path = f"/profile/bots/{robot.pk}/picture/"
    browser.post(path, {"image": SimpleUploadedFile("robot.png", image())})
    robot.refresh_from_db()
    assert robot.avatar
    browser.post(path, {"remove": "1"})
    robot.refresh_from_db()
    assert not robot.avatar


@pytest.mark.parametrize("path", ["", "tokens/new/", "delete/", "picture/"])
def test_nobody_else_opens_the_pages_of_a_bot(robot: User, joon: User, path: str) -> None:
    client = confirmed(joon)
    assert client.post(f"/profile/bots/{robot.pk}/{path}").status_code == 404
    assert client.post(f"/profile/bots/{joon.pk}/{path}").status_code == 404


def test_a_bot_cannot_sign_in(robot: User) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": "robot", "password": ""})
    assert "_auth_user_id" not in client.session


def test_the_command_prints_a_token_and_nothing_else(mina: User, capsys: pytest.CaptureFixture[str]) -> None:
    management.call_command("token", "MINA", "--scopes", "read,write", "--days", "3")
    (text,) = capsys.readouterr().out.splitlines()
    (access,) = authenticate_tokens([digest_of(text)])
    assert access is not None
    assert access.user == mina
    assert access.scopes == {"read", "write"}


@pytest.mark.parametrize(
    "given", [("nobody",), ("mina", "--scopes", "all"), ("mina", "--rooms", "x"), ("mina", "--days", "0")]
)
def test_the_command_says_what_is_wrong(mina: User, given: tuple[str, ...]) -> None:
    with pytest.raises(management.CommandError):
        management.call_command("token", *given)
