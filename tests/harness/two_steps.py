"""Signing in in two steps, as a person with an authenticator app does."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from chat.models import User

PERIOD_SECONDS = 30


def code_of(secret: str, *, later: int = 0) -> str:
    """What an app with this secret shows, now or some periods later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS + later)))


def wrong_code_of(secret: str) -> str:
    """A code that no app shows at the moment."""
    shown = {code_of(secret, later=later) for later in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in shown)


def give_app(user: User) -> str:
    """Let somebody have an authenticator app and recovery codes; returns the secret of the app."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def recovery_codes_of(user: User) -> list[str]:
    codes: list[str] = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    return codes


def sign_in(client: Client, username: str, **more: str) -> Any:
    """The first step: the password, which is the username twice."""
    return client.post("/accounts/login/", {"login": username, "password": username * 2, **more})
