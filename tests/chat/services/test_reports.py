"""Reports of messages: who reports, what administrators do about it, and what those who reported hear."""

import uuid
from typing import Any

import pytest

from chat.models import AuditEntry, Membership, Message, PersonItem, Report, Room, User
from chat.models.person_item import NOTICE
from chat.protocol.errors import ChatError, Conflict, Forbidden, Invalid, Muted, NotFound, RateLimited, TooLarge
from chat.protocol.limits import REPORTS_PER_HOUR
from chat.queries.reports import MESSAGES_AROUND, reported_message
from chat.services.memberships import join_room
from chat.services.messages import delete_message, send_message
from chat.services.notices import MOST_NOTICES, notify_people
from chat.services.person_items import set_item
from chat.services.reports import act_on_reports, report_message
from chat.services.rooms import archive_room


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def notices(user: User) -> list[Any]:
    found = PersonItem.objects.present().filter(user=user, kind=NOTICE).order_by("revision")
    return [(item.value or {})["code"] for item in found]


def test_a_person_reports_a_message_once(mina: User, joon: User, general: Room) -> None:
    message = say(mina, general)
    first = report_message(joon, message_id=message.pk, reason="spam", note=" Twice. ")
    again = report_message(joon, message_id=message.pk, reason="other")
    assert (again.pk, again.reason, again.note) == (first.pk, "spam", "Twice.")


def test_only_readers_report_and_neither_their_own_message_nor_a_line(
    mina: User, joon: User, stranger: User, founders: Room, general: Room
) -> None:
    message = say(mina, founders)
    with pytest.raises(NotFound):
        report_message(stranger, message_id=message.pk, reason="spam")
    with pytest.raises(Forbidden, match="your own message"):
        report_message(mina, message_id=message.pk, reason="spam")
    join_room(stranger, room_id=general.pk)
    line = Message.objects.filter(room=general, kind="system").latest("pk")
    with pytest.raises(Forbidden):
        report_message(joon, message_id=line.pk, reason="spam")
    archive_room(mina, room_id=founders.pk)
    assert report_message(joon, message_id=message.pk, reason="spam")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"reason": "dull"}, Invalid),
        ({"reason": "spam", "note": "x" * 501}, TooLarge),
        ({"reason": "spam", "note": "\x00"}, Invalid),
    ],
)
def test_a_report_has_a_reason_and_a_short_note(
    mina: User, joon: User, general: Room, fields: dict[str, str], error: type[ChatError]
) -> None:
    message = say(mina, general)
    with pytest.raises(error):
        report_message(joon, message_id=message.pk, **fields)
    assert not Report.objects.exists()


def test_a_deleted_message_is_not_reported(mina: User, joon: User, general: Room) -> None:
    message = say(mina, general)
    delete_message(mina, message_id=message.pk)
    with pytest.raises(Conflict):
        report_message(joon, message_id=message.pk, reason="spam")


def test_nobody_reports_without_end(mina: User, joon: User, general: Room) -> None:
    messages = [say(mina, general) for _ in range(3)]
    for number in range(REPORTS_PER_HOUR):
        report_message(joon, message_id=messages[number % 3].pk, reason="spam")
    with pytest.raises(RateLimited):
        report_message(joon, message_id=messages[0].pk, reason="spam")


# --- what is done about it --------------------------------------------------------------------------------------------


@pytest.fixture
def reported(mina: User, joon: User, stranger: User, general: Room) -> Message:
    """A message of Joon's that Mina and the stranger have reported."""
    join_room(stranger, room_id=general.pk)
    message = say(joon, general, "buy this")
    for reporter in (mina, stranger):
        report_message(reporter, message_id=message.pk, reason="spam")
    return message


@pytest.mark.parametrize("outcome", Report.Outcome.values)
def test_an_act_closes_all_reports_of_the_message_and_all_reporters_are_told(
    keeper: User, mina: User, joon: User, stranger: User, reported: Message, outcome: str
) -> None:
    act_on_reports(keeper, message_id=reported.pk, outcome=outcome)
    closed = Report.objects.filter(message=reported, closed_by=keeper, outcome=outcome).exclude(closed_at=None)
    assert closed.count() == 2
    expected = "report_dismissed" if outcome == "dismissed" else "report_acted_on"
    assert (notices(mina), notices(stranger), notices(joon)) == ([expected], [expected], [])
    [entry] = AuditEntry.objects.filter(action="report.closed")
    assert (entry.target_id, entry.details) == (reported.pk, {"outcome": outcome, "reports": 2})
    with pytest.raises(Conflict):
        act_on_reports(keeper, message_id=reported.pk, outcome=outcome)


def test_the_act_is_carried_out(keeper: User, joon: User, general: Room, reported: Message) -> None:
    act_on_reports(keeper, message_id=reported.pk, outcome="deleted")
    assert Message.objects.get(pk=reported.pk).is_deleted


def test_the_author_is_muted_or_banned_in_the_room(
    keeper: User, mina: User, joon: User, general: Room, reported: Message
) -> None:
    act_on_reports(keeper, message_id=reported.pk, outcome="muted")
    with pytest.raises(Muted):
        say(joon, general)
    Report.objects.update(closed_at=None)
    act_on_reports(keeper, message_id=reported.pk, outcome="banned")
    assert Membership.objects.get(room=general, user=joon).is_banned


def test_only_administrators_act_on_reports(mina: User, reported: Message) -> None:
    with pytest.raises(Forbidden):
        act_on_reports(mina, message_id=reported.pk, outcome="dismissed")


def test_the_context_is_a_few_messages_before_and_after(mina: User, joon: User, general: Room) -> None:
    said = [say(mina, general, str(number)) for number in range(9)]
    report = report_message(joon, message_id=said[4].pk, reason="other")
    found = reported_message(report)
    assert [message.pk for message in found.around] == [
        message.pk for message in said[4 - MESSAGES_AROUND : 5 + MESSAGES_AROUND]
    ]
    assert (found.author_messages, found.author_reports, found.is_open) == (9, 0, True)


def test_reports_disappear_with_their_room_and_contain_no_text_of_the_message(reported: Message) -> None:
    values = Report.objects.filter(message=reported).values_list()
    assert "buy this" not in str(list(values))


# --- notices ----------------------------------------------------------------------------------------------------------


def test_a_person_dismisses_a_notice_and_sets_none(joon: User, space: Any) -> None:
    notify_people([joon.pk], key="report-1", notice={"code": "report_acted_on"})
    with pytest.raises(Invalid):
        set_item(joon, kind=NOTICE, key="report-1", value={"code": "report_dismissed"})
    set_item(joon, kind=NOTICE, key="report-1", value=None)
    assert notices(joon) == []


def test_who_dismisses_no_notice_gets_no_more(joon: User, space: Any) -> None:
    for number in range(MOST_NOTICES + 2):
        notify_people([joon.pk], key=f"report-{number}", notice={"code": "report_acted_on"})
    assert len(notices(joon)) == MOST_NOTICES
