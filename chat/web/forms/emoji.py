"""The form for a new emoji of the space."""

from django import forms
from django.utils.translation import gettext_lazy as _

from chat.models.custom_emoji import EMOJI_NAME_CHARS
from chat.web.forms.service import ServiceForm


class EmojiForm(ServiceForm):
    """The name of the emoji. Its picture is read apart from the form, within its own limit."""

    name = forms.CharField(
        label=_("Name"),
        max_length=EMOJI_NAME_CHARS + len("::"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Letters from a to z, digits, “_” and “-”. It is written between colons, as in :our-logo:."),
    )
