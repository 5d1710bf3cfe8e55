"""The space: its name, and the switches and limits that apply while it runs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from chat.admin.base import ServiceModelAdmin, actor
from chat.models import Space
from chat.models.space import SPACE_ID
from chat.models.space_settings import SETTINGS, Choice, Fraction, Section, Setting, Whole, Words
from chat.services.space_settings import change_settings
from chat.services.spaces import rename_space


class WordsField(forms.CharField):
    """A text area with one word on each line. Its value is a list."""

    def __init__(self, *, setting: Words, **kwargs: Any) -> None:
        super().__init__(**kwargs, widget=UnfoldAdminTextareaWidget)
        self.max_chars = setting.most * (setting.chars + 2)
        self.setting = setting

    def prepare_value(self, value: Any) -> Any:
        """The lines of the text area."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The words, each once. Lines without a word are skipped."""
        text = super().clean(value)
        lines = [" ".join(line.split()) for line in text[: self.max_chars + 1].splitlines()]
        words = list(dict.fromkeys(line for line in lines if line))
        if len(text) > self.max_chars or not self.setting.accepts(words):
            raise forms.ValidationError(gettext("There are too many lines, or one of them is too long."))
        return words

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the words differ. What is invalid is a change."""
        try:
            return bool(self.clean(data) != (initial or []))
        except forms.ValidationError:
            return True


def field_of(setting: Setting[Any]) -> forms.Field:
    """The form field of a setting. The operator's own value may exceed the bounds."""
    shared: dict[str, Any] = {"label": setting.label, "help_text": help_text(setting)}
    if isinstance(setting, Words):
        return WordsField(**shared, required=False, setting=setting)
    if isinstance(setting, Choice):
        return forms.ChoiceField(**shared, choices=setting.choices, widget=UnfoldAdminSelectWidget)
    bounds = {"min_value": setting.minimum, "max_value": max(setting.maximum, setting.default)}  # type: ignore[attr-defined]
    if isinstance(setting, Whole):
        return forms.IntegerField(**shared, **bounds, widget=UnfoldAdminIntegerFieldWidget)
    return forms.FloatField(**shared, **bounds, widget=UnfoldAdminDecimalFieldWidget)


def help_text(setting: Setting[Any]) -> str:
    """The description of a setting, its bounds, and its default."""
    parts = [str(setting.help_text)]
    if isinstance(setting, Whole | Fraction):
        bounds = {
            "minimum": shown(setting, setting.minimum),
            "maximum": shown(setting, max(setting.maximum, setting.default)),
        }
        parts.append(gettext("From %(minimum)s to %(maximum)s.") % bounds)
    if isinstance(setting, Words):
        room = {"most": setting.most, "chars": setting.chars}
        return " ".join([*parts, gettext("At most %(most)s lines of %(chars)s characters.") % room])
    parts.append(gettext("Default: %(value)s.") % {"value": shown(setting, setting.default)})
    return " ".join(parts)


def shown(setting: Setting[Any], value: Any) -> str | Promise:
    """A value in readable form."""
    if isinstance(setting, Words):
        return ", ".join(value) or "–"
    return dict(setting.choices).get(value, value) if isinstance(setting, Choice) else str(value).removesuffix(".0")


def space_form() -> type[forms.ModelForm]:  # type: ignore[type-arg]
    """The form with a field for each registered setting."""
    return type("SpaceForm", (SettingsForm,), {name: field_of(setting) for name, setting in SETTINGS.items()})


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name of the space and its current settings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SETTINGS.keys() & self.fields.keys():
            self.initial[name] = self.instance.value(SETTINGS[name])


@admin.register(Space)
class SpaceAdmin(ServiceModelAdmin):
    """The page of the only space."""

    readonly_fields = ("shown_picture", "shown_emoji", "epoch", "created_at")
    facts = ("epoch", "created_at")

    @property
    def form(self) -> Any:
        """Created on demand, because other apps register settings of their own."""
        return space_form()

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The name, the sections of settings, and the read-only fields."""
        sections = [
            (section.label, {"fields": [name for name, setting in SETTINGS.items() if setting.section == section]})
            for section in Section
        ]
        own = ["name", "shown_picture", "shown_emoji"]
        return [(None, {"fields": own}), *sections, (_("Details"), {"fields": list(self.facts)})]

    @admin.display(description=_("picture"))
    def shown_picture(self, space: Space) -> str:
        """The picture, and a link to the page on which it is changed."""
        image = format_html('<img src="{}" alt="" width="64" height="64"> ', space.picture.url) if space.picture else ""
        link = format_html('<a href="{}">{}</a>', reverse("space_picture"), gettext("Change the picture"))
        return format_html("{}{}", image, link)

    @admin.display(description=_("emoji"))
    def shown_emoji(self, space: Space) -> str:
        """A link to the page on which emoji are added."""
        return format_html('<a href="{}">{}</a>', reverse("space_emoji"), gettext("Add and archive emoji"))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The space with its settings as attributes, which the page shows to people who may not change them."""
        space = super().get_object(request, object_id, from_field)
        for name, setting in SETTINGS.items() if space is not None else ():
            setattr(space, name, shown(setting, space.value(setting)))
        return space

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The first run creates the only space."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the only space, instead of a list with one row."""
        return redirect("admin:chat_space_change", SPACE_ID)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Rename the space, and change the settings that differ."""
        if "name" in form.changed_data:
            rename_space(actor(request), name=form.cleaned_data["name"])
        values = {name: form.cleaned_data[name] for name in SETTINGS if name in form.changed_data}
        if values:
            change_settings(actor(request), values=values)
