"""Signing up, in and out; passwords and addresses; invitations."""

import asyncio
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail, signing
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.template.backends.django import Template
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.bus.bus import bus
from chat.bus.events import Event, SessionEnded
from chat.models import Invitation, Membership, Room, Space, User
from chat.services.invitations import create_invitation
from chat.templatetags.mail import CONSOLE
from chat.web.invitations import SIGNED_DAYS, SIGNED_SALT, invitation_path

NEW_PERSON = {"display_name": "Hana", "username": "hana", "email": "hana@example.com", "password1": "paper lantern 42"}
SIGNUP = "/accounts/signup/"


@pytest.fixture
def first_room(mina: User) -> Room:
    """The public room that the first run makes."""
    room = Room.objects.create(name="General", slug="general", created_by=mina)
    Membership.objects.create(room=room, user=mina, role="owner")
    return room


def sign_in(client: Client, username: str, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": username, "password": username * 2, **more})


def reauthenticate(client: Client, username: str) -> None:
    client.post("/accounts/reauthenticate/", {"password": username * 2})


def is_our_own(template: object) -> bool:
    assert isinstance(template, Template)
    return "/site-packages/" not in template.origin.name


def link_in_mail(path: str) -> str:
    """The only link to this path in the last mail; it stands in its text and in its HTML."""
    message = mail.outbox[-1]
    [text] = re.findall(rf"http://testserver({re.escape(path)}\S+)", str(message.body))
    assert isinstance(message, EmailMultiAlternatives)
    [(html, _type)] = message.alternatives
    assert f'href="http://testserver{text}"' in str(html)
    return str(text)


def test_who_signs_up_is_signed_in_and_in_the_first_room(client: Client, first_room: Room) -> None:
    response = client.post(SIGNUP, NEW_PERSON | {"time_zone": "Asia/Seoul"})
    assert response.headers["Location"] == "/"
    hana = User.objects.get(username="hana")
    assert (hana.name, hana.time_zone, hana.is_staff) == ("Hana", "Asia/Seoul", False)
    assert client.get("/").headers["Location"] == first_room.get_absolute_url()
    assert [membership.role for membership in hana.memberships.all()] == ["member"]


def test_signing_up_works_where_the_first_room_is_archived_away(client: Client, mina: User) -> None:
    assert client.post(SIGNUP, NEW_PERSON).status_code == 302
    assert client.get("/").headers["Location"] == "/rooms/"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("username", "mina", "This username is taken."),
        ("username", "MINA", "This username is taken."),
        ("display_name", "", "This field is required."),
        ("display_name", "\u3164", "Enter a name with visible characters."),
        ("username", "mina@example.com", "A username can contain letters, digits,"),
        ("username", "admin", "This username is reserved."),
        ("password1", "12345678", "This password is too common."),
    ],
)
def test_a_sign_up_that_cannot_be_says_why_and_stores_nobody(
    client: Client, first_room: Room, field: str, value: str, said: str
) -> None:
    page = client.post(SIGNUP, NEW_PERSON | {field: value}).content.decode()
    assert said in page
    assert f'id="id_{field}_error"' in page
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_one_username_at_once_one_gets_it_and_the_others_see_an_error() -> None:
    Space.objects.create(name="Sarangbang")
    at_once = threading.Barrier(6)

    def sign_up(number: int) -> str:
        client = Client()
        at_once.wait()
        try:
            return client.post(SIGNUP, NEW_PERSON | {"email": f"{number}@example.com"}, follow=True).content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        pages = list(threads.map(sign_up, range(6)))
    assert sum("This username is taken." in page for page in pages) == 5
    assert User.objects.count() == 1


def test_sign_up_can_be_closed(client: Client, mina: User, settings: LazySettings) -> None:
    mina.is_staff = True
    mina.save()
    path = invitation_path(create_invitation(mina, days=7, max_uses=None)[1])
    settings.SIGNUPS = "closed"
    for where in (SIGNUP, path):
        assert "Sign-up is not open" in client.get(where).content.decode()
        client.post(where, NEW_PERSON)
    assert User.objects.count() == 1


