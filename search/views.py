"""The page that searches. Its script asks with the command `search`; the query is in its address."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.web.views.access import SignedInRequest


@login_required
@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """The frame that the script fills."""
    return render(request, "search/search.html")
