"""Confirmation pages of list actions that cannot be undone."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse


class Question(NamedTuple):
    """The contents of a confirmation page: the question, its consequences, the label of the button, and the rows.

    Each of `rows` is a pair of strings: the name of the row, and a description.
    """

    title: str
    warning: str
    button: str
    rows: Sequence[tuple[str, str]]


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the request comes from the confirmation page."""
    return request.POST.get("post") == "yes"


def ask(
    admin: Any, request: HttpRequest, *, action: str, chosen: Sequence[Model], question: Question
) -> TemplateResponse:
    """The page that asks for confirmation of `action` on the chosen rows, and then posts them again."""
    context = {
        **admin.admin_site.each_context(request),
        "title": question.title,
        "question": question,
        "opts": admin.opts,
        "media": admin.media,
        "action": action,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "chosen": chosen,
    }
    request.current_app = admin.admin_site.name
    return TemplateResponse(request, "admin/confirm_action.html", context)
