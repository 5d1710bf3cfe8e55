"""Signing in in two steps: with an app, recovery codes and passkeys; who must, and who helps those who lost theirs."""

import json
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.template.backends.django import Template
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from chat.bus.events import AccessChanged
from chat.models import AuditEntry, User
from chat.protocol.errors import Forbidden, Invalid, NotFound
from chat.services import accounts, two_steps
from chat.services.space_settings import change_settings
from tests.harness.admin_actions import act_on, signed_in
from tests.harness.space import set_space
from tests.harness.two_steps import code_of, give_app, recovery_codes_of, sign_in, wrong_code_of

SECOND_STEP = "/accounts/second-step/"
INDEX = "/profile/security/"


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def reauthenticated(user: User) -> Client:
    """A browser in which somebody has just entered the password."""
    client = signed_in(user)
    client.post("/accounts/reauthenticate/", {"password": user.username * 2})
    return client


def actions_of(user: User) -> list[str]:
    return list(AuditEntry.objects.filter(target_id=user.pk, target_kind="person").values_list("action", flat=True))


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_whoever_sets_up_an_app_signs_in_with_the_codes_it_shows(mina: User) -> None:
    mina.email = "mina@example.com"
    mina.save()
    client = reauthenticated(mina)
    page = client.get("/profile/security/app/").content.decode()
    secret = client.session["mfa.totp.secret"]
    assert secret in page
    assert (
        "This is not right" in client.post("/profile/security/app/", {"code": wrong_code_of(secret)}).content.decode()
    )
    shown = client.post("/profile/security/app/", {"code": f" {code_of(secret, later=-1)} "}, follow=True)
    for code in recovery_codes_of(mina):
        assert code in shown.content.decode()
    assert actions_of(mina) == ["two_steps.added"]
    assert "An authenticator app was added" in mail.outbox[-1].subject
    again = Client()
    assert sign_in(again, "mina").headers["Location"] == SECOND_STEP
    assert "Use a passkey" not in again.get(SECOND_STEP).content.decode()
    assert not is_signed_in(again)
    again.post(SECOND_STEP, {"code": code_of(secret)})
    assert is_signed_in(again)


def test_a_code_is_accepted_once_and_none_that_is_older(client: Client, mina: User) -> None:
    secret = give_app(mina)
    sign_in(client, "mina")
    client.post(SECOND_STEP, {"code": code_of(secret)})
    assert is_signed_in(client)
    for later in (0, -1):
        other = Client()
        sign_in(other, "mina")
        assert "This is not right" in other.post(SECOND_STEP, {"code": code_of(secret, later=later)}).content.decode()


def test_a_recovery_code_replaces_the_second_step_once(mina: User) -> None:
    give_app(mina)
    code = recovery_codes_of(mina)[0]
    for expected in (True, False):
        client = Client()
        sign_in(client, "mina")
        client.post(SECOND_STEP, {"code": code})
        assert is_signed_in(client) is expected


def test_full_width_digits_and_spaces_are_accepted(client: Client, mina: User) -> None:
    secret = give_app(mina)
    sign_in(client, "mina")
    code = code_of(secret).translate({ord(str(n)): chr(ord("０") + n) for n in range(10)})
    client.post(SECOND_STEP, {"code": f"{code[:3]} {code[3:]}"})
    assert is_signed_in(client)


def test_guessing_codes_is_limited_and_says_so(mina: User) -> None:
    secret = give_app(mina)
    for _number in range(5):
        client = Client()
        sign_in(client, "mina")
        assert "not right" in client.post(SECOND_STEP, {"code": wrong_code_of(secret)}).content.decode()
    page = client.post(SECOND_STEP, {"code": code_of(secret)})
    assert "Too many failed attempts" in page.content.decode()
    assert not is_signed_in(client)


def test_the_second_step_is_closed_to_whoever_did_not_take_the_first(client: Client, mina: User) -> None:
    secret = give_app(mina)
    assert client.get(SECOND_STEP).headers["Location"] == "/accounts/login/"
    client.post(SECOND_STEP, {"code": code_of(secret)})
    assert not is_signed_in(client)


@pytest.mark.parametrize("page", ["app/", "app/remove/", "codes/", "codes/new/", "passkeys/new/"])
def test_whoever_finds_an_open_browser_changes_nothing_without_the_password(mina: User, page: str) -> None:
    give_app(mina)
    assert "/accounts/reauthenticate/" in signed_in(mina).get(INDEX + page, follow=True).redirect_chain[-1][0]


def test_codes_also_confirm_that_it_is_still_the_same_person(mina: User) -> None:
    secret = give_app(mina)
    client = signed_in(mina)
    assert "Use a code" in client.get("/accounts/reauthenticate/").content.decode()
    client.post("/accounts/second-step/again/", {"code": code_of(secret)})
    assert client.get("/profile/security/codes/").status_code == 200


