"""Pages on which people create and revoke tokens, for themselves and for their bots."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat import policy
from chat.models import Token, User
from chat.queries.tokens import bots_of, tokens_of
from chat.services import bots
from chat.services.tokens import create_token, revoke_token
from chat.web.answers import answer
from chat.web.forms.tokens import BotForm, NewBotForm, TokenForm
from chat.web.uploads import image_of
from chat.web.views.access import SignedInRequest, confirmed


@login_required
@require_safe
def tokens(request: SignedInRequest) -> HttpResponse:
    """List the person's tokens and bots."""
    user = request.user
    own = bots_of(user)
    context = {
        "tokens": tokens_of(user),
        "bots": own,
        "deactivated": {bot.pk for bot in own if policy.is_deactivated(bot)},
        "may_create_bots": policy.may_create_bots(user),
    }
    return render(request, "chat/tokens.html", context)


@login_required
@confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_create(request: SignedInRequest) -> HttpResponse:
    """Create a token, and show it this once."""
    return _create_token(request, request.user)


@login_required
@confirmed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bot_token_create(request: SignedInRequest, bot_id: int) -> HttpResponse:
    """Create a token of a bot, and show it this once."""
    return _create_token(request, bots.own_bot(request.user, bot_id))


def _create_token(request: SignedInRequest, user: User) -> HttpResponse:
    form = TokenForm(request.POST if request.method == "POST" else None, user=user)
    context: dict[str, object] = {"form": form, "account": user}
    if form.is_valid():
        created = form.attempt(lambda: create_token(request.user, user_id=user.pk, **form.wanted))
        if created is not None:
            token, text = created
            context |= {"token": token, "text": text}
    return render(request, "chat/token_create.html", context)


@login_required
@require_POST
def token_revoke(request: SignedInRequest, token_id: int) -> HttpResponse:
    """Revoke a token of the person or of one of their bots."""
    bot_id = Token.objects.filter(pk=token_id, user__is_bot=True).values_list("user_id", flat=True).first()
    return answer(
        request,
        lambda: revoke_token(request.user, token_id=token_id),
        page=lambda: redirect("tokens") if bot_id is None else redirect("bot", bot_id=bot_id),
        done=_("The token is revoked. Nothing can use it any more."),
    )


@login_required
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def bot_create(request: SignedInRequest) -> HttpResponse:
    """Create a bot."""
    if not policy.may_create_bots(request.user):
        raise PermissionDenied
    form = NewBotForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        bot = form.attempt(lambda: bots.create_bot(request.user, **form.cleaned_data))
        if bot is not None:
            messages.success(request, _("The bot is created. Now it needs a token."))
            return redirect("bot", bot_id=bot.pk)
    return render(request, "chat/bot_create.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bot(request: SignedInRequest, bot_id: int) -> HttpResponse:
    """Show a bot with its tokens, and change what it is called."""
    shown = bots.own_bot(request.user, bot_id)
    form = BotForm(request.POST if request.method == "POST" else None, bot=shown)
    if form.is_valid():
        saved = form.attempt(lambda: bots.update_bot(request.user, bot_id=bot_id, **form.cleaned_data))
        if saved is not None:
            messages.success(request, _("The bot is saved."))
            return redirect("bot", bot_id=bot_id)
    may_create_tokens = policy.has_tokens(request.user, shown)
    context = {"bot": shown, "form": form, "tokens": tokens_of(shown), "may_create_tokens": may_create_tokens}
    return render(request, "chat/bot.html", context)


@login_required
@require_POST
def bot_picture(request: SignedInRequest, bot_id: int) -> HttpResponse:
    """Change or remove the picture of a bot."""
    if "remove" in request.POST:
        return answer(
            request,
            lambda: bots.remove_bot_picture(request.user, bot_id=bot_id),
            page=lambda: redirect("bot", bot_id=bot_id),
            done=_("The picture is removed."),
        )
    return answer(
        request,
        lambda: bots.set_bot_picture(request.user, bot_id=bot_id, data=image_of(request)),
        page=lambda: redirect("bot", bot_id=bot_id),
        done=_("The picture is saved."),
    )


@login_required
@confirmed
@require_http_methods(["GET", "HEAD", "POST"])
def bot_delete(request: SignedInRequest, bot_id: int) -> HttpResponse:
    """Delete a bot, after asking once more."""
    shown = bots.own_bot(request.user, bot_id)
    if request.method != "POST":
        return render(request, "chat/bot_delete.html", {"bot": shown})
    return answer(
        request,
        lambda: bots.delete_bot(request.user, bot_id=bot_id),
        page=lambda: redirect("tokens"),
        done=_("The bot is deleted."),
    )
