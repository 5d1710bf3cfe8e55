"""Reports of messages: who reports, what administrators do about it, and how those who reported are notified."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from chat.models import AuditEntry, Membership, Message, PersonItem, Report, Room, User
from chat.models.person_item import NOTICE
from chat.protocol.errors import ChatError, Conflict, Forbidden, Invalid, Muted, NotFound, RateLimited, TooLarge
from chat.protocol.limits import REPORTS_PER_HOUR
from chat.queries.reports import MESSAGES_AROUND, possible_outcomes, reported_message
from chat.services import reports
from chat.services.direct import send_direct
from chat.services.memberships import join_room
from chat.services.messages import delete_message, send_message
from chat.services.notices import MOST_NOTICES, notify_people
from chat.services.person_items import set_item
from chat.services.reports import act_on_reports, report_message
from chat.services.rooms import archive_room
from chat.services.threads import reply_in_thread
from tests.harness.outside import blocked, outside
from tests.harness.threads import at_once, kinds
from tests.harness.waiting import until


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


@pytest.mark.django_db(transaction=True)
def test_however_many_reports_of_a_person_arrive_at_once_few_are_open(
    mina: User, joon: User, general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "OPEN_PER_PERSON", 2)
    messages = [say(mina, general) for _ in range(4)]
    outcomes = at_once(*(partial(report_message, joon, message_id=one.pk, reason="spam") for one in messages))
    assert kinds(outcomes) == ["Conflict", "Conflict", "Report", "Report"]
    Report.objects.filter(pk__in=Report.objects.values("pk")[:1]).update(closed_at=timezone.now())
    assert kinds(at_once(*(partial(report_message, joon, message_id=one.pk, reason="spam") for one in messages))) == [
        "Conflict",
        "Report",
        "Report",
        "Report",
    ]


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


def test_a_reply_in_a_thread_is_reported_and_its_author_banned_in_the_room(
    keeper: User, mina: User, joon: User, general: Room
) -> None:
    asked = say(mina, general)
    sent = reply_in_thread(joon, room_id=general.pk, message_id=asked.pk, key=uuid.uuid4(), body="buy this")
    report = report_message(mina, message_id=sent.pk, reason="spam")
    assert reported_message(report).membership == Membership.objects.get(room=general, user=joon)
    act_on_reports(keeper, message_id=sent.pk, outcome="banned")
    with pytest.raises(Forbidden):
        say(joon, sent.room)


def test_of_a_message_in_a_conversation_no_ban_is_offered(keeper: User, mina: User, joon: User) -> None:
    sent = send_direct(joon, people=[mina.pk], key=uuid.uuid4(), body="buy this")
    found = reported_message(report_message(mina, message_id=sent.pk, reason="spam"))
    assert possible_outcomes(keeper, found) == {"deleted", "dismissed"}


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_act_once(keeper: User, joon: User, mina: User, reported: Message) -> None:
    another = User.objects.create_superuser("another", password="anotheranother")
    outcomes = at_once(
        partial(act_on_reports, keeper, message_id=reported.pk, outcome="banned"),
        partial(act_on_reports, another, message_id=reported.pk, outcome="deleted"),
    )
    assert kinds(outcomes) == ["Conflict", "NoneType"]
    banned = Membership.objects.get(room=reported.room_id, user=joon).is_banned
    assert banned is not Message.objects.get(pk=reported.pk).is_deleted
    assert AuditEntry.objects.filter(action="report.closed").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_ban_of_an_author_never_waits_in_a_circle_with_who_locks_its_reporters(
    keeper: User, mina: User, joon: User, stranger: User, general: Room, founders: Room, reported: Message
) -> None:
    """Mina, who has reported, is older than Joon; removing both elsewhere locks them in that order."""
    with outside(autocommit=False) as other, outside() as watcher, ThreadPoolExecutor(1) as pool:
        other.execute("SELECT 1 FROM chat_user WHERE id = %s FOR NO KEY UPDATE", [mina.pk])
        acting = pool.submit(at_once, partial(act_on_reports, keeper, message_id=reported.pk, outcome="banned"))
        until(lambda: blocked(watcher) == 1)
        other.execute("SELECT 1 FROM chat_user WHERE id = %s FOR NO KEY UPDATE NOWAIT", [joon.pk])
        other.rollback()
        assert acting.result(20) == [None]


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
