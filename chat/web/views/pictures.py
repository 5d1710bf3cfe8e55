"""Pages on which people choose their own picture, and administrators that of the space."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat import policy
from chat.services import pictures
from chat.web.answers import answer
from chat.web.in_shell import redirect_and_reload
from chat.web.uploads import image_of
from chat.web.views.access import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile_picture(request: SignedInRequest) -> HttpResponse:
    """Change or remove the person's own picture; its form is on the profile page."""
    if request.method != "POST":
        return redirect("profile")
    if "remove" in request.POST:
        pictures.remove_picture(request.user)
        messages.success(request, _("Your picture is removed."))
        return redirect_and_reload(request, "profile")
    return answer(
        request,
        lambda: pictures.set_picture(request.user, data=image_of(request)),
        page=lambda: redirect_and_reload(request, "profile"),
        done=_("Your picture is saved."),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def space_picture(request: SignedInRequest) -> HttpResponse:
    """Change or remove the picture of the space."""
    if not policy.may_change_space(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "chat/space_picture.html", {"action": reverse("space_picture")})
    if "remove" in request.POST:
        pictures.remove_space_picture(request.user)
        messages.success(request, _("The picture of the space is removed."))
        return redirect_and_reload(request, "space_picture")
    return answer(
        request,
        lambda: pictures.set_space_picture(request.user, data=image_of(request)),
        page=lambda: redirect_and_reload(request, "space_picture"),
        done=_("The picture of the space is saved."),
    )
