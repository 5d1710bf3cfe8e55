"""How the pages look in a browser: the theme and the density that its reader chose in the menu of the room page."""

from django.http import HttpRequest

CHOICES = {"theme": {"light", "dark"}, "density": {"compact"}}
"""Cookies and their values. Without a cookie, the theme is that of the system and the density is comfortable."""


def appearance(request: HttpRequest) -> dict[str, str]:
    """Context processor: the chosen values, empty for those that were not chosen."""
    return {name: value if (value := request.COOKIES.get(name, "")) in known else "" for name, known in CHOICES.items()}
