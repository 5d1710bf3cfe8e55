"""Downloading one's own data."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chat.models import DataExport
from chat.models.data_export import KEPT_DAYS
from chat.services import data_exports
from chat.web.answers import answer
from chat.web.views.access import SignedInRequest, confirmed


@login_required
@confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: SignedInRequest) -> HttpResponse:
    """Prepare an archive of the person's data, and offer it for download."""
    if request.method == "POST":
        return answer(
            request,
            lambda: data_exports.request_export(request.user),
            page=lambda: redirect("own_data"),
            done=_("Your data is being prepared. Look at this page again in a minute."),
        )
    context = {"export": DataExport.objects.latest_of(request.user), "days": KEPT_DAYS}
    return render(request, "chat/own_data.html", context)


@login_required
@confirmed
@never_cache
@require_safe
def own_data_download(request: SignedInRequest) -> HttpResponseBase:
    """The archive that this person prepared last. Raises Http404 without one."""
    export = DataExport.objects.latest_of(request.user)
    if export is None or not export.is_ready:
        raise Http404
    try:
        file = data_exports.path_of(export.file).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{request.space.name} {request.user.username}.zip".replace("/", "-")
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
