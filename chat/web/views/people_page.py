"""The people of the space: a page with all of them, and what their cards say."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import policy
from chat.live.hub import people_here
from chat.models import Membership, Room, User
from chat.protocol import shapes
from chat.protocol.errors import RateLimited
from chat.queries.finding import people_matching
from chat.services import quotas
from chat.web.views.access import SignedInRequest
from chat.web.views.directory import searched_for

PEOPLE_PER_PAGE = 50


@login_required
@require_safe
def people(request: SignedInRequest) -> HttpResponse:
    """List the people of the space, or with `here` only those who are connected; `q` searches their names."""
    if not policy.may_find_people(request.user):
        raise Http404
    query, is_here = searched_for(request), "here" in request.GET
    everybody = people_matching(request.user, "")
    found = people_matching(request.user, query)
    here = people_here()
    if is_here:
        found = found.filter(pk__in=here)
    context = {
        "page": Paginator(found.select_related("status"), PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
        "query": query,
        "is_here": is_here,
        "count": everybody.count(),
        "here_count": everybody.filter(pk__in=here).count() if here else 0,
        "may_invite": policy.may_invite_people(request.user),
    }
    return render(request, "chat/people.html", context)


@login_required
@never_cache
@require_safe
def person(request: SignedInRequest, user_id: int) -> HttpResponse:
    """What the card of a person says besides their presence: their names, time zone, and how many rooms they share.

    Of a bot also what it does, and who answers for it.
    """
    try:
        quotas.FINDS.take(request.user)
    except RateLimited as limited:
        return JsonResponse({}, status=429, headers={"Retry-After": str(limited.retry_after)})
    found = User.objects.known_to(request.user).filter(pk=user_id).select_related("owner").first()
    if found is None:
        raise Http404
    shared = _in_rooms(found).filter(room__memberships__in=_in_rooms(request.user)).count()
    facts = {"user": shapes.User.of(found).model_dump(), "zone": found.time_zone, "rooms": shared}
    if found.is_bot:
        facts |= {"about": found.description, "owner": found.owner.name if found.owner else ""}
    return JsonResponse(facts)


def _in_rooms(user: User) -> QuerySet[Membership]:
    """The memberships of a person in rooms that have a name."""
    return Membership.objects.current().filter(user=user, room__kind__in=(Room.Kind.PUBLIC, Room.Kind.PRIVATE))
