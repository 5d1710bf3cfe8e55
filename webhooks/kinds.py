"""The kinds of events that outgoing webhooks report."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """A kind of event, as it is named on the wire."""

    POSTED = "message.posted", _("a message is posted")
    EDITED = "message.edited", _("a message is edited")
    DELETED = "message.deleted", _("a message is deleted")
    REACTIONS = "reactions.changed", _("reactions change")
    JOINED = "member.joined", _("somebody joins")
    LEFT = "member.left", _("somebody leaves")
    TEST = "test", _("a test")


CHOSEN = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""The kinds of which a webhook has some."""

OF_LINES = {"joined": Kind.JOINED, "added": Kind.JOINED, "left": Kind.LEFT, "removed": Kind.LEFT}
"""The kinds that follow from system lines, by their codes."""
