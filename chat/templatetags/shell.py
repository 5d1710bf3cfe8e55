"""The data of the shell on pages beside the rooms."""

from typing import Any, cast

from django import template
from django.utils.safestring import SafeString

from chat.queries.rooms import room_summaries
from chat.web.views.access import SignedInRequest
from chat.web.views.room_page import bootstrap

register = template.Library()


@register.simple_tag(takes_context=True)
def shell_bootstrap(context: dict[str, Any]) -> SafeString:
    """The shell's data without an open room, as JSON that is safe in an element."""
    request = cast("SignedInRequest", context["request"])
    return bootstrap(request, room_summaries([request.user]).get(request.user.pk, []), opened=None)
