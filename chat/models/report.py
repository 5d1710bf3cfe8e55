"""Reports of messages by people who read them."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message

if TYPE_CHECKING:
    from chat.models.user import User

NOTE_CHARS = 500


class ReportQuerySet(models.QuerySet["Report"]):
    def open(self) -> "ReportQuerySet":
        """Reports that nobody has dealt with."""
        return self.filter(closed_at__isnull=True)

    def reviewable_by(self, user: "User") -> "ReportQuerySet":
        """Reports that somebody who may open the queue sees there. Twin: `policy.may_review_text`."""
        if user.is_superuser and not user.rights_suspended:
            return self
        return self.filter(message__in=Message.objects.inspectable_by(user).exclude(author=user))

    def one_of_each_message(self) -> "ReportQuerySet":
        """The newest report of each message, with the number of these reports as `count`."""
        newest = self.order_by().values("message").annotate(newest=models.Max("pk")).values("newest")
        same = self.order_by().filter(message=models.OuterRef("message")).values("message")
        count = same.annotate(count=models.Count("pk")).values("count")
        return self.filter(pk__in=newest).annotate(count=models.Subquery(count))


class Report(models.Model):
    """What one person reported about one message, and what came of it. It contains no copy of the message."""

    class Reason(models.TextChoices):
        """Why a message is reported."""

        SPAM = "spam", _("advertising or spam")
        UNKIND = "unkind", _("unkind to someone")
        PRIVATE = "private", _("private information")
        OTHER = "other", _("something else")

    class Outcome(models.TextChoices):
        """What was done about a reported message."""

        DELETED = "deleted", _("the message was deleted")
        MUTED = "muted", _("its author was muted")
        BANNED = "banned", _("its author was banned")
        DISMISSED = "dismissed", _("nothing was wrong")

    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        on_delete=models.CASCADE,
        related_name="reports",
        db_index=False,  # the unique constraint begins with the message
        editable=False,
    )
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reported by"),
        on_delete=models.PROTECT,
        related_name="reports",
        editable=False,
    )
    reason = models.CharField(_("reason"), max_length=8, choices=Reason.choices, editable=False)
    note = models.CharField(_("note"), max_length=NOTE_CHARS, blank=True, editable=False)
    created_at = models.DateTimeField(_("reported at"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("closed by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, blank=True, editable=False)

    objects: ClassVar = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering: ClassVar = ["-pk"]
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "reporter"], name="one_report_per_message_and_person"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="report_open", condition=models.Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
