"""The forms. They clean the input; the rules are in services, and their refusals become form errors."""

from chat.web.forms.account import AddEmailForm, ChangePasswordForm, ResetPasswordForm, SignupForm
from chat.web.forms.emoji import EmojiForm
from chat.web.forms.erasure import EraseForm
from chat.web.forms.invitations import InvitationForm
from chat.web.forms.profile import ProfileForm
from chat.web.forms.rooms import (
    DeleteRoomForm,
    InviteForm,
    NotifyForm,
    PersonForm,
    RoleForm,
    RoomForm,
    RoomSettingsForm,
)
from chat.web.forms.welcome import WelcomeForm

__all__ = [
    "AddEmailForm",
    "ChangePasswordForm",
    "DeleteRoomForm",
    "EmojiForm",
    "EraseForm",
    "InvitationForm",
    "InviteForm",
    "NotifyForm",
    "PersonForm",
    "ProfileForm",
    "ResetPasswordForm",
    "RoleForm",
    "RoomForm",
    "RoomSettingsForm",
    "SignupForm",
    "WelcomeForm",
]
