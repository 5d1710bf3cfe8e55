"""How a request gets through the application: one thread for all of it, and files without a warning."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from chatproject.asgi import OneHopHandler

pytestmark = pytest.mark.once

CONTENT = Path(__file__).read_bytes()

seen: list[int] = []


class ThreadMiddleware:
    """Notes the thread that it runs in."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seen.append(threading.get_ident())
        return self.get_response(request)


def thread_view(request: HttpRequest) -> HttpResponse:
    seen.append(threading.get_ident())
    return HttpResponse("seen")


def file_view(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"))


urlpatterns = [path("thread", thread_view), path("file", file_view)]


@pytest.fixture
def handler(settings: Any) -> OneHopHandler:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [f"{__name__}.ThreadMiddleware", f"{__name__}.ThreadMiddleware"]
    seen.clear()
    return OneHopHandler()


async def get(handler: OneHopHandler, address: str) -> tuple[int, bytes]:
    """The status and body that the application answers."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": address,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "server": ("localhost", 80),
    }
    communicator = ApplicationCommunicator(handler, scope)
    await communicator.send_input({"type": "http.request", "body": b""})
    start = await communicator.receive_output()
    body, more = b"", True
    while more:
        message = await communicator.receive_output()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await communicator.wait()
    return start["status"], body


async def test_middleware_and_view_run_in_one_thread_that_is_not_the_loops(handler: OneHopHandler) -> None:
    assert await get(handler, "/thread") == (200, b"seen")
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert threading.get_ident() not in seen


@pytest.mark.filterwarnings("error")
async def test_a_file_is_streamed_whole(handler: OneHopHandler) -> None:
    assert await get(handler, "/file") == (200, CONTENT)


async def test_an_address_that_does_not_exist_is_not_found(handler: OneHopHandler) -> None:
    status, _body = await get(handler, "/nowhere")
    assert status == 404
