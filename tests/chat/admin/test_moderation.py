"""Moderation in the admin: the queues of reports and of held messages."""

import uuid
from typing import Any

import pytest

from chat.models import HeldMessage, Message, Report, Room, Space, User
from chat.services.reports import report_message
from tests.harness.admin_actions import act_on, say, signed_in, space_form, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(mina: User, joon: User, general: Room) -> Report:
    """Mina's report of a message of Joon's."""
    say(mina, general, "before")
    message = say(joon, general, "buy my followers")
    say(mina, general, "who is this?")
    return report_message(mina, message_id=message.pk, reason="spam", note="Posted twice.")


@pytest.fixture
def held(joon: User, general: Room) -> HeldMessage:
    return HeldMessage.objects.create(author=joon, room=general, key=uuid.uuid4(), body="this is spam")


def test_the_queue_shows_open_reports_and_the_page_of_one_its_context(keeper: User, report: Report) -> None:
    client = signed_in(keeper)
    listed = client.get(url("report", "changelist")).content.decode()
    assert "buy my followers" in listed
    page = client.get(url("report", "change", report.pk)).content.decode()
    for shown in ("before", "buy my followers", "who is this?", "Posted twice.", "Delete the message"):
        assert shown in page


def test_an_act_closes_the_report_and_the_queue_is_empty(keeper: User, report: Report) -> None:
    client = signed_in(keeper)
    response = client.post(url("report", "act", report.pk), {"outcome": "deleted"}, follow=True)
    assert "The reports of 1 message are closed." in response.content.decode()
    assert Message.objects.get(pk=report.message_id).is_deleted
    assert "buy my followers" not in client.get(url("report", "changelist")).content.decode()
    closed = client.get(url("report", "changelist"), {"state": "closed"}).content.decode()
    assert "(deleted)" in closed
    page = client.get(url("report", "change", report.pk)).content.decode()
    assert "Delete the message" not in page


def test_an_act_that_is_refused_is_explained_and_the_report_stays_open(keeper: User, report: Report) -> None:
    client = signed_in(keeper)
    response = client.post(url("report", "act", report.pk), {"outcome": "nothing"}, follow=True)
    assert "Choose what to do." in response.content.decode()
    assert Report.objects.open().count() == 1
    assert client.get(url("report", "act", report.pk)).status_code == 405


def test_reports_are_dismissed_from_the_list(keeper: User, report: Report) -> None:
    act_on(signed_in(keeper), "report", "dismiss", report)
    assert Report.objects.get().outcome == "dismissed"


def test_held_messages_are_posted_and_declined(keeper: User, joon: User, general: Room, held: HeldMessage) -> None:
    client = signed_in(keeper)
    assert "this is spam" in client.get(url("heldmessage", "changelist")).content.decode()
    act_on(client, "heldmessage", "post_messages", held)
    assert Message.objects.filter(room=general, author=joon, body="this is spam").exists()
    other = HeldMessage.objects.create(author=joon, room=general, key=uuid.uuid4(), body="more spam")
    asked = act_on(client, "heldmessage", "decline_messages", other)
    assert "Decline 1 message?" in asked.content.decode()
    assert HeldMessage.objects.exists()
    act_on(client, "heldmessage", "decline_messages", other, post="yes")
    assert not HeldMessage.objects.exists()


@pytest.mark.parametrize("model", ["report", "heldmessage"])
def test_only_superusers_see_the_queues(clerk: User, keeper: User, model: str) -> None:
    address = url(model, "changelist")
    assert signed_in(clerk).get(address).status_code == 403
    assert address not in signed_in(clerk).get("/admin/").content.decode()
    assert address in signed_in(keeper).get("/admin/").content.decode()


def test_somebody_else_does_not_act(clerk: User, report: Report) -> None:
    assert signed_in(clerk).post(url("report", "act", report.pk), {"outcome": "deleted"}).status_code == 403
    assert Report.objects.open().exists()


def test_the_queue_takes_as_many_queries_for_many_reports_as_for_few(
    keeper: User, mina: User, joon: User, general: Room, report: Report, django_assert_num_queries: Any
) -> None:
    client = signed_in(keeper)
    client.get(url("report", "changelist"))
    for _ in range(2):
        with django_assert_num_queries(3):
            assert client.get(url("report", "changelist")).status_code == 200
        for _ in range(5):
            report_message(mina, message_id=say(joon, general).pk, reason="other")


def test_words_are_typed_one_on_each_line(keeper: User) -> None:
    client = signed_in(keeper)
    address = url("space", "change", 1)
    client.post(address, space_form(blocked_words="spam\r\n\r\n  free   money \r\nspam", blocked_words_act="hold"))
    assert Space.objects.get().settings == {"blocked_words": ["spam", "free money"], "blocked_words_act": "hold"}
    assert "spam\nfree money" in client.get(address).content.decode()
    refused = client.post(address, space_form(blocked_words="x" * 51))
    assert "one of them is too long" in refused.content.decode()
