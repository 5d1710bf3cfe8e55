"""An open session or a guess does not give away an account: changes require the password and are announced."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from chat.models import User
from chat.services import attempts
from tests.chat.services.test_accounts import NEW_PERSON, SIGNUP, link_in_mail, reauthenticate

pytestmark = pytest.mark.once

OWNER, STRANGER = "192.0.2.7", "198.51.100.9"
NEW_PASSWORD = "paper lantern 42"


@pytest.fixture
def mina(mina: User) -> User:
    """Somebody whose address was entered at sign-up and never confirmed."""
    mina.email = "mina@example.com"
    mina.save()
    return mina


def sign_in(login: str, password: str, *, address: str = OWNER) -> str:
    """The text of the page; empty if sign-in succeeds."""
    client = Client(REMOTE_ADDR=address)
    return client.post("/accounts/login/", {"login": login, "password": password}).content.decode()


# --- A recent password, and mails to the old address -----------------------------------------------------------------


def change_address(client: Client, email: str) -> Any:
    return client.post("/accounts/email/", {"action_add": "", "email": email}, follow=True)


def test_another_address_asks_for_the_password_first(client: Client, mina: User) -> None:
    client.force_login(mina)
    page = change_address(client, "thief@example.com")
    assert page.redirect_chain[-1][0].startswith("/accounts/reauthenticate/")
    assert "Is it still you?" in page.content.decode()
    assert mail.outbox == []
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()


def test_the_address_changes_once_the_password_is_given(client: Client, mina: User) -> None:
    client.force_login(mina)
    asked = change_address(client, "new@example.com")
    client.post(asked.redirect_chain[-1][0], {"password": "minamina", "next": "/accounts/email/"})
    assert mail.outbox[-1].to == ["new@example.com"]


def test_a_wrong_password_at_reauthentication_is_counted_like_one_at_sign_in(client: Client, mina: User) -> None:
    client.force_login(mina)
    for _ in range(attempts.SIGN_INS_OF_LOGIN_AND_ADDRESS.burst):
        page = client.post("/accounts/reauthenticate/", {"password": "guess"})
        assert "The password is incorrect." in page.content.decode()
    page = client.post("/accounts/reauthenticate/", {"password": "minamina"})
    assert "Too many failed attempts" in page.content.decode()


def test_the_old_password_of_a_change_is_counted_too(client: Client, mina: User) -> None:
    client.force_login(mina)
    guess = {"oldpassword": "guess", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    for _ in range(attempts.SIGN_INS_OF_LOGIN_AND_ADDRESS.burst):
        cache.clear()
        client.post("/accounts/password/change/", guess)
    cache.clear()
    client.post("/accounts/password/change/", guess | {"oldpassword": "minamina"})
    mina.refresh_from_db()
    assert mina.check_password("minamina")


@pytest.mark.parametrize("confirmed", [False, True])
def test_the_old_address_is_notified_when_another_replaces_it(client: Client, mina: User, confirmed: bool) -> None:
    EmailAddress.objects.create(user=mina, email=mina.email, primary=confirmed, verified=confirmed)
    client.force_login(mina)
    reauthenticate(client, "mina")
    change_address(client, "new@example.com")
    mina.refresh_from_db()
    assert mina.email == "mina@example.com"
    link = link_in_mail("/accounts/confirm-email/")
    client.post(link)
    mina.refresh_from_db()
    assert mina.email == "new@example.com"
    notice = mail.outbox[-1]
    assert notice.to == ["mina@example.com"]
    assert "from mina@example.com to new@example.com" in str(notice.body)
    assert "If that was not you" in str(notice.body)


def test_a_request_for_another_address_replaces_the_previous_one(client: Client, mina: User) -> None:
    client.force_login(mina)
    reauthenticate(client, "mina")
    change_address(client, "one@example.com")
    change_address(client, "two@example.com")
    addresses = EmailAddress.objects.filter(user=mina).values_list("email", flat=True)
    assert sorted(addresses) == ["mina@example.com", "two@example.com"]


def test_an_unconfirmed_address_is_notified_of_a_new_password(client: Client, mina: User) -> None:
    client.force_login(mina)
    client.post(
        "/accounts/password/change/",
        {"oldpassword": "minamina", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    [notice] = mail.outbox
    assert notice.to == ["mina@example.com"]
    assert "was changed" in str(notice.body)
    assert "If that was not you" in str(notice.body)


# --- Guessing --------------------------------------------------------------------------------------------------------


def guess_until_refused(login: str, *, address: str = STRANGER) -> int:
    """How many wrong passwords are checked before the next is refused."""
    for count in range(200):
        if "Too many failed attempts" in sign_in(login, "guess", address=address):
            return count
    raise AssertionError("never refused")


@pytest.mark.parametrize("login", ["mina", "mina@example.com", "MINA"])
def test_guesses_of_a_stranger_do_not_lock_out_the_owner_at_another_address(mina: User, login: str) -> None:
    assert guess_until_refused(login) == 5
    assert "Too many failed attempts" in sign_in(login, "minamina", address=STRANGER)
    assert sign_in(login, "minamina", address=OWNER) == ""


def test_guesses_from_many_addresses_are_counted_for_the_login(mina: User) -> None:
    for number in range(attempts.SIGN_INS_OF_LOGIN.burst):
        assert "Too many" not in sign_in("mina", "guess", address=f"198.51.100.{number}")
    assert "Too many failed attempts" in sign_in("mina", "guess", address="198.51.100.250")


def test_guesses_for_many_logins_are_counted_for_the_address(mina: User) -> None:
    for number in range(attempts.SIGN_INS_OF_ADDRESS.burst):
        assert "Too many" not in sign_in(f"person-{number}", "guess", address=STRANGER)
    assert "Too many failed attempts" in sign_in("mina", "guess", address=STRANGER)


def test_one_network_of_ipv6_counts_as_one_address(mina: User) -> None:
    for number in range(attempts.SIGN_INS_OF_LOGIN_AND_ADDRESS.burst):
        sign_in("mina", "guess", address=f"2001:db8::{number:x}")
    assert "Too many failed attempts" in sign_in("mina", "guess", address="2001:db8::ffff")
    assert sign_in("mina", "minamina", address="2001:db8:0:1::1") == ""


def test_right_passwords_are_not_counted(mina: User) -> None:
    for _ in range(attempts.SIGN_INS_OF_LOGIN_AND_ADDRESS.burst * 3):
        cache.clear()  # allauth counts whole requests there
        assert sign_in("mina", "minamina") == ""


def test_no_flood_and_no_lost_cache_resets_the_count(mina: User, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    guess_until_refused("mina")
    for number in range(2_000):
        attempts.MAILS_TO_ADDRESS.take(f"{number}@example.com")
        attempts.SIGN_INS_OF_LOGIN_AND_ADDRESS.take(f"somewhere {number}")
    assert "Too many failed attempts" in sign_in("mina", "minamina", address=STRANGER)


def test_mails_to_one_address_are_limited_across_all_requesters(mina: User) -> None:
    statuses = [
        Client(REMOTE_ADDR=f"198.51.100.{number}")
        .post("/accounts/password/reset/", {"email": "mina@example.com"})
        .status_code
        for number in range(5)
    ]
    assert statuses == [302, 302, 302, 429, 429]
    assert len(mail.outbox) == 3


def test_mails_asked_for_from_one_address_are_limited(mina: User, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    client = Client(REMOTE_ADDR=STRANGER)
    for number in range(attempts.MAILS_ASKED_FROM_ADDRESS.burst):
        assert client.post("/accounts/password/reset/", {"email": f"{number}@example.com"}).status_code == 302
    assert client.post("/accounts/password/reset/", {"email": "mina@example.com"}).status_code == 429


def test_sign_ups_from_one_address_are_limited(mina: User) -> None:
    for _ in range(attempts.SIGN_UPS_OF_ADDRESS.burst):
        attempts.sign_up(address=STRANGER)
    assert Client(REMOTE_ADDR=STRANGER).post(SIGNUP, NEW_PERSON).status_code == 429
    assert Client(REMOTE_ADDR=OWNER).post(SIGNUP, NEW_PERSON).status_code == 302


# --- Who is here -----------------------------------------------------------------------------------------------------


class CountingHasher(MD5PasswordHasher):
    """Hashes like the hasher of the other tests, and counts calls."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.count += 1
        return super().encode(password, salt)


