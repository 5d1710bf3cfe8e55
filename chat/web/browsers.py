"""Readable names of browsers and devices, from the User-Agent header."""

from django.utils.translation import gettext as _

# The first match counts: nearly every browser also claims to be Chrome and Safari.
BROWSERS = (
    *(("KAKAOTALK", "KakaoTalk"), ("Whale/", "Whale"), ("SamsungBrowser", "Samsung Internet"), ("Edg", "Edge")),
    *(("OPR/", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome")),
    *(("Chrome", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS")),
    *(("Mac OS X", "macOS"), ("Linux", "Linux")),
)


def browser_in_words(user_agent: str) -> str:
    """A description such as “Firefox on Windows”."""
    browser = _first(BROWSERS, user_agent) or _("Unknown browser")
    system = _first(SYSTEMS, user_agent)
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
