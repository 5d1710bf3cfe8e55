"""Rooms: creating, naming, and who is in them."""

from typing import Any
from unicodedata import normalize

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.forms.service import ServiceForm
from chat.models import Membership, Room, User
from chat.models.room import NAME_CHARS, TOPIC_CHARS

SUGGESTED_PEOPLE = 300
"""At most so many names stand in the list that the browser offers while one types."""

GREATEST_ID = 2**63 - 1
"""What a primary key can hold; databases refuse to compare with more."""


class RoomSettingsForm(ServiceForm):
    """A room's name and topic."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_CHARS, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    topic = forms.CharField(
        label=_("Topic"),
        required=False,
        max_length=TOPIC_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What this room is for, in one line."),
    )


class RoomForm(RoomSettingsForm):
    """A new room: its name, topic, and who may find it."""

    kind = forms.ChoiceField(
        label=_("Who can find it"),
        initial=Room.Kind.PUBLIC,
        choices=[
            (Room.Kind.PUBLIC.value, _("Public: everyone here finds it and may join")),
            (Room.Kind.PRIVATE.value, _("Private: only people who are invited know of it")),
        ],
        widget=forms.RadioSelect,
    )


class DeleteRoomForm(ServiceForm):
    """The name of a room, typed by somebody who means to delete it."""

    name = forms.CharField(
        label=_("Type the name of the room to delete it"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, room: Room, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = room

    def clean_name(self) -> str:
        """The name, which must be that of the room."""
        typed = " ".join(self.cleaned_data["name"].split())
        if normalize("NFC", typed) != normalize("NFC", self.room.name):
            raise forms.ValidationError(_("This is not the name of the room."))
        return typed


class RoleForm(forms.Form):
    """What one person may do in a room."""

    user = forms.IntegerField(max_value=GREATEST_ID)
    role = forms.ChoiceField(choices=Membership.Role.choices)


class PersonForm(forms.Form):
    """One person, by id."""

    user = forms.IntegerField(max_value=GREATEST_ID)


class InviteForm(ServiceForm):
    """Somebody to take into a room, by name or username."""

    person = forms.CharField(
        label=_("Name or username"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "people", "spellcheck": "false"}),
    )

    def clean_person(self) -> User:
        """The one active person who is called so. A username wins over names."""
        typed = self.cleaned_data["person"].strip()
        called_so = list(
            User.objects.filter(Q(username__iexact=typed) | Q(display_name__iexact=typed), is_active=True)[:10]
        )
        exact = [user for user in called_so if user.username.lower() == typed.lower()]
        if len(exact) == 1:
            return exact[0]
        if not called_so:
            raise forms.ValidationError(_("Nobody here is called “%(name)s”."), params={"name": typed})
        if len(called_so) > 1:
            raise forms.ValidationError(
                _("Several people are called “%(name)s”. Use the username: %(usernames)s."),
                params={"name": typed, "usernames": ", ".join(sorted(user.username for user in called_so))},
            )
        return called_so[0]


def people_to_invite(room: Room) -> list[User]:
    """Active people who are not in the room, by name, for the browser to offer."""
    inside = room.memberships.current().values("user_id")
    outside = User.objects.filter(is_active=True).exclude(pk__in=inside)
    return list(outside.only("username", "display_name").order_by("display_name", "username")[:SUGGESTED_PEOPLE])
