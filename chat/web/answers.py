"""Answers to forms: the next page, or JSON for a script that asks for it."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from chat.protocol.errors import ChatError, NotFound

JSON = "application/json"


def wants_json(request: HttpRequest) -> bool:
    """Whether a script sent this request, and expects JSON instead of a page."""
    return request.headers.get("Accept") == JSON


def refused(form: BaseForm, **more: object) -> JsonResponse:
    """422 with `errors`: the sentences about each field, under "" those about none; and with `more`."""
    errors = {name: [error["message"] for error in found] for name, found in form.errors.get_json_data().items()}
    return _refusal({"" if name == "__all__" else name: sentences for name, sentences in errors.items()}, **more)


def answer(
    request: HttpRequest, act: Callable[[], object], *, page: Callable[[], HttpResponse], done: str = ""
) -> HttpResponse:
    """Call a service, and answer with a page or, for a script, with 204, or 422 on a refusal.

    On the page, a refusal or `done` becomes a message. Raises Http404 for NotFound.
    """
    is_script = wants_json(request)
    try:
        act()
    except NotFound as error:
        raise Http404(str(error)) from error
    except ChatError as error:
        if is_script:
            return _refusal({error.field or "": [str(error.message)]})
        messages.error(request, str(error.message))
        return page()
    if is_script:
        return HttpResponse(status=204)
    if done:
        messages.success(request, done)
    return page()


def _refusal(errors: dict[str, list[str]], **more: object) -> JsonResponse:
    return JsonResponse({"errors": errors, **more}, status=422)
