"""Forms for rooms and their members."""

from typing import Any, cast
from unicodedata import normalize

from django import forms
from django.forms import model_to_dict
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import Membership, Room, User
from chat.models.room import EMOJI_CHARS, NAME_CHARS, TOPIC_CHARS
from chat.queries.people import TYPED_CHARS, Meant, find_to_invite
from chat.queries.person_items import notify_levels
from chat.services.rooms import kinds_to_create
from chat.web.forms.service import ServiceForm

SUGGESTED_PEOPLE = 300
"""Most names in the suggestions that the browser offers while the person types."""

TWINS_SHOWN = 3

_TWINS = _("There is already a room with this name: %(rooms)s. Choose another, or submit this one again to keep it.")

GREATEST_ID = 2**63 - 1
"""The largest primary key; databases refuse to compare one with a larger number."""


class RoomSettingsForm(ServiceForm):
    """A room's name, topic and emoji. A name that another room already has must be submitted twice."""

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
    emoji = forms.CharField(
        label=_("Emoji"),
        required=False,
        max_length=EMOJI_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "one-emoji"}),
        help_text=_("One emoji that stands before the name instead of “#”."),
    )
    confirmed_name = forms.CharField(required=False, max_length=NAME_CHARS, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, user: User, room: Room | None = None) -> None:
        super().__init__(data, initial=model_to_dict(room, ("name", "topic", "emoji")) if room else None)
        self.user, self.room = user, room

    def clean(self) -> dict[str, Any]:
        """Ask for confirmation of a name that another room has, if this person can see that room."""
        confirmed = self.cleaned_data.pop("confirmed_name", "")
        if "emoji" not in self.data:  # a page of an earlier version
            self.cleaned_data.pop("emoji", None)
        name = self.cleaned_data.get("name", "")
        if name and name not in (confirmed, self.room.name if self.room else ""):
            self._warn_of_twins(name)
        return self.cleaned_data

    def _warn_of_twins(self, name: str) -> None:
        twins = Room.objects.visible_to(self.user).exclude(slug=None).called(name)
        addresses = ", ".join(f"#{twin.slug}" for twin in twins[:TWINS_SHOWN])
        if addresses:
            self.data = {**self.data.dict(), "confirmed_name": name} if isinstance(self.data, QueryDict) else self.data
            self.add_error("name", _TWINS % {"rooms": addresses})


class RoomForm(RoomSettingsForm):
    """A new room: its name, topic and kind."""

    kind = forms.ChoiceField(
        label=_("Who can find it"),
        initial=Room.Kind.PUBLIC,
        choices=[
            (Room.Kind.PUBLIC.value, _("Public: everybody here can find it and join")),
            (Room.Kind.PRIVATE.value, _("Private: only invited people know that it exists")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data, user=user)
        del self.fields["emoji"]
        self.kinds = kinds_to_create(user)
        field = self.fields["kind"]
        field.choices = [choice for choice in field.choices if choice[0] in self.kinds]  # type: ignore[attr-defined]
        field.initial = next(iter(self.kinds), None)


class DeleteRoomForm(ServiceForm):
    """The name of a room, typed to confirm its deletion."""

    name = forms.CharField(
        label=_("Type the name of the room to delete it"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, room: Room, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = room

    def clean_name(self) -> str:
        """The name, which must match the room's."""
        typed = " ".join(self.cleaned_data["name"].split())
        if normalize("NFC", typed) != normalize("NFC", self.room.name):
            raise forms.ValidationError(_("This is not the name of the room."))
        return typed


class RoleForm(forms.Form):
    """A member's role in a room."""

    user = forms.IntegerField(min_value=1, max_value=GREATEST_ID)
    role = forms.ChoiceField(choices=Membership.Role.choices)


class NotifyForm(forms.Form):
    """The person's notification level in a room; "default" for the one that they chose for all rooms."""

    DEFAULT = "default"

    level = forms.ChoiceField(
        label=_("Notify me of"),
        choices=[(DEFAULT, _("my default")), *Membership.Notify.choices],
        widget=forms.RadioSelect,
    )

    @classmethod
    def of(cls, user: User, room: Room) -> "NotifyForm":
        """The form with the current level, which names the default."""
        own, default = notify_levels(user, room.pk)
        form = cls(initial={"level": own or cls.DEFAULT})
        named = _("my default (%(level)s)") % {"level": Membership.Notify(default).label}
        field = cast("forms.ChoiceField", form.fields["level"])
        field.choices = [(cls.DEFAULT, named), *Membership.Notify.choices]
        return form

    @property
    def value(self) -> str | None:
        """The valid value of the item."""
        level: str = self.cleaned_data["level"]
        return None if level == self.DEFAULT else level


class PersonForm(forms.Form):
    """One person, by id."""

    user = forms.IntegerField(min_value=1, max_value=GREATEST_ID)


class InviteForm(ServiceForm):
    """A person to add to a room: by name, username or address, or by the id chosen among several matches."""

    person = forms.CharField(
        label=_("Name or username"),
        required=False,
        max_length=TYPED_CHARS,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "list": "people", "spellcheck": "false", "required": True}
        ),
    )
    user = forms.IntegerField(required=False, min_value=1, max_value=GREATEST_ID)
    meant: Meant | None = None
    """The matches among which the inviter must choose."""

    def __init__(self, data: QueryDict | None = None, *, room: Room, inviter: User) -> None:
        super().__init__(data)
        self.room, self.inviter = room, inviter

    def clean(self) -> dict[str, Any]:
        """Set `user` to the id of the one person to invite."""
        cleaned = self.cleaned_data
        if not self.errors and not cleaned.get("user"):
            self._find(cleaned)
        return cleaned

    def _find(self, cleaned: dict[str, Any]) -> None:
        typed = cleaned["person"]
        if not typed:
            self.add_error("person", self.fields["person"].error_messages["required"])
            return
        meant = self.attempt(lambda: find_to_invite(self.inviter, room=self.room, typed=typed))
        if meant is None:
            return
        if meant.person is not None:
            cleaned["user"] = meant.person.pk
            return
        self.meant = meant
        self.add_error("person", self._why_not(meant, typed))

    def _why_not(self, meant: Meant, typed: str) -> str:
        sentences = [gettext("%(name)s is already in the room.") % {"name": str(user)} for user in meant.inside]
        if meant.are_more:
            sentences.append(gettext("This matches more people. Type the username of the one you mean."))
        elif meant.outside:
            sentences.append(gettext("Whom do you mean?"))
        elif not sentences:
            sentences.append(gettext("Nobody here is called “%(name)s”.") % {"name": typed})
        return " ".join(sentences)


def people_to_invite(room: Room) -> list[User]:
    """Active people who are not in the room, by name, as suggestions in the browser."""
    inside = room.memberships.current().values("user_id")
    outside = User.objects.active().exclude(pk__in=inside)
    return list(
        outside.only("username", "display_name", "avatar", "is_bot", "erased_at").order_by("display_name", "username")[
            :SUGGESTED_PEOPLE
        ]
    )
