"""Where people are signed in, and how sessions end."""

from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from chat.bus.bus import bus
from chat.models import SignIn, User
from chat.services.people import activate_user, deactivate_user
from chat.services.sessions import LISTED, sign_ins_of
from chat.web.browsers import browser_in_words

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"


def browser(user: User, user_agent: str = FIREFOX) -> Client:
    """A browser in which somebody is signed in and has opened a page."""
    client = Client(HTTP_USER_AGENT=user_agent)
    client.force_login(user)
    client.get("/rooms/")
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/rooms/").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on macOS"),
        ("Mozilla/5.0 (Linux; Android 15; SM-S921N) SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36 KAKAOTALK/25.9.0", "KakaoTalk on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Whale/4.34.0 Safari/537.36", "Whale on Windows"),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
        ("<b>Firefox</b>", "Firefox"),
    ],
)
def test_a_browser_is_named_in_words(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words


def test_the_profile_lists_sessions_and_marks_this_one(mina: User, joon: User) -> None:
    here, _phone, _other = browser(mina), browser(mina, SAFARI), browser(joon, "curl/8.5.0")
    page = here.get("/profile/").content.decode()
    assert page.count("Firefox on Windows") == 1
    assert page.count("<strong>Safari on iPhone</strong>") == 1
    assert "Unknown browser" not in page
    assert page.count("this browser") == 1
    assert page.index("Firefox on Windows") < page.index("this browser")


def test_a_session_that_opens_the_profile_first_is_listed_there(mina: User) -> None:
    client = Client(HTTP_USER_AGENT=FIREFOX)
    client.force_login(mina)
    assert "this browser" in client.get("/profile/").content.decode()


def test_ending_one_session_leaves_the_others_valid(mina: User) -> None:
    here, phone = browser(mina), browser(mina, SAFARI)
    [sign_in] = [found for found in sign_ins_of(mina) if found.user_agent == SAFARI]
    page = here.post(f"/profile/sessions/{sign_in.pk}/end/", follow=True).content.decode()
    assert "That browser is signed out." in page
    assert "Safari on iPhone" not in page
    assert (is_signed_in(here), is_signed_in(phone)) == (True, False)


def test_nobody_ends_the_sessions_of_others(mina: User, joon: User) -> None:
    here, _there = browser(mina), browser(joon)
    [sign_in] = sign_ins_of(joon)
    assert here.post(f"/profile/sessions/{sign_in.pk}/end/").status_code == 404
    assert here.post("/profile/sessions/999999999999999999/end/").status_code == 404
    assert sign_ins_of(joon) == [sign_in]


def test_signing_out_everywhere_else_ends_even_sessions_that_are_not_listed(mina: User) -> None:
    here, phone, old = browser(mina), browser(mina, SAFARI), browser(mina)
    SignIn.objects.filter(session_key=old.session.session_key).delete()
    page = here.post("/profile/sessions/end/", follow=True).content.decode()
    assert "You are signed out everywhere else." in page
    assert "Safari on iPhone" not in page
    assert "this browser" in page
    assert [is_signed_in(client) for client in (here, phone, old)] == [True, False, False]


@pytest.mark.parametrize("path", ["/profile/sessions/end/", "/profile/sessions/1/end/"])
def test_only_a_form_of_somebody_signed_in_ends_sessions(mina: User, path: str) -> None:
    assert browser(mina).get(path).status_code == 405
    assert Client().post(path).headers["Location"].startswith("/accounts/login/")


def test_sessions_ended_by_a_new_password_are_not_listed(mina: User) -> None:
    here, _phone = browser(mina), browser(mina, SAFARI)
    new = {"password1": "paper lantern 42", "password2": "paper lantern 42"}
    here.post("/accounts/password/change/", {"oldpassword": "minamina"} | new)
    here.get("/rooms/")
    mina.refresh_from_db()
    assert [found.user_agent for found in sign_ins_of(mina)] == [FIREFOX]


def test_a_list_of_sessions_is_bounded(mina: User) -> None:
    SignIn.objects.bulk_create(SignIn(user=mina, session_key=f"key{number}") for number in range(LISTED * 3))
    here = browser(mina)
    page = here.get("/profile/").content.decode()
    assert page.count("<strong>Firefox on Windows</strong>") == 1
    assert "Unknown browser" not in page


def test_an_endless_user_agent_is_cut(mina: User) -> None:
    browser(mina, "Firefox" * 10_000)
    assert [browser_in_words(found.user_agent) for found in sign_ins_of(mina)] == ["Firefox"]


def test_activating_a_person_again_revives_no_session(mina: User, joon: User) -> None:
    mina.is_superuser = True
    mina.save()
    noted, unnoted = browser(joon), browser(joon)
    SignIn.objects.filter(session_key=unnoted.session.session_key).delete()
    kept = {client: client.cookies["sessionid"].value for client in (noted, unnoted)}
    deactivate_user(mina, user_id=joon.pk)
    activate_user(mina, user_id=joon.pk)
    assert Session.objects.filter(session_key__in=kept.values()).count() == 2
    assert [is_signed_in(client) for client in kept] == [False, False]
    assert is_signed_in(browser(User.objects.get(pk=joon.pk)))


def test_sessions_older_than_the_count_of_ended_sessions_stay_valid(mina: User) -> None:
    assert mina.sessions_ended == 0
    assert mina.get_session_auth_hash() == super(User, mina).get_session_auth_hash()


def test_the_previous_version_can_still_create_people(db: None) -> None:
    columns = [str(field.column) for field in User._meta.concrete_fields]
    columns = [column for column in columns if column not in ("id", "sessions_ended")]
    values = User(username="hana", date_joined=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO chat_user ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
            [getattr(values, column) if column != "avatar" else "" for column in columns],
        )
    assert User.objects.get().sessions_ended == 0


def test_a_new_secret_key_accepts_the_sessions_of_the_previous_one(mina: User, settings: Any) -> None:
    mina.sessions_ended = 3
    mina.save()
    client = browser(mina)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    request = HttpRequest()
    request.session = client.session
    assert get_user(request) == mina


@pytest.mark.parametrize(
    "path",
    ["/", "/rooms/", "/rooms/new/", "/profile/", "/accounts/email/", "/accounts/password/change/", "/people/invite/"],
)
def test_no_page_of_somebody_signed_in_is_cached_by_the_browser(mina: User, path: str) -> None:
    mina.is_staff = True
    mina.save()
    assert "no-store" in browser(mina).get(path).headers["Cache-Control"]


def test_pages_that_need_no_session_do_not_read_it(mina: User, django_assert_num_queries: Any) -> None:
    client = browser(mina)
    with django_assert_num_queries(0):
        assert "no-store" not in client.get("/jsi18n/").headers.get("Cache-Control", "")


def test_a_session_that_was_signed_out_of_is_listed_no_more(client: Client, mina: User) -> None:
    client.force_login(mina)
    client.get("/profile/")
    assert mina.sign_ins.exists()
    client.post("/accounts/logout/")
    assert not mina.sign_ins.exists()


@pytest.mark.django_db(transaction=True)
def test_this_session_is_good_before_the_others_are_ended(
    client: Client, mina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(mina)
    published: list[bool] = []

    def look(_events: object) -> None:
        other_tab = Client()
        other_tab.cookies["sessionid"] = client.cookies["sessionid"].value
        published.append(other_tab.get("/profile/").status_code == 200)

    monkeypatch.setattr(bus, "publish", look)
    client.post("/profile/sessions/end/")
    assert published == [True]


@pytest.mark.django_db(transaction=True)
def test_a_session_is_gone_before_its_sockets_close(
    client: Client, mina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(mina)
    session = client.cookies["sessionid"].value
    found: list[bool] = []
    monkeypatch.setattr(bus, "publish", lambda _: found.append(Session.objects.filter(session_key=session).exists()))
    client.post("/accounts/logout/")
    assert found == [False]
