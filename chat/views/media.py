"""Files that people have uploaded."""

import errno

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve


@login_required
@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A file, for those who are signed in; Http404 where there is none, or its name is one that none can have."""
    try:
        return serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTDIR, errno.EACCES):
            raise Http404(path[:100]) from error
        raise