@pytest.fixture
def by_invitation(settings: LazySettings, mina: User) -> User:
    """A site that people enter by invitation, and somebody who may invite."""
    settings.SIGNUPS = "invite"
    mina.is_staff = True
    mina.save()
    return mina


def new_path(inviter: User, *, max_uses: int | None = None) -> str:
    """The sign-up page with a new link of this person."""
    return invitation_path(create_invitation(inviter, days=7, max_uses=max_uses)[1])


def test_by_invitation_a_link_opens_the_sign_up(client: Client, by_invitation: User) -> None:
    assert "Sign-up is not open" in client.get(SIGNUP).content.decode()
    path = new_path(by_invitation)
    assert "Sign-up is not open" not in client.get(path).content.decode()
    assert client.post(path, NEW_PERSON).status_code == 302
    assert User.objects.filter(username="hana").exists()


def test_an_invitation_must_be_whole_young_and_of_somebody_who_may_still_invite(
    client: Client, by_invitation: User
) -> None:
    path, old = new_path(by_invitation), new_path(by_invitation)
    Invitation.objects.filter(pk=Invitation.objects.latest("pk").pk).update(expires_at=timezone.now())
    for wrong in (path[:-2], path.replace("invite=", "invite=x"), old, f"{SIGNUP}?invite={'x' * 5000}"):
        assert "Sign-up is not open" in client.get(wrong).content.decode()
    by_invitation.is_staff = False
    by_invitation.save()
    assert "Sign-up is not open" in client.get(path).content.decode()


