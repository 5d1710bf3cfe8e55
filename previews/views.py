"""Serves the images of previews to people who may read a message that shows them."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from previews import images
from previews.models import PreviewedPage

SECONDS = 300
"""How long a browser may show an image again without asking whether the person may still see it."""


@require_safe
def image(request: HttpRequest, image_id: uuid.UUID) -> HttpResponse:
    """One image, as WebP."""
    if not request.user.is_authenticated:
        raise Http404
    if not PreviewedPage.objects.with_image_for(request.user).filter(pk=image_id).exists():
        raise Http404
    try:
        content = images.content_of(image_id)
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {
        "Cache-Control": f"private, max-age={SECONDS}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type="image/webp", headers=headers)
