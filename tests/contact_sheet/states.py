"""What is photographed. Add a line for another page or state."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

from tests.contact_sheet import acts
from tests.contact_sheet.acts import press

Size = Literal["wide", "narrow"]


OWNER, NOBODY = "mina", ""
"""Who opens most pages, and nobody: a visitor without an account."""


@dataclass(frozen=True)
class State:
    """A page of a site, and what is done on it before the picture is taken."""

    name: str
    path: str
    act: Callable[[Page], None] = acts.nothing
    site: str = "team"
    who: str = OWNER
    live: bool = False
    only: Size | None = None
    """The size of the pages that have this state."""


ROOM = "/rooms/general/"
RANDOM = "/rooms/random/"
SETTINGS = f"{ROOM}settings/"

STATES = [
    State("welcome", "/welcome/", site="nobody", who=NOBODY),
    State("sign in", "/accounts/login/", who=NOBODY),
    State("sign up", "/accounts/signup/", who=NOBODY),
    State("forgotten password", "/accounts/password/reset/", who=NOBODY),
    State("signed out", "/accounts/login/?signed_out", who=NOBODY),
    State("first room", ROOM, site="new", live=True),
    State("room", ROOM, live=True),
    State("room, compact", ROOM, acts.compact, live=True),
    State("beginning", ROOM, acts.at_beginning, live=True),
    State("permalink", f"{ROOM}20/", acts.at_message, live=True),
    State("empty room", "/rooms/lunch/", live=True),
    State("archived room", "/rooms/attic/", live=True),
    State("list", ROOM, acts.in_list, live=True),
    State("space menu", ROOM, acts.in_space_menu, live=True),
    State("people", ROOM, press("#people-open"), live=True),
    State("profile card", ROOM, acts.with_profile_card, live=True),
    State("pins", "/rooms/launch-week/", acts.with_pins, live=True),
    State("no pins", "/rooms/lunch/", acts.with_pins, live=True),
    State("folded lines", "/rooms/launch-week/1/", acts.with_unfolded_lines, live=True),
    State("new poll", ROOM, acts.making_poll, live=True),
    State("adding", ROOM, acts.adding, live=True),
    State("attaching", RANDOM, acts.attaching, live=True),
    State("dropping files", ROOM, acts.dropping, live=True, only="wide"),
    State("recording", RANDOM, acts.recording, live=True),
    State("pictures", ROOM, acts.at_files("hero-b.png"), live=True),
    State("files of messages", ROOM, acts.at_files("Launch plan, second draft.pdf"), live=True),
    State("link card", ROOM, acts.at_card, live=True),
    State("gallery", ROOM, acts.in_gallery, live=True),
    State("pictures of a room", ROOM, acts.with_files(0), live=True),
    State("files of a room", ROOM, acts.with_files(1), live=True),
    State("links of a room", ROOM, acts.with_files(2), live=True),
    State("voice messages of a room", ROOM, acts.with_files(3), live=True),
    State("details", ROOM, press("#details-open"), live=True),
    State("rules of a room", RANDOM, acts.with_rules, live=True),
    State("menu of a member", ROOM, acts.with_member_menu, live=True),
    State("muting somebody", ROOM, acts.muting, live=True),
    State("invited people", "/rooms/founders/", press("#people-open"), live=True),
    State("slow mode", RANDOM, acts.waiting, who="joon", live=True),
    State("muted", RANDOM, who="haeun", live=True),
    State("announcements", "/rooms/announcements/", who="joon", live=True),
    State("banned", "/rooms/announcements/", who="haeun"),
    State("report", RANDOM, acts.reporting, who="sofia", live=True),
    State("status", ROOM, acts.setting_status, live=True),
    State("room of a guest", "/rooms/launch-week/", who="dana", live=True),
    State("list of a guest", "/rooms/launch-week/", acts.in_list, who="dana", live=True),
    State("erased account", "/rooms/beta-feedback/4/", live=True),
    State("palette", ROOM, acts.with_palette, live=True),
    State("palette, no match", ROOM, acts.finding_nothing, live=True),
    State("palette, with an operator", ROOM, acts.searching_from_palette, live=True),
    State("search", "/search/", acts.with_recent_searches, live=True),
    State("search, found", acts.PRICES, acts.with_hits, live=True),
    State("search, completion", "/search/?q=in%3A%23general", acts.completing_search, live=True),
    State("search, nothing", "/search/?q=from%3A%40sofia+in%3A%23general+invoice", acts.finding_no_message, live=True),
    State("search, files", "/search/?q=after%3A2020&tab=files", acts.with_found_files, live=True),
    State("search, no file", "/search/?q=lunch&tab=files", acts.finding_no_file, live=True),
    State("search, cards", "/search/?q=has%3Afile", acts.with_hits, live=True),
    State("search, in a file", "/search/?q=booking", acts.with_hits, live=True),
    State("search, links", "/search/?q=has%3Alink", acts.with_hits, live=True),
    State("search, offline", "/search/", acts.searching_offline, live=True),
    State("search, rooms", "/search/?q=ㄷㅈㅇ", acts.with_found_rooms, live=True),
    State("new room sheet", ROOM, acts.making_room, live=True),
    State("invitations sheet", ROOM, acts.with_invitation, live=True),
    State("shortcuts sheet", ROOM, acts.reading_shortcuts, live=True),
    State("toolbar", ROOM, acts.with_toolbar, live=True, only="wide"),
    State("message menu", ROOM, acts.with_message_menu, live=True, only="wide"),
    State("message sheet", ROOM, acts.with_message_sheet, live=True, only="narrow"),
    State("editing", RANDOM, acts.editing, live=True),
    State("replying", ROOM, acts.replying, live=True, only="wide"),
    State("emoji picker", ROOM, acts.picking_emoji, live=True),
    State("suggestions", ROOM, acts.with_suggestions, live=True),
    State("formatting", ROOM, acts.formatting, live=True),
    State("code", "/rooms/launch-week/", live=True),
    State("offline", ROOM, acts.offline, live=True),
    State("list, edited", RANDOM, acts.with_edited_list, live=True),
    State("door", "/rooms/garden/"),
    State("directory", "/rooms/"),
    State("directory, no match", "/rooms/?q=nothing"),
    State("archive", "/rooms/?archived=1"),
    State("people", "/people/", live=True),
    State("people, no match", "/people/?q=nothing"),
    State("mentions", "/inbox/", live=True),
    State("all mentions", "/inbox/?all", live=True),
    State("no mentions", "/inbox/", site="new", live=True),
    State("new room", "/rooms/new/"),
    State("room settings", SETTINGS),
    State("menu of a person", SETTINGS, acts.with_menu_of_person),
    State("webhooks", f"{ROOM}webhooks/"),
    State("incoming webhook", f"{ROOM}webhooks/in/1/"),
    State("new incoming webhook", f"{ROOM}webhooks/in/new/"),
    State("outgoing webhook", f"{ROOM}webhooks/out/1/"),
    State("webhook that is off", f"{ROOM}webhooks/out/2/"),
    State("new outgoing webhook", f"{ROOM}webhooks/out/new/"),
    State("delivery of a webhook", f"{ROOM}webhooks/out/1/1/"),
    State("profile", "/profile/"),
    State("notifications", "/profile/notifications/", acts.with_notification_settings),
    State("crop", "/profile/", acts.cropping),
    State("space picture", "/space/picture/"),
    State("space emoji", "/space/emoji/"),
    State("invite people", "/people/invite/"),
    State("two-step sign-in", "/profile/security/"),
    State("authenticator app", "/profile/security/app/"),
    State("new passkey", "/profile/security/passkeys/new/"),
    State("tokens and bots", "/profile/tokens/"),
    State("new token", "/profile/tokens/new/"),
    State("token, shown once", "/profile/tokens/new/", acts.creating_token),
    State("new bot", "/profile/bots/new/"),
    State("bot", "/profile/tokens/", acts.at_bot),
    State("API", "/api/"),
    State("download of data", "/profile/data/"),
    State("erase account", "/profile/erase/", who="joon"),
    State("last administrator", "/profile/erase/"),
    State("erased", "/accounts/erased/", who=NOBODY),
    State("change password", "/accounts/password/change/"),
    State("email", "/accounts/email/"),
    State("not found", "/rooms/nothing-here/"),
    State("admin", "/admin/"),
    State("admin, nothing yet", "/admin/", site="new"),
    State("admin people", "/admin/chat/user/"),
    State("admin person", "/admin/chat/user/1/change/"),
    State("admin password", "/admin/chat/user/1/password/"),
    State("admin new person", "/admin/chat/user/add/"),
    State("admin rooms", "/admin/chat/room/"),
    State("admin room", "/admin/chat/room/1/change/"),
    State("admin messages", "/admin/chat/message/"),
    State("admin reports", "/admin/chat/report/"),
    State("admin report", "/admin/chat/report/1/change/"),
    State("admin reports, none", "/admin/chat/report/?state=closed"),
    State("admin held messages", "/admin/chat/heldmessage/"),
    State("admin held message", "/admin/chat/heldmessage/1/change/"),
    State("admin held messages, none", "/admin/chat/heldmessage/", site="new"),
    State("admin invitation links", "/admin/chat/invitation/"),
    State("admin outgoing webhooks", "/admin/webhooks/outgoingwebhook/"),
    State("admin space", "/admin/chat/space/"),
    State("admin groups", "/admin/auth/group/"),
    State("admin audit", "/admin/chat/auditentry/"),
]
