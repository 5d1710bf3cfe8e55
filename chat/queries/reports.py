"""What administrators see of a reported message: all reports of it, the messages around it, and its author."""

from dataclasses import dataclass

from chat.models import Membership, Message, Report

MESSAGES_AROUND = 3
"""Messages before the reported one, and as many after it."""


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


def reported_message(report: Report) -> ReportedMessage:
    """The message of a report, with its context."""
    message = Message.objects.select_related("author", "room").get(pk=report.message_id)
    before = Message.objects.before(message.room_id, message.position).select_related("author")[:MESSAGES_AROUND]
    after = Message.objects.after(message.room_id, message.position).select_related("author")[:MESSAGES_AROUND]
    author_reports = Report.objects.filter(message__author=message.author_id).exclude(message=message)
    return ReportedMessage(
        message=message,
        around=[*reversed(before), message, *after],
        reports=list(message.reports.select_related("reporter", "closed_by").order_by("pk")),
        membership=Membership.objects.filter(room=message.room_id, user=message.author_id).first(),
        author_messages=Message.objects.filter(room=message.room_id, author=message.author_id).count(),
        author_reports=author_reports.count(),
    )
