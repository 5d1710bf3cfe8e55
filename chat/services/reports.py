"""Reports of messages, and what administrators do about them."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.models import Message, Report, Room, User
from chat.models.audit import Action
from chat.models.report import NOTE_CHARS
from chat.protocol.errors import Conflict, Invalid, NotFound, TooLarge
from chat.protocol.shapes import timestamp
from chat.queries.reports import own_membership
from chat.queries.rooms import membership_of
from chat.services import audit, quotas
from chat.services.messages import delete_message, room_of
from chat.services.notices import notify_people
from chat.services.sanctions import ban_member, mute_member
from chat.store.lock_timeout import limited_transaction

MUTE_HOURS = 24
BAN_DAYS = 7

OPEN_PER_PERSON = 100
"""Most reports of one person with which nobody has dealt."""

Outcome = Report.Outcome


def report_message(actor: User, *, message_id: int, reason: str, note: str = "") -> Report:
    """Report a message to the administrators. Reporting it again changes nothing.

    Its author is not notified. Raises NotFound, Forbidden, also for one's own message or a system line, Conflict for a
    deleted message and for somebody of whom too many are open, Invalid, TooLarge or RateLimited.
    """
    quotas.REPORTS.take(actor)
    if reason not in Report.Reason.values:
        raise Invalid(_("Choose a reason."), field="reason")
    if len(note) > NOTE_CHARS:
        raise TooLarge(_("This is too long: at most %(limit)d characters.") % {"limit": NOTE_CHARS}, field="note")
    if "\x00" in note:
        raise Invalid(_("The text contains a character that can't be stored (NUL)."), field="note")
    membership = membership_of(actor, room_of(message_id))
    message = Message.objects.get(pk=message_id)
    policy.require_report(actor, membership.room, membership, message)
    if message.is_deleted:
        raise Conflict(_("This message was deleted."))
    with limited_transaction():
        User.objects.locked().get(pk=actor.pk)  # so that no more are open at the same time
        own = Report.objects.filter(reporter=actor)
        report: Report | None = own.filter(message=message).first()
        if report is not None:
            return report
        if own.open().count() >= OPEN_PER_PERSON:
            raise Conflict(_("Many of your reports wait until somebody has looked at them. You can report more then."))
        return Report.objects.create(message=message, reporter=actor, reason=reason, note=note.strip())


def act_on_reports(actor: User, *, message_id: int, outcome: str) -> None:
    """Delete a reported message, mute or ban its author in its room, or do nothing, and close its reports.

    Those who reported it are notified whether something was done. Raises NotFound, Forbidden, Invalid, Conflict if no
    report is open, and what the act itself raises.
    """
    policy.require_review(actor)
    if outcome not in Outcome.values:
        raise Invalid(_("Choose what to do."), field="outcome")
    with limited_transaction():
        message = Message.objects.select_related("room__parent", "author").filter(pk=message_id).first()
        if message is None:
            raise NotFound
        policy.require_review_text(actor, message.room, own_membership(actor, message.room), message.author)
        reports = _locked(message)
        if not reports:
            raise Conflict(_("Somebody else has dealt with these reports."))
        _acts(actor, message)[outcome]()
        Report.objects.filter(pk__in=[report.pk for report in reports]).update(
            closed_at=timezone.now(), closed_by=actor, outcome=outcome
        )
        details = {"outcome": outcome, "reports": len(reports)}
        audit.record(actor, Action.REPORT_CLOSED, target=message, room=message.room, details=details)
        notice = {
            "code": "report_dismissed" if outcome == Outcome.DISMISSED else "report_acted_on",
            "room": message.room_id,
            "position": message.position,
            "at": timestamp(timezone.now()),
        }
        notify_people([report.reporter_id for report in reports], key=f"report-{message.pk}", notice=notice)


def _locked(message: Message) -> list[Report]:
    """The open reports of a message, under the locks of its room, and of its author and those who reported it.

    All of these are taken first, since the acts and the notices lock some of them.
    """
    Room.objects.locked().filter(pk=message.room.members_room_id).first()
    reports = list(Report.objects.filter(message=message).open().order_by("pk"))
    people = {message.author_id, *(report.reporter_id for report in reports)}
    list(User.objects.locked().filter(pk__in=people))
    return reports


def _acts(actor: User, message: Message) -> dict[str, Callable[[], object]]:
    """What each outcome does."""
    now = timezone.now()
    of_author = {"room_id": message.room.members_room_id, "user_id": message.author_id}
    return {
        Outcome.DELETED: lambda: delete_message(actor, message_id=message.pk),
        Outcome.MUTED: lambda: mute_member(actor, **of_author, until=now + timedelta(hours=MUTE_HOURS)),
        Outcome.BANNED: lambda: ban_member(actor, **of_author, until=now + timedelta(days=BAN_DAYS)),
        Outcome.DISMISSED: lambda: None,
    }
