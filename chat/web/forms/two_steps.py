"""The forms of two-step sign-in, with our rate limits, and bounds for what a browser may send."""

import struct
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import UnsupportedAlgorithm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chat.models import User
from chat.protocol.errors import RateLimited
from chat.services import attempts, two_steps
from chat.services.text import clean_line
from chat.web.account_adapter import client_address
from chat.web.forms.people import obey

T = TypeVar("T")

CODE_CHARS = 32
NAME_CHARS = 60
CREDENTIAL_CHARS = 16_384
"""A passkey with a chain of certificates takes a few thousand."""

MALFORMED = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
    *(struct.error, UnsupportedAlgorithm),
)
"""What parsers of binary formats raise for input that no browser would send; RuntimeError for deep nesting."""


def attempted(user: User, check: Callable[[], T]) -> T:
    """The result of `check`, which raises ValidationError for a wrong answer: only those count towards the limit."""
    try:
        attempt = attempts.second_step(user_id=user.pk, address=client_address(context.request))
    except RateLimited as limited:
        raise get_account_adapter().validation_error("too_many_login_attempts") from limited
    checked = check()
    attempt.give_back()
    return checked


def parsed(parse: Callable[[], T]) -> T:
    """The result of `parse`. Raises ValidationError instead of what a malformed credential causes."""
    try:
        return parse()
    except ValidationError:
        raise
    except MALFORMED as error:
        raise get_adapter().validation_error("incorrect_code") from error


class CodeFields:
    """Mixin for forms with a code. Accepts full-width digits and spaces, as keyboards enter them."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"] = forms.CharField(label=_("Code"), max_length=CODE_CHARS)
        code.widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "none"}

    def clean_code(self) -> str:
        """The code, if it is right."""
        self.cleaned_data["code"] = "".join(unicodedata.normalize("NFKC", self.cleaned_data["code"]).split())
        return attempted(self.user, self._check)

    def _check(self) -> str:
        return str(super().clean_code())  # type: ignore[misc]


class ActivateAppForm(CodeFields, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""


class OnceOnly(CodeFields):
    """Mixin for forms in which each code of an app is accepted once."""

    authenticator: Authenticator

    def _check(self) -> str:
        code = super()._check()
        if not two_steps.spend_code(self.authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(OnceOnly, AuthenticateForm):  # type: ignore[misc]
    """The second step of a sign-in, with a code of an app or a recovery code."""


class CodeAgainForm(OnceOnly, ReauthenticateForm):  # type: ignore[misc]
    """Confirms with a code that it is still the same person."""


class CredentialField(forms.JSONField):
    """What the browser answers for a passkey, as a JSON object."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Any:
        """The object. Raises ValidationError for anything else, and for one that is too large."""
        if isinstance(value, str) and len(value) > CREDENTIAL_CHARS:
            raise get_adapter().validation_error("incorrect_code")
        found = parsed(lambda: super(CredentialField, self).clean(value))
        if not isinstance(found, dict):
            raise get_adapter().validation_error("incorrect_code")
        return found


class CredentialFields:
    """Mixin for forms with a passkey."""

    fields: dict[str, forms.Field]
    user: User | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()

    def clean_credential(self) -> Authenticator:
        """The passkey, if the answer is right. A stranger's attempts are limited by their address alone."""
        return self._check() if self.user is None else attempted(self.user, self._check)

    def _check(self) -> Authenticator:
        return parsed(super().clean_credential)  # type: ignore[misc]


class PasskeyForm(CredentialFields, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of a sign-in, with a passkey."""


class PasskeyAgainForm(CredentialFields, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Confirms with a passkey that it is still the same person."""


class PasskeySignInForm(CredentialFields, LoginWebAuthnForm):  # type: ignore[misc]
    """Signs in with a passkey alone, which must have verified the person."""


class PasskeyNameField(forms.CharField):
    """The name by which a person knows a passkey."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Name of the passkey"), max_length=NAME_CHARS, **options)

    def clean(self, value: object) -> str:
        """The name with normalized spaces."""
        typed = super().clean(value)
        return obey(lambda: clean_line(typed, field="name", limit=NAME_CHARS, required=self.required))


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey, which may be used alone or as a second step."""

    passwordless = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = _("For example the device on which it is stored.")
        self.fields["name"] = PasskeyNameField(required=False, help_text=help_text)
        self.fields["credential"] = CredentialField()

    def clean(self) -> dict[str, Any]:
        """Check what the browser answered."""
        if two_steps.ways_of(self.user).filter(type=two_steps.PASSKEY).count() >= two_steps.PASSKEYS:
            raise ValidationError(_("You have too many passkeys. Remove one first."))
        cleaned: dict[str, Any] = parsed(super().clean)
        return cleaned


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """A new name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = PasskeyNameField()
