"""Renders pages in the shell: with all of it, or only their content for a shell that is already open."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

HEADER = "In-Shell"
"""The header with which the shell's script requests the content of a page."""


def is_in_shell(request: HttpRequest) -> bool:
    """Whether the response is for a shell that is already open."""
    return HEADER in request.headers


def page_base(request: HttpRequest) -> dict[str, str]:
    """Context processor: the template that `page.html` extends."""
    return {"page_base": "in_shell.html" if is_in_shell(request) else "chat/room.html"}


def redirect_and_reload(request: HttpRequest, to: str) -> HttpResponse:
    """Redirect after a change of something that the shell displays: an open shell reloads, and shows the messages."""
    if not is_in_shell(request):
        return redirect(to)
    response = HttpResponse(status=205)
    response.headers["Location"] = resolve_url(to)
    return response


def open_in_place() -> HttpResponse:
    """The response to an open shell that requested one of the person's rooms: its script opens the room."""
    return HttpResponse(status=204)
