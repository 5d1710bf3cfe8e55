"""The space's own emoji: their list for the browser, and the page on which administrators add and archive them."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from chat import policy
from chat.models import CustomEmoji, Space
from chat.services import custom_emoji
from chat.web.answers import answer
from chat.web.forms import EmojiForm
from chat.web.uploads import image_of
from chat.web.views.access import SignedInRequest


def version_of_emoji(request: HttpRequest) -> str:
    """The ETag of the list."""
    space: Space = request.space  # type: ignore[attr-defined]
    return f'"{space.epoch.hex}-{space.emoji_version}"'


@login_required
@require_safe
@condition(etag_func=version_of_emoji)
def emoji_list(request: SignedInRequest) -> HttpResponse:
    """All emoji of the space, archived ones included: older messages contain them."""
    emoji = [
        {
            "name": one.name,
            "picture": one.picture.url,
            "large": one.large_picture,
            **({"archived": True} if one.is_archived else {}),
        }
        for one in CustomEmoji.objects.all()
    ]
    space: Space = request.space
    response = JsonResponse({"version": space.emoji_version, "emoji": emoji})
    patch_cache_control(response, private=True, no_cache=True)
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def space_emoji(request: SignedInRequest) -> HttpResponse:
    """Show the emoji of the space, and add one."""
    if not policy.may_manage_emoji(request.user):
        raise PermissionDenied
    form = EmojiForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _add(request, form):
        return redirect("space_emoji")
    emoji = CustomEmoji.objects.select_related("created_by")
    context = {"form": form, "emoji": emoji.filter(is_archived=False), "archived": emoji.filter(is_archived=True)}
    return render(request, "chat/space_emoji.html", context)


def _add(request: SignedInRequest, form: EmojiForm) -> bool:
    name = form.cleaned_data["name"]
    emoji = form.attempt(lambda: custom_emoji.add_emoji(request.user, name=name, data=image_of(request)))
    return emoji is not None


@login_required
@require_POST
def emoji_archive(request: SignedInRequest, emoji_id: int) -> HttpResponse:
    """Archive an emoji, or offer it again."""
    if not policy.may_manage_emoji(request.user):
        raise PermissionDenied
    is_back = "unarchive" in request.POST
    change = custom_emoji.unarchive_emoji if is_back else custom_emoji.archive_emoji
    return answer(
        request,
        lambda: change(request.user, emoji_id=emoji_id),
        page=lambda: redirect("space_emoji"),
        done=_("The emoji is offered again.")
        if is_back
        else _("The emoji is archived. Messages that contain it keep it."),
    )
