"""What reviewers see of reported and held messages: the messages around them, the reports, and the author."""

import uuid
from dataclasses import dataclass

from chat import policy
from chat.models import HeldMessage, Membership, Message, Report, Room, User
from chat.services.attaching import WaitingFile, attacher

MESSAGES_AROUND = 3
"""Messages before the reported one, and as many after it."""

Outcome = Report.Outcome


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """A reported message with its context. `author_reports` counts the reports of other messages of its author."""

    message: Message
    around: list[Message]
    reports: list[Report]
    membership: Membership | None
    author_messages: int
    author_reports: int

    @property
    def is_open(self) -> bool:
        """Whether somebody should look at it."""
        return any(report.closed_at is None for report in self.reports)


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A held message, and what was written before and after it."""

    held: HeldMessage
    files: list[WaitingFile]
    before: list[Message]
    after: list[Message]
    author_messages: int

    @property
    def text(self) -> str:
        """All that others would read: the text, and the names of files."""
        return "\n".join((self.held.body, *(file.name for file in self.files)))


def own_membership(actor: User, room: Room) -> Membership | None:
    """The membership that decides what somebody may do in a room or a thread of it, even if it has ended."""
    return Membership.objects.filter(user=actor, room_id=room.members_room_id).first()


def reported_message(report: Report) -> ReportedMessage:
    """The message of a report, with its context."""
    message = Message.objects.select_related("author", "room__parent").get(pk=report.message_id)
    before = Message.objects.before(message.room_id, message.position).select_related("author")[:MESSAGES_AROUND]
    after = Message.objects.after(message.room_id, message.position).select_related("author")[:MESSAGES_AROUND]
    author_reports = Report.objects.filter(message__author=message.author_id).exclude(message=message)
    return ReportedMessage(
        message=message,
        around=[*reversed(before), message, *after],
        reports=list(message.reports.select_related("reporter", "closed_by").order_by("pk")),
        membership=own_membership(message.author, message.room),
        author_messages=Message.objects.filter(room=message.room_id, author=message.author_id).count(),
        author_reports=author_reports.count(),
    )


def possible_outcomes(actor: User, reported: ReportedMessage) -> set[Outcome]:
    """What the actor may do about a reported message."""
    message, target = reported.message, reported.membership
    room, own = message.room, own_membership(actor, message.room)
    found = {Outcome.DISMISSED}
    if not message.is_deleted and policy.may_delete(actor, room, own, message):
        found.add(Outcome.DELETED)
    if target is not None and policy.may_sanction(actor, room, own, target):
        found |= {Outcome.MUTED, Outcome.BANNED}
    return found


def waiting_message(held: HeldMessage) -> WaitingMessage:
    """A held message with its context."""
    said = Message.objects.filter(room=held.room_id).select_related("author")
    before = said.filter(created_at__lte=held.held_at).order_by("-position")[:MESSAGES_AROUND]
    after = said.filter(created_at__gt=held.held_at).order_by("position")[:MESSAGES_AROUND]
    return WaitingMessage(
        held=held,
        files=attacher().waiting(held.author_id, [uuid.UUID(file) for file in held.files]),
        before=list(reversed(before)),
        after=list(after),
        author_messages=Message.objects.filter(room=held.room_id, author=held.author_id).count(),
    )
