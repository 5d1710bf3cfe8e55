"""The audit: the actions of administrators and room owners.

Rows are added, never changed, except for the names of erased people, and removed only by age.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models.room import Room
from chat.models.user import DISPLAY_NAME_CHARS, USERNAME_CHARS

if TYPE_CHECKING:
    from chat.models.user import User

NAME_CHARS = USERNAME_CHARS + DISPLAY_NAME_CHARS + len(" (@)")
NETWORK_CHARS = 64


class Action(models.TextChoices):
    """The actions that are recorded."""

    SPACE_CREATED = "space.created", _("created the space")
    SPACE_RENAMED = "space.renamed", _("renamed the space")
    SPACE_PICTURE = "space.picture", _("changed the picture of the space")
    SPACE_SETTINGS = "space.settings", _("changed settings of the space")
    SPACE_RESTORED = "space.restored", _("restored the space from a backup")
    EMOJI_ADDED = "emoji.added", _("added an emoji")
    EMOJI_ARCHIVED = "emoji.archived", _("archived an emoji")
    EMOJI_UNARCHIVED = "emoji.unarchived", _("unarchived an emoji")
    ROOM_CREATED = "room.created", _("created a room")
    ROOM_CHANGED = "room.changed", _("changed a room")
    ROOM_ARCHIVED = "room.archived", _("archived a room")
    ROOM_UNARCHIVED = "room.unarchived", _("unarchived a room")
    ROOM_DELETED = "room.deleted", _("deleted a room")
    MEMBER_INVITED = "member.invited", _("invited somebody to a room")
    MEMBER_WITHDRAWN = "member.withdrawn", _("withdrew somebody's invitation to a room")
    MEMBER_REMOVED = "member.removed", _("removed somebody from a room")
    MEMBER_BANNED = "member.banned", _("banned somebody from a room")
    MEMBER_UNBANNED = "member.unbanned", _("lifted somebody's ban from a room")
    MEMBER_MUTED = "member.muted", _("muted somebody in a room")
    MEMBER_UNMUTED = "member.unmuted", _("let somebody write in a room again")
    MEMBER_ROLE = "member.role", _("changed somebody's role in a room")
    MESSAGE_DELETED = "message.deleted", _("deleted somebody's message")
    POLL_CLOSED = "poll.closed", _("closed somebody's poll")
    MESSAGE_POSTED = "message.posted", _("posted a message that was held")
    MESSAGE_DECLINED = "message.declined", _("declined a message that was held")
    REPORT_CLOSED = "report.closed", _("dealt with reports of a message")
    INVITATION_CREATED = "invitation.created", _("created an invitation link")
    INVITATION_REVOKED = "invitation.revoked", _("revoked an invitation link")
    PERSON_CREATED = "person.created", _("created an account")
    PERSON_CHANGED = "person.changed", _("changed an account")
    PERSON_PICTURE = "person.picture", _("removed somebody's picture")
    PERSON_BOT = "person.bot", _("changed whether an account is a bot")
    PERSON_GUEST = "person.guest", _("changed whether an account is a guest")
    PERSON_PASSWORD = "person.password", _("set somebody's password")
    PERSON_RIGHTS = "person.rights", _("changed somebody's permissions")
    PERSON_DEACTIVATED = "person.deactivated", _("deactivated an account")
    PERSON_ERASED = "person.erased", _("erased an account")
    PERSON_ACTIVATED = "person.activated", _("activated an account")
    TWO_STEPS_ADDED = "two_steps.added", _("set up two-step sign-in")
    TWO_STEPS_REMOVED = "two_steps.removed", _("removed a way of two-step sign-in")
    TWO_STEPS_CODES = "two_steps.codes", _("made new recovery codes")
    TWO_STEPS_RESET = "two_steps.reset", _("reset somebody's two-step sign-in")
    TOKEN_CREATED = "token.created", _("created a token")
    TOKEN_REVOKED = "token.revoked", _("revoked a token")
    WEBHOOK_CREATED = "webhook.created", _("created a webhook")
    WEBHOOK_CHANGED = "webhook.changed", _("changed a webhook")
    WEBHOOK_SECRET = "webhook.secret", _("made a new secret of a webhook")
    WEBHOOK_OFF = "webhook.off", _("switched off a webhook")
    WEBHOOK_ON = "webhook.on", _("switched on a webhook")
    WEBHOOK_DELETED = "webhook.deleted", _("deleted a webhook")
    GROUP_CREATED = "group.created", _("created a group")
    GROUP_CHANGED = "group.changed", _("changed a group")
    GROUP_DELETED = "group.deleted", _("deleted a group")
    DERIVER_REWOUND = "deriver.rewound", _("rewound a deriver")
    AUDIT_PRUNED = "audit.pruned", _("removed old entries of the audit")


class Way(models.TextChoices):
    """The kinds of requests."""

    WEB = "web", _("page")
    ADMIN = "admin", _("administration")
    SOCKET = "socket", _("connection")
    API = "api", _("program")
    COMMAND = "command", _("command line")


class Target(models.TextChoices):
    """The kinds of objects on which actions are performed."""

    SPACE = "space", _("space")
    ROOM = "room", _("room")
    PERSON = "person", _("person")
    MESSAGE = "message", _("message")
    GROUP = "group", _("group")
    INVITATION = "invitation", _("invitation link")
    DERIVER = "deriver", _("deriver")
    EMOJI = "emoji", _("emoji")


class AppendOnlyError(TypeError):
    """An attempt to change or delete entries of the audit."""

    def __init__(self) -> None:
        super().__init__("Entries of the audit are neither changed nor deleted.")


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Refuses to change or delete entries, except old ones by `prune`."""

    def prune(self, *, before: datetime, most: int) -> int:
        """Delete at most `most` entries that are older than a time, the oldest first; returns how many.

        Only for chat.services.audit_retention, which records it.
        """
        oldest = self.filter(at__lt=before).order_by("at", "pk").values("pk")[:most]
        count, _by_model = models.QuerySet(self.model, using=self.db).filter(pk__in=oldest).delete()
        return count

    def about(self, user: "User") -> "AuditQuerySet":
        """Entries that may contain a name of this person: as who acted, as the target, or as an author."""
        named = models.Q(actor=user) | models.Q(target_kind=Target.PERSON, target_id=user.pk)
        return self.filter(named | models.Q(target_kind=Target.MESSAGE))

    def replace_names(self, entries: "Iterable[AuditEntry]") -> None:
        """Store the names of these entries, which have changed. Only for chat.services.erasure, after an erasure."""
        changed = ["actor_name", "target_name", "details"]
        models.QuerySet[AuditEntry](self.model, using=self.db).bulk_update(entries, changed)

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list["AuditEntry"]:
        """Insert entries; never update one on a conflict."""
        if kwargs.get("update_conflicts"):
            raise AppendOnlyError
        return super().bulk_create(objs, *args, **kwargs)