@pytest.fixture
def hashes(mina: User, joon: User, stranger: User, settings: Any) -> type[CountingHasher]:
    """Counts hashes; Joon is deactivated, and the stranger has no password."""
    joon.is_active = False
    joon.save()
    stranger.set_unusable_password()
    stranger.save()
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    return CountingHasher


@pytest.mark.parametrize(
    ("login", "password"),
    [
        *(("mina", "guess"), ("mina", "minamina"), ("mina@example.com", "guess"), ("mina@example.com", "minamina")),
        *(("nobody", "guess"), ("nobody@example.com", "guess"), ("joon", "guess"), ("joon", "joonjoon")),
        ("stranger", "guess"),
    ],
)
def test_a_sign_in_hashes_once_for_known_and_unknown_logins(
    hashes: type[CountingHasher], login: str, password: str
) -> None:
    hashes.count = 0
    sign_in(login, password)
    assert hashes.count == 1


@pytest.mark.parametrize("email", ["mina@example.com", "nobody@example.com"])
def test_sign_up_says_and_does_the_same_for_known_and_unknown_addresses(
    hashes: type[CountingHasher], email: str
) -> None:
    hashes.count = 0
    response = Client().post(SIGNUP, NEW_PERSON | {"email": email})
    assert (response.status_code, response.headers["Location"], hashes.count) == (302, "/", 1)


def test_an_address_that_two_people_typed_signs_in_the_one_who_confirmed_it(mina: User, joon: User) -> None:
    joon.email = mina.email
    joon.save()
    assert sign_in("mina@example.com", "minamina") == ""
    EmailAddress.objects.create(user=joon, email=joon.email, verified=True, primary=True)
    assert sign_in("mina@example.com", "joonjoon") == ""
    assert "incorrect" in sign_in("mina@example.com", "minamina")


def test_an_address_that_many_typed_gets_few_mails(mina: User) -> None:
    for number in range(9):
        User.objects.create_user(f"copy-{number}", email=mina.email, password=NEW_PASSWORD)
    Client().post("/accounts/password/reset/", {"email": mina.email})
    assert len(mail.outbox) == 3
    assert any("mina" in str(message.body) for message in mail.outbox)


@pytest.mark.parametrize("email", ["mina@example.com", "nobody@example.com"])
def test_a_reset_answers_the_same_and_sends_one_mail_for_any_address(mina: User, email: str) -> None:
    response = Client().post("/accounts/password/reset/", {"email": email})
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/password/reset/done/")
    assert [message.to for message in mail.outbox] == [[email]]
