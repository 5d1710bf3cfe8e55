"""Moderation in the admin: the queues of reports and of held messages."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from chat.models import HeldMessage, Message, Report, Room, Space, User
from chat.protocol.errors import JOIN_FIRST, NotFound
from chat.queries.space import space_memory
from chat.services.held_decisions import post_held
from chat.services.memberships import join_room, set_role
from chat.services.reports import act_on_reports, report_message
from chat.services.space_settings import change_settings
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
    asked = client.post(url("report", "act", report.pk), {"outcome": "deleted"})
    assert "Delete the message?" in asked.content.decode()
    assert Report.objects.open().exists(), "what its author notices is asked once"
    response = client.post(url("report", "act", report.pk), {"action": "deleted", "post": "yes"}, follow=True)
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


@pytest.mark.parametrize(
    ("outcome", "says"), [("muted", "Only they are notified."), ("banned", "which people there see")]
)
def test_it_is_said_before_who_notices_a_sanction(keeper: User, report: Report, outcome: str, says: str) -> None:
    client = signed_in(keeper)
    assert says in client.post(url("report", "act", report.pk), {"outcome": outcome}).content.decode()
    client.post(url("report", "act", report.pk), {"action": outcome, "post": "yes"})
    assert Report.objects.get().outcome == outcome


def test_a_message_that_several_people_reported_is_one_row(
    keeper: User, report: Report, stranger: User, general: Room
) -> None:
    join_room(stranger, room_id=general.pk)
    report_message(stranger, message_id=report.message_id, reason="unkind")
    listed = signed_in(keeper).get(url("report", "changelist")).content.decode()
    assert listed.count("buy my followers") == 1
    assert "2 people" in listed


@pytest.mark.parametrize(("model", "says"), [("report", "No reports here"), ("heldmessage", "No message waits")])
def test_an_empty_queue_says_what_comes_there(keeper: User, model: str, says: str) -> None:
    page = signed_in(keeper).get(url(model, "changelist")).content.decode()
    assert says in page
    assert "Reset filters" not in page


def test_the_page_of_a_held_message_shows_why_it_waits_and_decides(
    keeper: User, mina: User, joon: User, general: Room, held: HeldMessage
) -> None:
    change_settings(keeper, values={"blocked_words": ["spam", "casino"], "blocked_words_act": "hold"})
    space_memory.clear()
    say(mina, general, "what is this?")
    client = signed_in(keeper)
    page = client.get(url("heldmessage", "change", held.pk)).content.decode()
    for shown in ("this is spam", "<mark>spam</mark>", "what is this?", "Post the message"):
        assert shown in page
    assert "<mark>casino</mark>" not in page
    asked = client.post(url("heldmessage", "act", held.pk), {"action": "decline_messages"})
    assert "Decline 1 message?" in asked.content.decode()
    client.post(url("heldmessage", "act", held.pk), {"action": "post_messages"})
    assert Message.objects.filter(author=joon, body="this is spam").exists()
    assert not HeldMessage.objects.exists()


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
def test_staff_open_the_queues_if_they_may_delete_messages(clerk: User, keeper: User, model: str) -> None:
    address = url(model, "changelist")
    for person in (keeper, clerk):
        assert signed_in(person).get(address).status_code == 200
        assert address in signed_in(person).get("/admin/").content.decode()
    clerk.user_permissions.remove(Permission.objects.get(codename="delete_message"))
    assert signed_in(clerk).get(address).status_code == 403
    assert address not in signed_in(clerk).get("/admin/").content.decode()


def test_staff_see_no_reports_of_rooms_that_they_may_not_see_or_of_themselves(
    clerk: User, mina: User, joon: User, founders: Room, general: Room
) -> None:
    join_room(clerk, room_id=general.pk)
    for author, room, body in ((joon, founders, "a secret"), (clerk, general, "my own")):
        reported = report_message(mina, message_id=say(author, room, body).pk, reason="spam")
        HeldMessage.objects.create(author=author, room=room, key=uuid.uuid4(), body=body)
        client = signed_in(clerk)
        for model in ("report", "heldmessage"):
            assert body not in client.get(url(model, "changelist")).content.decode()
        assert client.get(url("report", "change", reported.pk)).status_code == 302
        with pytest.raises(NotFound):
            act_on_reports(clerk, message_id=reported.message_id, outcome="dismissed")
        with pytest.raises(NotFound):
            post_held(clerk, held_id=HeldMessage.objects.latest("pk").pk)


def test_staff_are_offered_only_the_acts_that_they_may_take_in_the_room(
    clerk: User, mina: User, general: Room, report: Report
) -> None:
    client = signed_in(clerk)
    page = client.get(url("report", "change", report.pk)).content.decode()
    assert "Only moderators and owners of the room, and superusers, can delete the message" in page
    assert 'value="muted"' not in page
    refused = client.post(url("report", "act", report.pk), {"action": "deleted", "post": "yes"}, follow=True)
    assert str(JOIN_FIRST) in refused.content.decode()
    assert Report.objects.open().exists()
    join_room(clerk, room_id=general.pk)
    set_role(mina, room_id=general.pk, user_id=clerk.pk, role="moderator")
    page = client.get(url("report", "change", report.pk)).content.decode()
    for act in ("deleted", "muted", "banned", "dismissed"):
        assert f'value="{act}"' in page
    client.post(url("report", "act", report.pk), {"outcome": "dismissed"})
    assert not Report.objects.open().exists()


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
