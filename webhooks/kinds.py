"""The kinds of events that outgoing webhooks report."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """A kind of event, as it is named on the wire."""

    POSTED = "message.posted", pgettext_lazy("event", "New message")
    EDITED = "message.edited", pgettext_lazy("event", "Message edited")
    DELETED = "message.deleted", pgettext_lazy("event", "Message deleted")
    REACTIONS = "reactions.changed", pgettext_lazy("event", "Reactions changed")
    JOINED = "member.joined", pgettext_lazy("event", "Member joined")
    LEFT = "member.left", pgettext_lazy("event", "Member left")
    TEST = "test", pgettext_lazy("event", "Test")


CHOSEN = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""The kinds of which a webhook has some."""

OF_LINES = {"joined": Kind.JOINED, "added": Kind.JOINED, "left": Kind.LEFT, "removed": Kind.LEFT}
"""The kinds that follow from system lines, by their codes."""

NEW = frozenset({Kind.POSTED, Kind.JOINED, Kind.LEFT})
"""The kinds that a new message or line of a room is."""