class AuditEntry(models.Model):
    """One action: its actor, kind, target, time and origin. Names are those at the time of the action.

    It never contains the text of a message, a password, an email address, or the name of a private room; the entry
    links to the room as long as it exists. `details` holds pairs of old and new values.
    """

    # The columns have no choices, so that a new code needs no migration.
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    actor_name = models.CharField(_("who"), max_length=NAME_CHARS, editable=False)
    action = models.CharField(_("what"), max_length=32, editable=False)
    target_kind = models.CharField(max_length=16, editable=False)
    target_id = models.BigIntegerField(editable=False)
    target_name = models.CharField(max_length=NAME_CHARS, editable=False)
    # Entries outlive their rooms.
    room = models.ForeignKey(
        Room,
        verbose_name=_("room"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        editable=False,
    )
    details = models.JSONField(_("details"), default=dict, editable=False)
    way = models.CharField(_("way"), max_length=8, editable=False)
    network = models.CharField(_("address"), max_length=NETWORK_CHARS, editable=False)

    objects: ClassVar = AuditQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        verbose_name = _("entry of the audit")
        verbose_name_plural = _("audit")
        ordering: ClassVar = ["-pk"]
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["action", "id"], name="audit_action"),
            models.Index(fields=["target_kind", "target_id"], name="audit_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {dict(Action.choices).get(self.action, self.action)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the entry; it cannot be saved again."""
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError
