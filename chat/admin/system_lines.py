"""What system lines say, in words. Only the author is named: a list of messages must not look up everybody else."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from chat.models import Message
from chat.models.message import SYSTEM

SENTENCES: dict[str, Any] = {
    "joined": _("%(name)s joined"),
    "left": _("%(name)s left"),
    "added": ngettext_lazy("%(name)s added %(count)s person", "%(name)s added %(count)s people", "count"),
    "removed": ngettext_lazy("%(name)s removed %(count)s person", "%(name)s removed %(count)s people", "count"),
    "renamed": _("%(name)s renamed the room from “%(from)s” to “%(to)s”"),
    "topic": _("%(name)s changed the topic to “%(to)s”"),
    "no topic": _("%(name)s removed the topic"),
    "archived": _("%(name)s archived the room"),
    "unarchived": _("%(name)s unarchived the room"),
    "pinned": _("%(name)s pinned a message"),
}
OTHER = _("Something changed in this room")


def words(line: Message) -> str:
    """A system line, whose author is loaded, in the active language."""
    said = line.extras.get(SYSTEM, {})
    count = said.get("count", len(said.get("people", ())))
    values = {"name": line.author.name, "count": count, "from": said.get("from", ""), "to": said.get("to", "")}
    code = "no topic" if said.get("code") == "topic" and not values["to"] else said.get("code")
    return str(SENTENCES.get(code, OTHER) % values)
