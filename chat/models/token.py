"""Tokens, with which scripts and bots authenticate instead of a session."""

import hashlib
import re
import secrets
import string
import zlib
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TOKEN_NAME_CHARS = 60
TOKEN_ROOMS = 50
"""Most rooms to which a token is limited."""

PERSONAL, BOT = "srbp", "srbb"
"""What tokens begin with: scanners for secrets recognise them, and a reader sees whether a bot or a person acts."""

RANDOM_CHARS = 36
CHECK_CHARS = 6
ALPHABET = string.digits + string.ascii_letters
IS_A_TOKEN = re.compile(rf"srb[pb]_[0-9A-Za-z]{{{RANDOM_CHARS + CHECK_CHARS}}}")
"""The form of tokens, for scanners: a prefix, random letters and digits, and their checksum."""


class Scope(models.TextChoices):
    """What a token may be used for. None includes another."""

    READ = "read", _("read messages, rooms and people")
    WRITE = "write", _("write messages, and what only concerns the person")
    MANAGE = "manage", _("join and leave rooms, and pin messages")


def new_token(*, is_bot: bool) -> str:
    """A new token: 214 random bits and a checksum."""
    prefix = BOT if is_bot else PERSONAL
    random = "".join(secrets.choice(ALPHABET) for _place in range(RANDOM_CHARS))
    return f"{prefix}_{random}{_checksum(random)}"


def is_well_formed(text: str) -> bool:
    """Whether a text can be a token. Guesses and mistyped ones are refused without a query."""
    if IS_A_TOKEN.fullmatch(text) is None:
        return False
    random = text.partition("_")[2]
    return _checksum(random[:RANDOM_CHARS]) == random[RANDOM_CHARS:]


def digest_of(token: str) -> str:
    """What is stored of a token.

    A plain SHA-256 suffices: nobody can try 2^214 tokens, so there is nothing that a slow hash with salt would protect.
    Looking for a digest in an index takes a time that depends on the digest, of which an attacker chooses no digit.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(random: str) -> str:
    number, digits = zlib.crc32(random.encode()), ""
    for _place in range(CHECK_CHARS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


class TokenQuerySet(models.QuerySet["Token"]):
    def valid(self) -> "TokenQuerySet":
        """Those that authenticate an active person, or the bot of one."""
        is_current = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        has_owner = models.Q(user__owner=None) | models.Q(user__owner__is_active=True)
        return self.filter(is_current, has_owner, user__is_active=True)


class Token(models.Model):
    """A token of a person or a bot. It is shown once, when it is created; the row is deleted when it is revoked.

    `rooms` are the ids of the rooms to which it is limited, or null. `hint` are the last characters of the token.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=TOKEN_NAME_CHARS)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    rooms = models.JSONField(_("rooms"), null=True, default=None)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    # Written at most once a minute, after the request.
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    objects: ClassVar = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        expires_at: datetime | None = self.expires_at
        return expires_at is not None and expires_at <= timezone.now()
