"""Pages of webhooks: what those who administer a room see and do, and that others see nothing."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import AuditEntry, Membership, Room, User
from chat.models.token import digest_of
from chat.services.memberships import leave_room, set_role
from chat.services.messages import delete_message
from chat.services.rooms import archive_room
from tests.harness.admin_actions import acts_of, say, signed_in
from tests.harness.webhooks import bot_of, derive, incoming_of, outgoing_of
from webhooks.models import IncomingWebhook, OutgoingWebhook, WebhookDelivery
from webhooks.services.access import WEBHOOKS
from webhooks.signature import secret_text

pytestmark = pytest.mark.django_db

LIST = "/rooms/general/webhooks/"
ADDRESS = re.compile(r'value="http://testserver/webhooks/in/([\w-]{43})/"')
SECRET = re.compile(r'value="(whsec_[A-Za-z0-9+/=]+)"')
URL = "https://example.com/hook?token=hidden7"


def confirmed(user: User) -> Client:
    """A browser in which somebody has just entered their password."""
    client = signed_in(user)
    client.post("/accounts/reauthenticate/", {"password": user.username * 2})
    return client


@pytest.fixture
def browser(mina: User) -> Client:
    """Mina's, in which she has just entered her password."""
    return confirmed(mina)


def read(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def found_in(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    assert found is not None, page
    return found[1]


# --- incoming ---------------------------------------------------------------------------------------------------------


def test_an_address_is_shown_once_and_listed_without_its_secret(browser: Client, mina: User, general: Room) -> None:
    bot = bot_of(mina)
    page = browser.post(f"{LIST}in/new/", {"name": "Builds", "bot_id": bot.pk}).content.decode()
    secret = found_in(ADDRESS, page)
    webhook = IncomingWebhook.objects.get(digest=digest_of(secret))
    assert (webhook.room, webhook.bot, webhook.created_by) == (general, bot, mina)
    for path in (LIST, f"{LIST}in/{webhook.pk}/"):
        shown = read(browser, path)
        assert "Builds" in shown
        assert f"…{secret[-4:]}" in shown
        assert secret not in shown


def test_the_bot_is_added_to_the_room(mina: User, general: Room) -> None:
    bot = bot_of(mina)
    incoming_of(mina, general, bot=bot)
    assert Membership.objects.current().filter(room=general, user=bot).exists()


def test_a_new_address_replaces_the_old_one(browser: Client, mina: User, general: Room) -> None:
    webhook, path = incoming_of(mina, general)
    assert "ends at once" in read(browser, f"{LIST}in/{webhook.pk}/address/")
    secret = found_in(ADDRESS, browser.post(f"{LIST}in/{webhook.pk}/address/").content.decode())
    webhook.refresh_from_db()
    assert webhook.digest == digest_of(secret)
    assert secret not in path


def test_an_incoming_webhook_is_switched_off_and_on_and_deleted(browser: Client, mina: User, general: Room) -> None:
    webhook, _path = incoming_of(mina, general)
    page = f"{LIST}in/{webhook.pk}/"
    for on, badge in (("", True), ("1", False)):
        browser.post(f"{page}switch/", {"on": on})
        assert ('<span class="badge">off</span>' in read(browser, page)) is badge
    assert browser.post(f"{page}delete/").status_code == 302
    assert not IncomingWebhook.objects.exists()
    acts = [act for act in acts_of(mina) if act.startswith("webhook")]
    assert acts == ["webhook.created", "webhook.off", "webhook.on", "webhook.deleted"]


def test_somebody_without_a_bot_is_led_to_create_one(browser: Client, general: Room) -> None:
    page = read(browser, f"{LIST}in/new/")
    assert "you have none yet" in page
    assert "/profile/bots/new/" in page


def test_nobody_posts_as_the_bot_of_somebody_else(browser: Client, joon: User, general: Room) -> None:
    other = bot_of(joon)
    response = browser.post(f"{LIST}in/new/", {"name": "Builds", "bot_id": other.pk})
    assert response.status_code == 200
    assert not IncomingWebhook.objects.exists()


# --- outgoing ---------------------------------------------------------------------------------------------------------


def create(browser: Client, **fields: Any) -> str:
    given = {"name": "Archive", "url": URL, "kinds": ["message.posted"], **fields}
    return browser.post(f"{LIST}out/new/", given).content.decode()


def test_a_secret_is_shown_once_and_is_in_no_table(browser: Client, mina: User, general: Room) -> None:
    from tests.harness.stored import tables_with

    secret = found_in(SECRET, create(browser).replace("&#x2B;", "+"))
    webhook = OutgoingWebhook.objects.get()
    assert secret == secret_text(webhook.salt)
    assert (webhook.room, webhook.owner, webhook.kinds) == (general, mina, ["message.posted"])
    assert tables_with(secret.removeprefix("whsec_")) == set()
    assert secret not in read(browser, f"{LIST}out/{webhook.pk}/")
    again = found_in(SECRET, browser.post(f"{LIST}out/{webhook.pk}/secret/").content.decode())
    assert again != secret


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "http://example.com:22/"},
        {"url": "ftp://example.com/"},
        {"url": "https://mina:secret@example.com/"},
        {"url": ""},
        {"url": "https://example.com/" + "x" * 1_000},
        {"kinds": []},
        {"kinds": ["test"]},
        {"kinds": ["nonsense"]},
        {"name": ""},
    ],
)
def test_what_is_not_valid_is_refused(browser: Client, general: Room, fields: dict[str, Any]) -> None:
    assert 'aria-invalid="true"' in create(browser, **fields)
    assert not OutgoingWebhook.objects.exists()


