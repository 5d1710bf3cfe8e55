"""The kinds of events that outgoing webhooks report."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """A kind of event, as it is named on the wire."""

    POSTED = "message.posted", _("New message")
    EDITED = "message.edited", _("Message edited")
    DELETED = "message.deleted", _("Message deleted")
    REACTIONS = "reactions.changed", _("Reactions changed")
    JOINED = "member.joined", _("Member joined")
    LEFT = "member.left", _("Member left")
    TEST = "test", _("Test")


CHOSEN = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""The kinds of which a webhook has some."""

OF_LINES = {"joined": Kind.JOINED, "added": Kind.JOINED, "left": Kind.LEFT, "removed": Kind.LEFT}
"""The kinds that follow from system lines, by their codes."""
