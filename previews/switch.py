"""Whether links have previews in this space."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chat.models.space_settings import Choice, Section, register
from chat.queries.space import value_of


class Shown(TextChoices):
    """Whether links have previews."""

    ON = "on", _("yes: the server reads the pages to which messages link")
    OFF = "off", _("no")


LINK_PREVIEWS = register(
    Choice(
        name="link_previews",
        section=Section.DOORS,
        label=_("Previews of links"),
        help_text=_(
            "Whoever runs a page learns that somebody here linked to it, but not who. Previews that exist stay."
        ),
        read_default=lambda: Shown.ON.value,
        choices=tuple(Shown.choices),
    )
)


def is_on() -> bool:
    """Whether new links get previews."""
    return value_of(LINK_PREVIEWS) == Shown.ON
