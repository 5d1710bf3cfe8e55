"""First run: creating the space."""

from allauth.account.adapter import get_adapter
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from chat.models import Space
from chat.protocol.errors import Conflict
from chat.services import spaces
from chat.services.setup_code import needs_setup_code
from chat.web.forms import WelcomeForm


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Create the space and its owner. If two people do so at once, the second gets an error message."""
    if request.method == "POST":
        return _create(request, _form(request, request.POST))
    if Space.objects.current() is not None:
        return redirect("home")
    return render(request, "chat/welcome.html", {"form": _form(request)})


def _form(request: HttpRequest, data: QueryDict | None = None) -> WelcomeForm:
    peer, host = request.META.get("REMOTE_ADDR", ""), split_domain_port(request.get_host())[0]
    asks_code = needs_setup_code(peer=peer, host=host, headers=request.META)
    return WelcomeForm(data, asks_code=asks_code, address=get_adapter().get_client_ip(request))


def _create(request: HttpRequest, form: WelcomeForm) -> HttpResponse:
    if Space.objects.current() is not None:
        return _too_late(request)
    if not form.is_valid():
        return render(request, "chat/welcome.html", {"form": form})
    cleaned = form.cleaned_data
    try:
        owner = spaces.create_space(
            name=cleaned["site_name"],
            username=cleaned["username"],
            display_name=cleaned["display_name"],
            password=cleaned["password"],
            email=cleaned["email"],
            time_zone=cleaned["time_zone"],
        )
    except Conflict as conflict:
        if conflict.field is None:
            return _too_late(request)
        form.add_error(conflict.field, str(conflict.message))
        return render(request, "chat/welcome.html", {"form": form})
    login(request, owner)
    return redirect("home")


def _too_late(request: HttpRequest) -> HttpResponse:
    return render(request, "chat/welcome_taken.html", {"space": Space.objects.current()}, status=409)