def test_no_secret_is_stored_as_it_is(mina: User, settings: Any) -> None:
    secret = give_app(mina)
    codes = recovery_codes_of(mina)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert recovery_codes_of(mina) == codes
    settings.SECRET_KEY_FALLBACKS = []
    assert recovery_codes_of(mina) != codes


# --- passkeys ---------------------------------------------------------------------------------------------------------


def credential(**response: str) -> str:
    """What a browser answers, with these parts of its response."""
    shared = {"id": "AA", "rawId": "AA", "type": "public-key", "clientExtensionResults": {}}
    return json.dumps(shared | {"response": {"clientDataJSON": "e30"} | response})


HOSTILE = [
    *("", "{", "null", "5", '"text"', "[]", "{}", '{"id": 1}', '{"id": "AA", "rawId": "AA", "response": []}'),
    credential(authenticatorData="AA", signature="AA", userHandle="AA"),
    credential(authenticatorData="AA", signature="AA", userHandle="___"),
    credential(attestationObject="AA"),
    credential(attestationObject="o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUEA"),
    credential(attestationObject="gYGB" * 3_000),
    credential(authenticatorData="AA" * 3_000, signature="gYGB" * 2_000),
    "[" * 16_000,
    "[" * 20_000,
    '{"id": "' + "A" * 20_000 + '"}',
]


@pytest.mark.parametrize("answered", HOSTILE, ids=range(len(HOSTILE)))
def test_what_no_browser_would_answer_for_a_passkey_is_refused(mina: User, answered: str) -> None:
    give_app(mina)
    guest = Client()
    guest.get("/accounts/passkey/", headers={"Accept": "application/json"})
    assert guest.post("/accounts/passkey/", {"credential": answered}).headers["Location"] == "/accounts/login/"
    sign_in(guest, "mina")
    guest.get(SECOND_STEP)
    assert guest.post(SECOND_STEP, {"credential": answered}).status_code == 200
    assert not is_signed_in(guest)
    member = reauthenticated(mina)
    member.get("/profile/security/passkeys/new/")
    response = member.post("/profile/security/passkeys/new/", {"credential": answered, "name": "Phone"})
    assert response.status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_the_options_of_a_sign_in_name_nobody(client: Client, mina: User) -> None:
    found = client.get("/accounts/passkey/", headers={"Accept": "application/json"}).json()["request_options"]
    assert found["publicKey"]["allowCredentials"] == []
    assert found["publicKey"]["userVerification"] == "required"


# --- who must ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def required(keeper: User, clerk: User) -> User:
    """A space in which administrators must use two-step sign-in; the keeper has set it up, the clerk has not."""
    give_app(keeper)
    change_settings(keeper, values={"two_steps": "administrators"})
    return keeper


def suspended() -> set[str]:
    return set(User.objects.filter(rights_suspended=True).values_list("username", flat=True))


def test_nobody_requires_of_others_what_they_have_not_done_themselves(keeper: User, clerk: User) -> None:
    with pytest.raises(Invalid, match="for yourself first"):
        change_settings(keeper, values={"two_steps": "administrators"})
    assert suspended() == set()


def test_an_administrator_without_a_second_step_is_led_to_set_it_up(required: User, clerk: User, joon: User) -> None:
    assert suspended() == {"clerk"}
    client = Client()
    assert sign_in(client, "clerk").headers["Location"] == INDEX
    assert client.get("/admin/", follow=True).redirect_chain[-1] == (INDEX, 302)
    assert "requires two-step sign-in" in client.get(INDEX).content.decode()
    for address in ("/people/invite/", "/space/emoji/"):
        response = client.get(address)
        assert response.status_code == 403
        assert INDEX in response.content.decode()
    assert sign_in(Client(), "joon").headers["Location"] == "/"


@pytest.mark.django_db(transaction=True)
def test_setting_it_up_restores_the_rights_and_removing_it_suspends_them(required: User, clerk: User) -> None:
    client = reauthenticated(clerk)
    client.get("/profile/security/app/")
    client.post("/profile/security/app/", {"code": code_of(client.session["mfa.totp.secret"])})
    assert suspended() == set()
    assert client.get("/admin/").status_code == 200
    client.post("/profile/security/app/remove/")
    assert suspended() == {"clerk"}
    assert actions_of(clerk) == ["two_steps.removed", "two_steps.added"]


