"""Serves files that people have uploaded."""

import errno

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve


@login_required
@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a file to people who are signed in. Raises Http404 if it does not exist or its name is not a file name."""
    try:
        return serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTDIR, errno.EACCES):
            raise Http404(path[:100]) from error
        raise
