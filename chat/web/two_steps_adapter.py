"""Adapts allauth's two-step sign-in to this site."""

import base64
import hashlib
import logging
import secrets

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import Space

logger = logging.getLogger(__name__)

SALT = b"chat.two_steps"


class TwoStepsAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Names the space to authenticator apps, and encrypts the secrets that are shared with them."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This is not right. Try again."),
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a passkey first."),
    }

    def encrypt(self, text: str) -> str:
        """The text, encrypted with a key derived from SECRET_KEY: a stolen backup of the database discloses nothing."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The encrypted text. If its key is not known any more, a random text, to which no code belongs."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.warning("A secret for two-step sign-in was encrypted with another SECRET_KEY.")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def build_totp_svg(self, url: str) -> str:
        """Nothing: our page draws the QR code itself."""
        return ""

    def generate_authenticator_name(self, user: object, type: object) -> str:  # noqa: A002 (allauth's name)
        """The name of a passkey that was not given one."""
        return gettext("Passkey")

    def _get_site_name(self) -> str:
        space = Space.objects.current()
        return str(space.name if space else settings.SITE_NAME)


def _cipher() -> MultiFernet:
    """Encrypts with SECRET_KEY, and decrypts with that or one of SECRET_KEY_FALLBACKS."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.blake2b(SALT, key=hashlib.sha512(str(key).encode()).digest(), digest_size=32) for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest.digest())) for digest in digests])
