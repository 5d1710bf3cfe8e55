"""Serves files that people have uploaded."""

import errno
import mimetypes
import posixpath

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

PUBLIC = "space/"
"""The folder with the picture of the space, which the pages for signing in show."""

SHOWN = {"image/webp"}
"""The kinds of files that the site itself has made. A browser shows only these; all others it saves."""

SANDBOX = "default-src 'none'; sandbox"


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a file to people who are signed in. Raises Http404 if it does not exist or its name is not a file name.

    The contents of a file never change: a new file gets another name.
    """
    if not posixpath.normpath(path).startswith(PUBLIC) and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    try:
        response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTDIR, errno.EACCES):
            raise Http404(path[:100]) from error
        raise
    kind, _encoding = mimetypes.guess_type(path)
    if kind not in SHOWN:
        response.headers["Content-Type"] = "application/octet-stream"
        response.headers["Content-Disposition"] = "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response