def test_a_webhook_is_changed_switched_and_deleted(browser: Client, mina: User, general: Room) -> None:
    webhook = outgoing_of(mina, general, URL)
    page = f"{LIST}out/{webhook.pk}/"
    fields = {"name": "Log", "url": "https://other.example/", "kinds": ["message.deleted"]}
    assert browser.post(f"{page}edit/", fields).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.url, webhook.kinds) == ("Log", "https://other.example/", ["message.deleted"])
    browser.post(f"{page}switch/", {"on": ""})
    assert "Switched off by somebody" in read(browser, page)
    browser.post(f"{page}switch/", {"on": "1"})
    browser.post(f"{page}delete/")
    assert not OutgoingWebhook.objects.exists()
    assert [act for act in acts_of(mina) if act.startswith("webhook")] == [
        *("webhook.created", "webhook.changed", "webhook.off", "webhook.on", "webhook.deleted")
    ]
    assert "hidden7" not in str(list(AuditEntry.objects.values()))


@pytest.fixture
def delivered(mina: User, general: Room) -> WebhookDelivery:
    """A delivery of a message that was tried once."""
    outgoing_of(mina, general, URL)
    say(mina, general, "<b>xyzzy</b>")
    derive()
    now = timezone.now()
    WebhookDelivery.objects.update(
        state="sent", tries=1, status=502, milliseconds=12, answer="<i>oops</i>", tried_at=now
    )
    return WebhookDelivery.objects.get()


@pytest.mark.django_db(transaction=True)
def test_the_log_shows_the_request_and_the_answer(browser: Client, delivered: WebhookDelivery) -> None:
    page = f"{LIST}out/{delivered.webhook_id}/"
    listed = read(browser, page)
    assert "502 · 12 ms" in listed
    shown = read(browser, f"{page}{delivered.pk}/")
    assert "&lt;b&gt;xyzzy&lt;/b&gt;" in shown
    assert "&lt;i&gt;oops&lt;/i&gt;" in shown
    assert str(delivered.key) in shown


@pytest.mark.django_db(transaction=True)
def test_the_log_shows_no_deleted_text(browser: Client, mina: User, delivered: WebhookDelivery) -> None:
    assert delivered.message_id is not None
    delete_message(mina, message_id=delivered.message_id)
    assert "xyzzy" not in read(browser, f"{LIST}out/{delivered.webhook_id}/{delivered.pk}/")


@pytest.mark.django_db(transaction=True)
def test_one_delivery_or_a_span_is_sent_again(browser: Client, delivered: WebhookDelivery) -> None:
    page = f"{LIST}out/{delivered.webhook_id}/"
    for path, fields in (
        (f"{page}{delivered.pk}/replay/", {}),
        (f"{page}replay/", {"start": "2020-01-01T00:00", "end": "2120-01-01T00:00"}),
    ):
        WebhookDelivery.objects.update(state="sent")
        assert browser.post(path, fields).status_code == 302
        assert WebhookDelivery.objects.get().state == "waiting"
    for fields in ({"start": "2120-01-01T00:00", "end": "2020-01-01T00:00"}, {"start": "x"}, {}):
        WebhookDelivery.objects.update(state="sent")
        browser.post(f"{page}replay/", fields)
        assert WebhookDelivery.objects.get().state == "sent"
    OutgoingWebhook.objects.update(off_at=timezone.now())
    browser.post(f"{page}{delivered.pk}/replay/")
    assert WebhookDelivery.objects.get().state == "sent"


