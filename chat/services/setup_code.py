"""The setup code: proves that the person who creates the space runs the site. Unused once there is a space."""

import base64
import ipaddress
import logging
from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from chat.models import Space
from chat.protocol.errors import Forbidden, RateLimited
from chat.services import attempts

logger = logging.getLogger(__name__)

CODE_CHARS = 12
GROUP_CHARS = 4
TYPED_CHARS = 40
"""Characters of a typed code beyond this many are ignored."""

LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}
FORWARDED = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
"""Prefixes of headers that only a request through a proxy has."""


def setup_code() -> str:
    """This site's code, such as `KQ3M-7TZA-XW2P`. It is derived from SECRET_KEY, so all processes have the same one."""
    digest = salted_hmac("chat.setup_code", "create the space", algorithm="sha256").digest()
    code = base64.b32encode(digest).decode()[:CODE_CHARS]
    return "-".join(code[start : start + GROUP_CHARS] for start in range(0, CODE_CHARS, GROUP_CHARS))


def log_setup_code() -> None:
    """Log the code while there is no space: only people who run the site can read the log."""
    if Space.objects.current() is None:
        logger.warning("There is no space yet. Open the site and enter the setup code %s", setup_code())


def check_setup_code(typed: str, *, address: str) -> None:
    """Raise Forbidden if this is not the code, and RateLimited after too many wrong codes."""
    try:
        attempt = attempts.setup_code(address=address)
    except RateLimited as limited:
        raise RateLimited(_("Too many wrong codes. Wait a few minutes."), retry_after=limited.retry_after) from limited
    if not constant_time_compare(_squeezed(typed), _squeezed(setup_code())):
        raise Forbidden(_("This is not the setup code."))
    attempt.give_back()


def needs_setup_code(*, peer: str, host: str, headers: Iterable[str]) -> bool:
    """Whether the code is required: always, unless the client is certainly on this machine.

    `peer` is the address of the connection, `host` the requested host name, `headers` the names of the headers as in
    WSGI. Behind a proxy, every peer can be on this machine.
    """
    if settings.TLS or settings.ALLAUTH_TRUSTED_PROXY_COUNT or any(name.startswith(FORWARDED) for name in headers):
        return True
    return not _is_loopback(peer) or host not in LOCAL_NAMES


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _squeezed(code: str) -> str:
    """The code without hyphens and spaces; `0` and `1`, which no code contains, become the letters they resemble."""
    kept = "".join(char for char in code[:TYPED_CHARS].upper() if char.isascii() and char.isalnum())
    return kept.replace("0", "O").replace("1", "I")
