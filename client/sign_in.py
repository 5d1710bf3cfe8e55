"""Signs in as a browser does, with the form and the cookies of the site."""

import http.cookiejar
import urllib.parse
import urllib.request

from .errors import SignInError

TIMEOUT_SECONDS = 30.0
LOGIN_PATH = "/accounts/login/"
SESSION_COOKIE = "sessionid"
CSRF_COOKIE = "csrftoken"


def sign_in(site: str, username: str, password: str, *, timeout: float = TIMEOUT_SECONDS) -> str:
    """Sign in, and return the session as the value of a `Cookie` header. `site` is a URL such as https://chat.example.

    Raises SignInError if the site does not accept the password, and OSError if the site cannot be reached.
    """
    if not site.startswith(("http://", "https://")):
        raise SignInError("The address of a site begins with http:// or https://.")
    page = site.rstrip("/") + LOGIN_PATH
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(page, timeout=timeout).close()
    form = {"login": username, "password": password, "csrfmiddlewaretoken": cookie_of(jar, CSRF_COOKIE) or ""}
    posted = urllib.request.Request(page, urllib.parse.urlencode(form).encode(), {"Referer": page})  # noqa: S310
    browser.open(posted, timeout=timeout).close()
    session = cookie_of(jar, SESSION_COOKIE)
    if session is None:
        raise SignInError("The site does not know this username and password.")
    return f"{SESSION_COOKIE}={session}"


def cookie_of(jar: http.cookiejar.CookieJar, name: str) -> str | None:
    """The value of a cookie."""
    return next((cookie.value for cookie in jar if cookie.name == name), None)
