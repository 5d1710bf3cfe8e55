"""What the room page's palette finds on the server."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.protocol import shapes
from chat.protocol.errors import RateLimited
from chat.queries.finding import people_called, rooms_to_join
from chat.services import quotas
from chat.web.views.access import SignedInRequest

JSON = "application/json"


@login_required
@never_cache
@require_safe
def find(request: SignedInRequest) -> HttpResponse:
    """The people of the space, and the public rooms that the person may join, whose names match `q`."""
    try:
        quotas.FINDS.take(request.user)
    except RateLimited as limited:
        return HttpResponse("{}", content_type=JSON, status=429, headers={"Retry-After": str(limited.retry_after)})
    typed = request.GET.get("q", "")
    people = ",".join(shapes.User.of(person).encode() for person in people_called(request.user, typed))
    rooms = [{"id": room.pk, "slug": room.slug, "name": room.name} for room in rooms_to_join(request.user, typed)]
    return HttpResponse(f'{{"people":[{people}],"rooms":{json.dumps(rooms)}}}', content_type=JSON)