def test_new_rights_are_suspended_at_once_and_restored_with_the_setting(required: User, joon: User) -> None:
    accounts.set_rights(required, user_id=joon.pk, is_staff=True, is_superuser=False, groups=[], permissions=[])
    assert suspended() == {"clerk", "joon"}
    accounts.set_rights(required, user_id=joon.pk, is_staff=False, is_superuser=False, groups=[], permissions=[])
    assert suspended() == {"clerk"}
    change_settings(required, values={"two_steps": "optional"})
    assert suspended() == set()


def test_sockets_of_suspended_people_are_checked_at_once(keeper: User, clerk: User, published_by: Any) -> None:
    give_app(keeper)
    events = published_by(lambda: change_settings(keeper, values={"two_steps": "administrators"}))
    assert [event for event in events if isinstance(event, AccessChanged)] == [AccessChanged(clerk.pk)]


# --- who helps --------------------------------------------------------------------------------------------------------


def test_an_administrator_resets_the_second_step_of_others_and_it_is_recorded(keeper: User, joon: User) -> None:
    give_app(joon)
    client = signed_in(keeper)
    assert "Reset the two-step sign-in of 1 person?" in act_on(client, "user", "reset_two_steps", joon).content.decode()
    assert two_steps.ways_of(joon).exists()
    act_on(client, "user", "reset_two_steps", joon, post="yes")
    assert not Authenticator.objects.filter(user=joon).exists()
    assert actions_of(joon) == ["two_steps.reset"]
    assert sign_in(Client(), "joon").headers["Location"] == "/"


def test_nobody_resets_their_own_nor_that_of_somebody_with_more_rights(keeper: User, clerk: User, joon: User) -> None:
    for user in (keeper, clerk):
        give_app(user)
    with pytest.raises(Forbidden, match="on your profile"):
        two_steps.reset(keeper, user_id=keeper.pk)
    for actor in (clerk, joon):
        with pytest.raises(Forbidden):
            two_steps.reset(actor, user_id=keeper.pk)
    with pytest.raises(NotFound):
        two_steps.reset(keeper, user_id=0)


def test_the_command_helps_the_last_administrator(required: User) -> None:
    said = StringIO()
    call_command("resettwosteps", "keeper", stdout=said)
    assert "with the password alone" in said.getvalue()
    assert "until they set up two-step sign-in again" in said.getvalue()
    client = Client()
    assert sign_in(client, "keeper").headers["Location"] == INDEX
    assert AuditEntry.objects.get(action="two_steps.reset").way == "command"
    with pytest.raises(CommandError, match="Nobody"):
        call_command("resettwosteps", "nobody")


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["totp_activated", "totp_deactivated", "webauthn_added", "webauthn_removed"])
def test_every_mail_is_our_own_and_names_the_space(name: str) -> None:
    for kind in ("subject.txt", "message.txt", "message.html"):
        template = get_template(f"mfa/email/{name}_{kind}")
        assert isinstance(template, Template)
        assert "/site-packages/" not in template.origin.name
        assert "Maple" in template.render({"site_name": "Maple", "timestamp": None})


def test_recovery_codes_are_downloaded_as_a_file_and_renewed(mina: User) -> None:
    give_app(mina)
    client = reauthenticated(mina)
    old = recovery_codes_of(mina)
    response = client.get("/accounts/codes/download/")
    assert response.content.decode().split()[-10:] == old
    client.post("/profile/security/codes/new/")
    assert not set(old) & set(recovery_codes_of(mina))


def test_every_page_can_be_drawn_in_korean(mina: User) -> None:
    give_app(mina)
    passkey = Authenticator.objects.create(user=mina, type="webauthn", data={"name": "Phone", "credential": {}})
    client = reauthenticated(mina)
    client.cookies["django_language"] = "ko"
    names: list[tuple[str, list[int]]] = [
        ("mfa_deactivate_totp", []),
        ("mfa_view_recovery_codes", []),
        ("mfa_generate_recovery_codes", []),
    ]
    names += [("mfa_edit_webauthn", [passkey.pk]), ("mfa_remove_webauthn", [passkey.pk]), ("mfa_index", [])]
    for name, args in names:
        response = client.get(reverse(name, args=args))
        assert response.status_code == 200
        assert 'lang="ko"' in response.content.decode()


def test_somebody_elses_passkey_is_not_found(mina: User, joon: User) -> None:
    passkey = Authenticator.objects.create(user=joon, type="webauthn", data={"name": "Phone", "credential": {}})
    client = reauthenticated(mina)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.post(reverse(name, args=[passkey.pk]), {"name": "x"}).status_code == 404


def test_the_setting_is_on_the_page_of_the_space(keeper: User) -> None:
    set_space()
    assert "Who must use two-step sign-in" in signed_in(keeper).get("/admin/chat/space/1/change/").content.decode()
