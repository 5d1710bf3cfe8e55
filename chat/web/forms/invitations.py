"""The form for a new invitation link."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.models.space_settings import INVITATION_DAYS
from chat.queries.invitations import rooms_for_guests
from chat.queries.space import value_of
from chat.web.forms.service import ServiceForm

DAYS = (1, 7)
DAYS_AT_FIRST = 7
NO_LIMIT = 0
MAX_USES = (1, 10)


class InvitationForm(ServiceForm):
    """How long a link is valid, how many people may sign up with it, and as what. The space limits the days."""

    days = forms.TypedChoiceField(label=_("Valid for"), coerce=int, widget=forms.RadioSelect)
    max_uses = forms.TypedChoiceField(
        label=_("Number of people"),
        coerce=int,
        initial=NO_LIMIT,
        choices=[*((uses, str(uses)) for uses in MAX_USES), (NO_LIMIT, _("Any number"))],
        widget=forms.RadioSelect,
    )

    guest_room = forms.TypedChoiceField(
        label=_("People who follow it become"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("A guest sees only the rooms to which somebody added them."),
    )

    def __init__(self, data: QueryDict | None = None, *, inviter: User) -> None:
        super().__init__(data)
        rooms = [(room.pk, gettext("guests of %(room)s") % {"room": room.name}) for room in rooms_for_guests(inviter)]
        self.fields["guest_room"].choices = [("", _("members")), *rooms]  # type: ignore[attr-defined]
        limit = value_of(INVITATION_DAYS)
        days = sorted({*DAYS, limit} - {NO_LIMIT})
        allowed = [number for number in days if not limit or number <= limit]
        choices = [(number, ngettext_lazy("%d day", "%d days", number) % number) for number in allowed]
        field = self.fields["days"]
        field.choices = choices if limit else [*choices, (NO_LIMIT, _("No end"))]  # type: ignore[attr-defined]
        field.initial = min(DAYS_AT_FIRST, limit or DAYS_AT_FIRST)

    @property
    def wanted(self) -> dict[str, int | None]:
        """The arguments of the service."""
        found = {name: self.cleaned_data[name] or None for name in ("days", "max_uses")}
        return found | {"guest_room_id": self.cleaned_data["guest_room"]}