def test_a_signed_link_of_an_earlier_version_is_accepted_until_it_expires(
    client: Client, by_invitation: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = invitation_path(signing.dumps(by_invitation.pk, salt=SIGNED_SALT))
    assert client.post(path, NEW_PERSON).status_code == 302
    assert User.objects.filter(username="hana").exists()
    too_late = time.time() + SIGNED_DAYS * 24 * 3600 + 5
    monkeypatch.setattr("django.core.signing.time.time", lambda: too_late)
    assert "Sign-up is not open" in Client().get(path).content.decode()


def test_a_sign_up_uses_a_link_once_and_a_failed_one_does_not(client: Client, by_invitation: User) -> None:
    path = new_path(by_invitation, max_uses=1)
    client.post(path, NEW_PERSON | {"password1": "12345678"})
    assert Invitation.objects.get().uses == 0
    client.post(path, NEW_PERSON)
    assert Invitation.objects.get().uses == 1
    assert "Sign-up is not open" in Client().get(path).content.decode()


def test_where_anybody_may_sign_up_a_closed_link_refuses_nobody(
    client: Client, by_invitation: User, settings: LazySettings
) -> None:
    path = new_path(by_invitation, max_uses=1)
    settings.SIGNUPS = "open"
    for number in range(2):
        person = {"username": f"hana{number}", "email": f"hana{number}@example.com"}
        assert Client().post(path, NEW_PERSON | person).status_code == 302
    assert User.objects.filter(username__startswith="hana").count() == 2
    assert Invitation.objects.get().uses == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_with_the_last_use_of_a_link_one_gets_in_and_the_others_see_why_not(settings: LazySettings) -> None:
    Space.objects.create(name="Sarangbang")
    settings.SIGNUPS = "invite"
    path = new_path(User.objects.create_user("mina", is_staff=True), max_uses=1)
    at_once = threading.Barrier(4)

    def sign_up(number: int) -> str:
        client = Client()
        person = {"username": f"guest{number}", "email": f"guest{number}@example.com"}
        at_once.wait()
        try:
            return client.post(path, NEW_PERSON | person, follow=True).content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        pages = list(threads.map(sign_up, range(4)))
    assert sum("Sign-up is not open" in page for page in pages) == 3
    assert User.objects.filter(username__startswith="guest").count() == 1
    assert Invitation.objects.get().uses == 1


def test_staff_make_a_link_and_others_do_not(client: Client, by_invitation: User, joon: User) -> None:
    client.force_login(by_invitation)
    page = client.post("/people/invite/", {"days": "1", "max_uses": "10"}).content.decode()
    [link] = re.findall(r'value="http://testserver(/accounts/signup/\?invite=[^"]+)"', page)
    assert '<svg class="qr"' in page
    assert "0 of 10 joined" in page
    assert "Sign-up is not open" not in Client().get(link).content.decode()
    client.force_login(joon)
    for response in (client.get("/people/invite/"), client.post("/people/invite/", {"days": "1", "max_uses": "10"})):
        assert response.status_code == 403
    assert Invitation.objects.count() == 1


def test_a_link_is_revoked_on_its_page_and_opens_nothing_any_more(client: Client, by_invitation: User) -> None:
    path = new_path(by_invitation)
    client.force_login(by_invitation)
    response = client.post(f"/people/invite/{Invitation.objects.get().pk}/revoke/", follow=True)
    assert "The link is revoked" in response.content.decode()
    assert "Open links" not in response.content.decode()
    assert "Sign-up is not open" in Client().get(path).content.decode()


@pytest.mark.parametrize("login", ["mina", "mina@example.com"])
def test_signing_in_takes_the_username_or_the_address(client: Client, mina: User, login: str) -> None:
    mina.email = "mina@example.com"
    mina.save()
    response = client.post("/accounts/login/", {"login": login, "password": "minamina"})
    assert response.headers["Location"] == "/"
    assert client.get("/rooms/").status_code == 200


def test_signing_in_leads_on_to_where_one_wanted_to_go(client: Client, mina: User) -> None:
    assert client.get("/profile/").headers["Location"] == "/accounts/login/?next=/profile/"
    assert 'name="next" value="/profile/"' in client.get("/accounts/login/?next=/profile/").content.decode()
    assert sign_in(client, "mina", next="/profile/").headers["Location"] == "/profile/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(client: Client, mina: User, elsewhere: str) -> None:
    assert sign_in(client, "mina", next=elsewhere).headers["Location"] == "/"


def test_a_wrong_password_is_said_and_forgotten(client: Client, mina: User) -> None:
    response = client.post("/accounts/login/", {"login": "mina", "password": "secret-guess"})
    page = response.content.decode()
    assert 'role="alert"' in page
    assert 'value="mina"' in page
    assert "secret-guess" not in page
    assert client.get("/rooms/").status_code == 302


def test_guessing_passwords_is_slowed_down(client: Client, mina: User) -> None:
    def attempt() -> Any:
        return client.post("/accounts/login/", {"login": "mina", "password": "guess"})

    while not (said := attempt().content.decode()).count("Too many failed attempts"):
        assert "incorrect" in said
    assert "Too many failed attempts" in sign_in(client, "mina").content.decode()


def test_asking_too_often_is_answered_429_with_a_page(client: Client, mina: User) -> None:
    statuses = {client.post("/accounts/password/reset/", {"email": "a@example.com"}).status_code for _ in range(30)}
    assert statuses == {302, 429}
    assert "Too many attempts" in client.post("/accounts/password/reset/", {"email": "a@example.com"}).content.decode()


def test_a_deactivated_person_cannot_sign_in(client: Client, mina: User) -> None:
    mina.is_active = False
    mina.save()
    response = sign_in(client, "mina")
    assert response.headers["Location"] == "/accounts/inactive/"
    assert "This account is deactivated" in client.get("/accounts/inactive/").content.decode()
    assert client.get("/rooms/").status_code == 302


def test_signing_out_asks_first_and_then_ends_the_session(client: Client, mina: User) -> None:
    client.force_login(mina)
    assert "Sign out of this browser?" in client.get("/accounts/logout/").content.decode()
    assert client.get("/rooms/").status_code == 200
    response = client.post("/accounts/logout/")
    assert response.headers["Location"] == "/accounts/login/"
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert "You are signed out." in client.get("/accounts/login/").content.decode()
    assert client.get("/rooms/").status_code == 302


def test_signing_out_closes_the_sockets_of_this_session(
    client: Client, mina: User, django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(mina)
    key = client.session.session_key
    published: list[Event] = []
    loop = asyncio.new_event_loop()
    bus.attach(loop, published.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/accounts/logout/")
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        bus.detach()
        loop.close()
    assert published == [SessionEnded(mina.pk, credential=f"session:{key}")]


def test_a_password_is_changed_with_the_old_one_and_others_are_signed_out(client: Client, mina: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(mina)
    sign_in(client, "mina")
    path = "/accounts/password/change/"
    wrong = client.post(path, {"oldpassword": "x", "password1": "paper lantern 42", "password2": "paper lantern 42"})
    assert 'id="id_oldpassword_error"' in wrong.content.decode()
    right = {"oldpassword": "minamina", "password1": "paper lantern 42", "password2": "paper lantern 42"}
    assert client.post(path, right).headers["Location"] == "/profile/"
    assert "Your password is changed." in client.get("/profile/").content.decode()
    assert elsewhere.get("/rooms/").status_code == 302


def test_without_a_mail_server_no_page_promises_a_mail(client: Client, mina: User, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = CONSOLE
    reset = client.get("/accounts/password/reset/").content.decode()
    client.force_login(mina)
    for page in (reset, client.get("/accounts/email/").content.decode()):
        assert "This site sends no mail" in page
        assert "Ask an administrator of this space" in page
        assert 'name="email"' not in page


def test_a_forgotten_password_is_reset_by_mail(client: Client, mina: User) -> None:
    mina.email = "mina@example.com"
    mina.save()
    done = client.post("/accounts/password/reset/", {"email": "mina@example.com"}, follow=True)
    assert "Check your mail" in done.content.decode()
    assert mail.outbox[-1].subject == "A new password for Sarangbang"
    link = link_in_mail("/accounts/password/reset/key/")
    form = client.get(link, follow=True)
    assert "Choose a new password" in form.content.decode()
    path = form.redirect_chain[-1][0]
    done = client.post(path, {"password1": "paper lantern 42", "password2": "paper lantern 42"}, follow=True)
    assert "Sign in with the new one." in done.content.decode()
    mina.refresh_from_db()
    assert mina.check_password("paper lantern 42")
    assert "This link has already been used" in Client().get(link, follow=True).content.decode()


@pytest.mark.parametrize("key", ["zzzzzzzzzzzzz-abc-def", "0-set-password", "1-x-y"])
def test_a_made_up_reset_link_breaks_nothing(client: Client, mina: User, key: str) -> None:
    assert "This link has already been used" in client.get(f"/accounts/password/reset/key/{key}/").content.decode()


def test_a_reset_for_an_unknown_address_shows_nothing_on_the_page_and_explains_itself_in_the_mail(
    client: Client, mina: User
) -> None:
    done = client.post("/accounts/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert "Check your mail" in done.content.decode()
    assert "No account has this address." in str(mail.outbox[-1].body)


def test_an_address_counts_once_it_is_confirmed(client: Client, mina: User) -> None:
    client.force_login(mina)
    reauthenticate(client, "mina")
    assert "Your account has no email address." in client.get("/accounts/email/").content.decode()
    page = client.post("/accounts/email/", {"action_add": "", "email": "mina@example.com"}, follow=True)
    assert "A mail is on its way to mina@example.com" in page.content.decode()
    link = link_in_mail("/accounts/confirm-email/")
    assert "Does mina@example.com belong to Mina?" in client.get(link).content.decode()
    client.post(link)
    mina.refresh_from_db()
    assert mina.email == "mina@example.com"
    assert "Your address:" in client.get("/accounts/email/").content.decode()


@pytest.mark.parametrize(
    "name",
    [
        *("login", "signup", "signup_closed", "logout", "account_inactive", "reauthenticate", "password_change"),
        *("password_set", "password_reset", "password_reset_done", "password_reset_from_key", "email_change"),
        *("password_reset_from_key_done", "verification_sent", "verified_email_required", "email_confirm"),
    ],
)
def test_every_account_page_is_our_own(name: str) -> None:
    assert is_our_own(get_template(f"account/{name}.html"))


@pytest.mark.parametrize(
    "name",
    [
        *("password_reset_key", "unknown_account", "account_already_exists", "email_confirmation", "password_changed"),
        *("email_confirmation_signup", "password_reset", "password_set", "email_changed", "email_confirm"),
        "email_deleted",
    ],
)
def test_every_mail_is_our_own_and_names_the_space_in_text_and_html(name: str) -> None:
    context = {"site_name": "Maple <b>Studio", "user": User(username="mina"), "timestamp": None}
    for kind, named in {
        "subject.txt": "Maple <b>Studio",
        "message.txt": "Maple <b>Studio",
        "message.html": "Maple &lt;b&gt;Studio",
    }.items():
        template = get_template(f"account/email/{name}_{kind}")
        assert is_our_own(template)
        assert named in template.render(context)


def test_a_person_without_a_password_can_set_one(client: Client, mina: User) -> None:
    mina.set_unusable_password()
    mina.save()
    client.force_login(mina)
    page = client.get("/accounts/password/change/", follow=True)
    assert "Set a password" in page.content.decode()
    client.post("/accounts/password/set/", {"password1": "paper lantern 42", "password2": "paper lantern 42"})
    mina.refresh_from_db()
    assert mina.check_password("paper lantern 42")


def test_the_seldom_pages_can_be_drawn(client: Client, mina: User) -> None:
    sign_in(client, "mina")
    assert "Is it still you?" in client.get("/accounts/reauthenticate/").content.decode()
    assert "Confirm your email address" in Client().get("/accounts/confirm-email/").content.decode()
    assert "This link has already been used" in client.get("/accounts/confirm-email/nothing/").content.decode()


def test_the_profile_changes_name_zone_and_language(client: Client, mina: User) -> None:
    client.force_login(mina)
    changes = {"display_name": "미나", "time_zone": "Asia/Seoul", "language": "ko"}
    assert client.post("/profile/", changes).headers["Location"] == "/profile/"
    mina.refresh_from_db()
    assert (mina.name, mina.time_zone) == ("미나", "Asia/Seoul")
    assert '<html lang="ko" dir="ltr">' in client.get("/profile/").content.decode()


@pytest.mark.parametrize("wrong", [{"display_name": ""}, {"time_zone": "Middle/Earth"}, {"language": "xx"}])
def test_a_profile_that_cannot_be_is_not_saved(client: Client, mina: User, wrong: dict[str, str]) -> None:
    client.force_login(mina)
    page = client.post("/profile/", {"display_name": "Other", "time_zone": "", "language": "en", **wrong})
    assert f'id="id_{next(iter(wrong))}_error"' in page.content.decode()
    mina.refresh_from_db()
    assert mina.name == "Mina"


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_pages_for_strangers_ask_the_database_for_nothing(
    client: Client, space: Any, django_assert_num_queries: Any, name: str
) -> None:
    client.get("/accounts/login/")
    with django_assert_num_queries(0):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/profile/", 8), ("/people/invite/", 7), ("/accounts/password/change/", 5), ("/accounts/email/", 8)],
)
def test_ones_own_pages_take_few_queries_two_of_them_for_the_permissions_of_staff(
    client: Client, mina: User, django_assert_num_queries: Any, path: str, queries: int
) -> None:
    mina.is_staff = True
    mina.save()
    client.force_login(mina)
    client.get("/accounts/logout/")
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200
