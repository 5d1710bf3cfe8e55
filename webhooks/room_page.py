"""The page of webhooks among the settings of a room."""

from django.utils.translation import gettext_lazy as _

from chat import policy
from chat.web.room_pages import RoomPage

WEBHOOKS_PAGE = RoomPage(
    view="webhooks",
    title=_("Webhooks"),
    about=_("Other programs post here, or are sent what happens here."),
    may=policy.may_manage_webhooks,
)
