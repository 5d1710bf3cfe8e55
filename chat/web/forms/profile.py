"""The form of a person's own profile."""

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.services.people import update_profile
from chat.web.forms.people import name_field, time_zones
from chat.web.forms.service import ServiceForm


def time_zone_choices() -> list[tuple[str, object]]:
    """Choices of all time zones, grouped by region; the first one is the browser's."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(time_zones()):
        region, slash, city = zone.partition("/")
        if slash and region not in {"Etc", "SystemV", "US"}:
            regions.setdefault(region, []).append((zone, city.replace("_", " ")))
    return [("", _("My device's time zone")), ("UTC", "UTC"), *regions.items()]


def native_languages() -> list[tuple[str, str]]:
    """The languages of the site under their native names."""
    return [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


class ProfileForm(ServiceForm):
    """Name, time zone, and the language of this browser, which the view stores in a cookie."""

    display_name = name_field()
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=time_zone_choices, help_text=_("For the times on the pages.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=native_languages)

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(
            data,
            initial={
                "display_name": user.name,
                "time_zone": user.time_zone,
                "language": translation.get_language(),
            },
        )
        self.user = user

    def save(self) -> None:
        """Store the name and the time zone."""
        update_profile(
            self.user,
            display_name=self.cleaned_data["display_name"],
            time_zone=self.cleaned_data["time_zone"],
        )
