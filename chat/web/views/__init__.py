"""The pages. Views read the request, call a service, and render; they contain no rules."""

from chat.web.views.blocked import blocked_people
from chat.web.views.data_exports import own_data, own_data_download
from chat.web.views.directory import room_create, rooms
from chat.web.views.emoji import emoji_archive, emoji_list, space_emoji
from chat.web.views.erasure import account_erase, account_erased
from chat.web.views.errors import bad_request, csrf_failure, page_not_found, permission_denied, server_error
from chat.web.views.find import find
from chat.web.views.first_run import welcome
from chat.web.views.inbox import inbox, inbox_read
from chat.web.views.invitations import invitation_revoke, people_invite
from chat.web.views.memberships import room_invite, room_join, room_leave, room_notify, room_remove, room_role
from chat.web.views.moderation import room_rules, room_sanction
from chat.web.views.people import profile
from chat.web.views.people_page import people, person
from chat.web.views.pictures import profile_picture, space_picture
from chat.web.views.reads import profile_reads, room_reads
from chat.web.views.room_invitations import room_invitation_accept, room_invitation_decline, room_withdraw
from chat.web.views.room_page import home, room
from chat.web.views.sessions import session_end, sessions_end
from chat.web.views.settings_page import room_archive, room_delete, room_settings, room_unarchive
from chat.web.views.sign_out import SignOutView
from chat.web.views.tokens import (
    bot,
    bot_create,
    bot_delete,
    bot_picture,
    bot_token_create,
    token_create,
    token_revoke,
    tokens,
)

__all__ = [
    "SignOutView",
    "account_erase",
    "account_erased",
    "bad_request",
    "blocked_people",
    "bot",
    "bot_create",
    "bot_delete",
    "bot_picture",
    "bot_token_create",
    "csrf_failure",
    "emoji_archive",
    "emoji_list",
    "find",
    "home",
    "inbox",
    "inbox_read",
    "invitation_revoke",
    "own_data",
    "own_data_download",
    "page_not_found",
    "people",
    "people_invite",
    "permission_denied",
    "person",
    "profile",
    "profile_picture",
    "profile_reads",
    "room",
    "room_archive",
    "room_create",
    "room_delete",
    "room_invitation_accept",
    "room_invitation_decline",
    "room_invite",
    "room_join",
    "room_leave",
    "room_notify",
    "room_reads",
    "room_remove",
    "room_role",
    "room_rules",
    "room_sanction",
    "room_settings",
    "room_unarchive",
    "room_withdraw",
    "rooms",
    "server_error",
    "session_end",
    "sessions_end",
    "space_emoji",
    "space_picture",
    "token_create",
    "token_revoke",
    "tokens",
    "welcome",
]
