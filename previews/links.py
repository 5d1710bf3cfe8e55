"""The links of a message that may have a preview."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from chat.models import Message
from chat.protocol.excerpts import SPOILER
from files.queries.listing import urls_in
from outbound.target import URL_CHARS, BadUrlError, Rules, target_of
from previews.models import MOST


def links_of(message: Message) -> list[str]:
    """The first addresses in a message that may be read, each once, except in spoilers; none of a deleted message or a
    system line."""
    if message.is_deleted or message.is_system or "href" not in message.html:
        return []
    return [url for url in urls_in(without_spoilers(message.html)) if may_be_read(url)][:MOST]


def without_spoilers(html: str) -> str:
    """A rendered text without its spoilers, of which a preview would show what they hide."""
    shown, depth = [], 0
    for piece in html.split("<"):
        if piece.startswith(SPOILER) or (depth and piece.startswith("span")):
            depth += 1
        elif piece.startswith("/span") and depth:
            depth -= 1
        if not depth:
            shown.append(piece)
    return "<".join(shown)


def may_be_read(url: str, rules: Rules | None = None) -> bool:
    """Whether a request may go to an address, as far as it can be known before its host is looked up.

    It must not lead to this site, whose pages require signing in.
    """
    if len(url) > URL_CHARS:
        return False
    try:
        target = target_of(url, rules or Rules())
    except BadUrlError:
        return False
    return not is_of_this_site(target.host)


def is_of_this_site(host: str) -> bool:
    """Whether this site answers under the name of a host."""
    names = [name for name in settings.ALLOWED_HOSTS if name != "*"]
    own = urlsplit(settings.SITE_URL).hostname
    return host == own or validate_host(split_domain_port(host)[0], names)
