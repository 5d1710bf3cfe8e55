"""How the pages look in a browser: what its reader chose in the menu of the room page."""

from django.http import HttpRequest

CHOICES = {"theme": {"light", "dark"}, "density": {"compact"}, "excerpts": {"shown"}}
"""Cookies and their values. Without a cookie, the theme is that of the system, the density is comfortable, and the list
of rooms shows only names."""


def appearance(request: HttpRequest) -> dict[str, str]:
    """Context processor: the chosen values, empty for those that were not chosen."""
    return {name: value if (value := request.COOKIES.get(name, "")) in known else "" for name, known in CHOICES.items()}
