"""Polls: messages whose text is a question, with choices that people vote for."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message

POLL = "poll"
"""The name of a poll, with its results, in the `extras` of its message."""

QUESTION_CHARS = 300
CHOICE_CHARS = 100

FEWEST_CHOICES = 2
MOST_CHOICES = 10


class Poll(models.Model):
    """What is asked with a message: its text is the question.

    Written under the lock of the room, together with the summary in the message's `extras`.
    """

    message = models.OneToOneField(
        Message, verbose_name=_("message"), on_delete=models.CASCADE, related_name="poll", primary_key=True
    )
    is_multiple = models.BooleanField(_("several choices"), default=False)
    is_anonymous = models.BooleanField(_("anonymous"), default=False)
    is_hidden = models.BooleanField(_("results hidden until it is closed"), default=False)
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("poll")
        verbose_name_plural = _("polls")
        default_permissions = ()

    def __str__(self) -> str:
        """The id of the message, without any text, as for messages."""
        return str(self.pk)

    def is_over(self, now: datetime) -> bool:
        """Whether nobody can vote any more: it was closed, or its time has come."""
        return self.closed_at is not None or (self.closes_at is not None and self.closes_at <= now)

    @property
    def shows_results(self) -> bool:
        """Whether people may see the results."""
        return not self.is_hidden or self.closed_at is not None


class PollChoice(models.Model):
    """One choice of a poll. `number` counts from 1."""

    poll = models.ForeignKey(
        Poll,
        verbose_name=_("poll"),
        on_delete=models.CASCADE,
        related_name="choices",
        db_index=False,  # the unique constraint begins with the poll
    )
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("text"), max_length=CHOICE_CHARS)

    class Meta:
        verbose_name = _("choice of a poll")
        verbose_name_plural = _("choices of polls")
        ordering: ClassVar = ["poll", "number"]
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["poll", "number"], name="one_choice_per_poll_and_number"),
        ]

    def __str__(self) -> str:
        """The poll and the number, without the text, as for messages."""
        return f"{self.poll_id} · {self.number}"


class VoteQuerySet(models.QuerySet["Vote"]):
    def of(self, user_ids: Collection[int], message_ids: Collection[int]) -> "VoteQuerySet":
        """The votes of these people in the polls of these messages, in the order of the choices."""
        return self.filter(user__in=user_ids, poll__in=message_ids).order_by("choice__number")


class Vote(models.Model):
    """A choice for which a person votes. In a poll with one choice, a person has at most one.

    Votes of anonymous polls are stored in the same way, since people can change theirs; nobody is shown them.
    """

    poll = models.ForeignKey(
        Poll,
        verbose_name=_("poll"),
        on_delete=models.CASCADE,
        related_name="votes",
        db_index=False,  # its index begins with the poll
    )
    choice = models.ForeignKey(
        PollChoice,
        verbose_name=_("choice of a poll"),
        on_delete=models.CASCADE,
        related_name="votes",
        db_index=False,  # queries name the poll, too
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        related_name="votes",
        db_index=False,  # the unique constraint begins with the user
    )

    objects: ClassVar = VoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "poll", "choice"], name="one_vote_per_user_and_choice"),
        ]
        indexes: ClassVar = [models.Index(fields=["poll", "choice", "id"], name="vote_poll_choice")]

    def __str__(self) -> str:
        return f"{self.poll_id} · {self.user}"