@pytest.mark.django_db(transaction=True)
def test_many_deliveries_cost_as_many_queries_as_few(
    browser: Client, mina: User, general: Room, delivered: WebhookDelivery, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page = f"{LIST}out/{delivered.webhook_id}/"
    read(browser, page)
    with CaptureQueriesContext(connection) as captured:
        read(browser, page)
        few = len(captured)
    for _ in range(5):
        say(mina, general)
    derive()
    read(browser, page)
    with django_assert_num_queries(few):
        read(browser, page)


# --- others -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_for_everybody_else_there_are_no_webhooks(
    mina: User, joon: User, stranger: User, keeper: User, general: Room, delivered: WebhookDelivery
) -> None:
    incoming, _path = incoming_of(mina, general)
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="moderator")
    one, other = f"{LIST}in/{incoming.pk}/", f"{LIST}out/{delivered.webhook_id}/"
    pages = [LIST, f"{LIST}in/new/", f"{LIST}out/new/", one, f"{one}address/", other, f"{other}edit/"]
    pages += [f"{other}secret/", f"{other}{delivered.pk}/"]
    forms = [f"{LIST}in/new/", f"{LIST}out/new/", f"{one}address/", f"{one}switch/", f"{one}delete/", f"{other}edit/"]
    forms += [f"{other}{act}/" for act in ("secret", "switch", "delete", "test", "replay")]
    forms.append(f"{other}{delivered.pk}/replay/")
    for person in (joon, stranger, keeper):
        browser = confirmed(person)
        assert {browser.get(page).status_code for page in pages} == {404}
        assert {browser.post(form).status_code for form in forms} == {404}
        settings = browser.get("/rooms/general/settings/").content.decode()
        assert "webhooks" not in settings
    assert Client().get(LIST).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_webhook_is_found_only_in_its_own_room(
    browser: Client, mina: User, founders: Room, delivered: WebhookDelivery
) -> None:
    for path in ("in/1/", f"out/{delivered.webhook_id}/", f"out/{delivered.webhook_id}/{delivered.pk}/"):
        assert browser.get(f"/rooms/founders/webhooks/{path}").status_code == 404


def test_the_settings_of_a_room_lead_to_its_webhooks(browser: Client, general: Room) -> None:
    assert f'href="{LIST}"' in read(browser, "/rooms/general/settings/")


def test_webhooks_of_an_archived_room_can_still_be_deleted(browser: Client, mina: User, general: Room) -> None:
    webhook = outgoing_of(mina, general)
    archive_room(mina, room_id=general.pk)
    browser.post(f"{LIST}out/{webhook.pk}/delete/")
    assert not OutgoingWebhook.objects.exists()


def test_an_owner_who_has_left_manages_nothing(mina: User, joon: User, general: Room) -> None:
    set_role(mina, room_id=general.pk, user_id=joon.pk, role="owner")
    outgoing_of(joon, general)
    leave_room(joon, room_id=general.pk)
    assert signed_in(joon).get(LIST).status_code == 404


def test_a_room_has_a_bounded_number_of_webhooks(browser: Client, mina: User, general: Room) -> None:
    for _ in range(WEBHOOKS):
        outgoing_of(mina, general)
    assert "as many webhooks" in create(browser)
    assert OutgoingWebhook.objects.count() == WEBHOOKS


@pytest.mark.parametrize("language", ["en", "ko"])
def test_secrets_are_created_only_after_a_recent_check_of_the_password(
    mina: User, general: Room, language: str
) -> None:
    webhook = outgoing_of(mina, general)
    client = signed_in(mina)
    session = client.session
    session["account_authentication_methods"] = []
    session.save()
    for path in ("in/new/", "out/new/", f"out/{webhook.pk}/secret/"):
        response = client.get(f"{LIST}{path}", headers={"Accept-Language": language})
        assert response.status_code == 302
        assert "reauthenticate" in response["Location"]


# --- the admin --------------------------------------------------------------------------------------------------------


def test_superusers_see_webhooks_in_the_admin_without_their_addresses(
    keeper: User, clerk: User, mina: User, general: Room
) -> None:
    incoming, outgoing = incoming_of(mina, general)[0], outgoing_of(mina, general, URL)
    for model, row in (("incomingwebhook", incoming), ("outgoingwebhook", outgoing)):
        paths = [f"/admin/webhooks/{model}/", f"/admin/webhooks/{model}/{row.pk}/change/"]
        for path in paths:
            shown = read(signed_in(keeper), path)
            assert row.name in shown
            assert not {"hidden7", incoming.digest, outgoing.salt} & set(re.findall(r"\w+", shown))
            assert signed_in(clerk).get(path).status_code == 403
        for path in (f"/admin/webhooks/{model}/add/", f"{paths[0]}{row.pk}/delete/"):
            assert signed_in(keeper).post(path, {"post": "yes"}).status_code == 403
