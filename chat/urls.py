"""Addresses of the chat's pages."""

from django.urls import include, path, register_converter
from django.urls.converters import IntConverter, StringConverter

from chat.web import views


class RoomAddress(StringConverter):
    """The part of an address that names a room: any text that a database can look for."""

    regex = r"[^/\x00]+"


class RowId(IntConverter):
    """A number that can be a primary key."""

    regex = "[0-9]{1,18}"


class Position(IntConverter):
    """The position of a message, which a script can represent exactly."""

    regex = "[0-9]{1,15}"


register_converter(RoomAddress, "room")
register_converter(RowId, "id")
register_converter(Position, "position")

urlpatterns = [
    path("", views.home, name="home"),
    path("welcome/", views.welcome, name="welcome"),
    path("rooms/", views.rooms, name="rooms"),
    path("rooms/new/", views.room_create, name="room_create"),
    path("rooms/<room:slug>/", views.room, name="room"),
    path("rooms/<room:slug>/<position:position>/", views.room, name="message"),
    path("rooms/<room:slug>/<position:position>/<position:reply>/", views.room, name="thread_message"),
    path("rooms/<room:slug>/settings/", views.room_settings, name="room_settings"),
    path("rooms/<room:slug>/join/", views.room_join, name="room_join"),
    path("rooms/<room:slug>/leave/", views.room_leave, name="room_leave"),
    path("rooms/<room:slug>/notify/", views.room_notify, name="room_notify"),
    path("rooms/<room:slug>/reads/", views.room_reads, name="room_reads"),
    path("rooms/<room:slug>/archive/", views.room_archive, name="room_archive"),
    path("rooms/<room:slug>/unarchive/", views.room_unarchive, name="room_unarchive"),
    path("rooms/<room:slug>/delete/", views.room_delete, name="room_delete"),
    path("rooms/<room:slug>/invite/", views.room_invite, name="room_invite"),
    path("rooms/<room:slug>/withdraw/", views.room_withdraw, name="room_withdraw"),
    path("rooms/<room:slug>/remove/", views.room_remove, name="room_remove"),
    path("rooms/<room:slug>/role/", views.room_role, name="room_role"),
    path("rooms/<room:slug>/rules/", views.room_rules, name="room_rules"),
    path("rooms/<room:slug>/sanction/", views.room_sanction, name="room_sanction"),
    path("find/", views.find, name="find"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.inbox_read, name="inbox_read"),
    path("people/", views.people, name="people"),
    path("people/<id:user_id>/", views.person, name="person"),
    path("inbox/invitations/<id:invitation_id>/accept/", views.room_invitation_accept, name="room_invitation_accept"),
    path(
        "inbox/invitations/<id:invitation_id>/decline/", views.room_invitation_decline, name="room_invitation_decline"
    ),
    path("people/invite/", views.people_invite, name="people_invite"),
    path("people/invite/<id:invitation_id>/revoke/", views.invitation_revoke, name="invitation_revoke"),
    path("accounts/logout/", views.SignOutView.as_view(), name="account_logout"),
    path("profile/", views.profile, name="profile"),
    path("profile/tokens/", views.tokens, name="tokens"),
    path("profile/tokens/new/", views.token_create, name="token_create"),
    path("profile/tokens/<id:token_id>/revoke/", views.token_revoke, name="token_revoke"),
    path("profile/bots/new/", views.bot_create, name="bot_create"),
    path("profile/bots/<id:bot_id>/", views.bot, name="bot"),
    path("profile/bots/<id:bot_id>/picture/", views.bot_picture, name="bot_picture"),
    path("profile/bots/<id:bot_id>/delete/", views.bot_delete, name="bot_delete"),
    path("profile/bots/<id:bot_id>/tokens/new/", views.bot_token_create, name="bot_token_create"),
    path("profile/blocked/", views.blocked_people, name="blocked_people"),
    path("profile/picture/", views.profile_picture, name="profile_picture"),
    path("profile/data/", views.own_data, name="own_data"),
    path("accounts/data/download/", views.own_data_download, name="own_data_download"),
    path("profile/erase/", views.account_erase, name="account_erase"),
    path("accounts/erased/", views.account_erased, name="account_erased"),
    path("profile/reads/", views.profile_reads, name="profile_reads"),
    path("space/picture/", views.space_picture, name="space_picture"),
    path("space/emoji/", views.space_emoji, name="space_emoji"),
    path("space/emoji/<id:emoji_id>/archive/", views.emoji_archive, name="emoji_archive"),
    path("emoji/", views.emoji_list, name="emoji_list"),
    path("profile/sessions/end/", views.sessions_end, name="sessions_end"),
    path("profile/sessions/<id:sign_in_id>/end/", views.session_end, name="session_end"),
    path("", include("chat.two_steps_urls")),
]
