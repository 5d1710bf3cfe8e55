"""The pages of rooms: finding, creating, entering, leaving and settling them."""

import json
import re
import uuid
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils.timezone import now

from chat.models import Membership, Message, Room, User
from chat.services import memberships, messages, quotas, rooms
from chat.services.person_items import set_item
from tests.chat.services.test_accounts import sign_in

pytestmark = pytest.mark.once


@pytest.fixture
def as_mina(mina: User) -> Client:
    return signed_in(mina)


@pytest.fixture
def as_joon(joon: User) -> Client:
    return signed_in(joon)


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    return signed_in(stranger)


def signed_in(user: User) -> Client:
    """A browser in which this person is signed in, whose first request lies behind it."""
    client = Client()
    client.force_login(user)
    client.get("/welcome/")
    client.get("/people/nowhere/")
    return client


def say(author: User, room: Room, body: str) -> None:
    messages.send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def text(response: Any) -> str:
    """What a page says, without its tags and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# --- The way in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/new/", "/rooms/general/", "/rooms/general/settings/", "/profile/"])
def test_pages_ask_a_visitor_to_sign_in(client: Client, general: Room, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_home_leads_a_visitor_to_sign_in(client: Client, space: Any) -> None:
    assert client.get("/").headers["Location"] == "/accounts/login/"


def test_home_leads_back_to_the_room_that_was_last_open_in_this_browser(
    as_mina: Client, general: Room, mina: User
) -> None:
    other = rooms.create_room(mina, name="디자인 이야기")
    assert as_mina.get("/").headers["Location"] == general.get_absolute_url()
    assert as_mina.get(other.get_absolute_url()).status_code == 200
    assert as_mina.get("/").headers["Location"] == other.get_absolute_url()
    memberships.invite_member(mina, room_id=other.pk, user_id=User.objects.get(username="joon").pk)
    memberships.leave_room(mina, room_id=other.pk)
    assert as_mina.get("/").headers["Location"] == general.get_absolute_url()


def test_home_leads_somebody_without_a_room_to_the_directory(as_stranger: Client) -> None:
    assert as_stranger.get("/").headers["Location"] == "/rooms/"


# --- The directory ----------------------------------------------------------------------------------------------------


def test_the_directory_shows_public_rooms_with_topic_people_and_last_activity(
    as_stranger: Client, general: Room, mina: User
) -> None:
    rooms.update_room(mina, room_id=general.pk, topic="All of us")
    say(mina, general, "hello")
    page = text(as_stranger.get("/rooms/"))
    assert "General All of us 2 people · last message just now Join" in page


def test_a_room_with_an_emoji_shows_it_on_the_pages_and_its_form_changes_it(as_mina: Client, general: Room) -> None:
    fields = {"name": "General", "topic": "", "emoji": "🌱"}
    assert as_mina.post("/rooms/general/settings/", fields).status_code == 302
    assert "🌱 General" in text(as_mina.get("/rooms/"))
    assert 'value="🌱"' in as_mina.get("/rooms/general/settings/").content.decode()
    assert as_mina.post("/rooms/general/settings/", {"name": "General", "topic": "x"}).status_code == 302
    assert Room.objects.get(pk=general.pk).emoji == "🌱"
    assert "This must be a single emoji." in text(as_mina.post("/rooms/general/settings/", fields | {"emoji": "ab"}))
    assert as_mina.post("/rooms/general/settings/", fields | {"emoji": ""}).status_code == 302
    assert Room.objects.get(pk=general.pk).emoji == ""


def test_the_sign_of_a_private_room_with_an_emoji_has_a_lock_and_says_private(as_mina: Client, founders: Room) -> None:
    rooms.update_room(founders.created_by, room_id=founders.pk, emoji="🌱")
    sign = r'aria-label="private"><span class="emoji">🌱</span><svg[^>]*><use href="#icon-lock"/>'
    for address in ("/rooms/", founders.get_absolute_url() + "settings/"):
        assert re.search(sign, as_mina.get(address).content.decode())


def test_a_private_room_is_in_the_directory_of_its_members_only(
    as_joon: Client, as_stranger: Client, founders: Room
) -> None:
    assert "Founders" in text(as_joon.get("/rooms/"))
    assert "Founders" not in text(as_stranger.get("/rooms/"))
    assert "Founders" not in text(as_stranger.get("/rooms/?q=found"))


def test_ones_own_rooms_are_listed_first_and_have_no_join_button(as_mina: Client, joon: User, general: Room) -> None:
    say(joon, general, "hello")
    rooms.create_room(joon, name="Another")
    assert re.search(r"General Joined .* Another 1 person · no message yet Join", text(as_mina.get("/rooms/")))


def test_the_directory_is_searched_by_name_and_topic(as_stranger: Client, mina: User, general: Room) -> None:
    rooms.create_room(mina, name="디자인", topic="글꼴과 색")
    for query, found in {"gener": "General", "디자": "디자인", "글꼴": "디자인"}.items():
        page = as_stranger.get("/rooms/", {"q": query})
        assert [room.name for room in page.context["page"]] == [found]
    assert "No room matches “zzz”." in text(as_stranger.get("/rooms/?q=zzz"))


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", "x" * 5000, "?page=99"])
def test_no_search_text_breaks_the_directory(as_stranger: Client, general: Room, query: str) -> None:
    assert as_stranger.get(f"/rooms/?q={query}&page=x").status_code == 200


def test_a_search_text_stays_text(as_stranger: Client) -> None:
    page = as_stranger.get("/rooms/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_archived_rooms_are_listed_separately(as_mina: Client, mina: User, general: Room) -> None:
    assert "There are no archived rooms." in text(as_mina.get("/rooms/?archived=1"))
    rooms.archive_room(mina, room_id=general.pk)
    assert "There are no rooms yet." in text(as_mina.get("/rooms/"))
    assert "General" in text(as_mina.get("/rooms/?archived=1"))


def test_many_rooms_come_in_pages(as_mina: Client, mina: User) -> None:
    with quotas.unlimited():
        for number in range(51):
            rooms.create_room(mina, name=f"Room {number}")
    assert "Page 1 of 2" in text(as_mina.get("/rooms/?q=room"))
    assert len(as_mina.get("/rooms/?q=room&page=2").context["page"]) == 1
    assert "?q=room&amp;page=2" in as_mina.get("/rooms/?q=room").content.decode()


# --- Creating ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Launch week", "/rooms/launch-week/"),
        ("디자인 이야기", "/rooms/디자인-이야기/"),
        ("new", "/rooms/new-2/"),
    ],
)
def test_a_new_room_has_an_address_from_its_name(as_mina: Client, name: str, path: str) -> None:
    response = as_mina.post("/rooms/new/", {"name": name, "topic": "A topic", "kind": "public"})
    room = Room.objects.get()
    assert (room.name, room.topic, room.kind) == (name, "A topic", "public")
    assert unquote(response.headers["Location"]) == path
    assert as_mina.get(response.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("name", "x" * 81), ("topic", "x" * 251), ("kind", "direct"), ("kind", "")]
)
def test_a_room_that_cannot_be_created_shows_the_reason_at_its_field(as_mina: Client, field: str, value: str) -> None:
    page = as_mina.post("/rooms/new/", {"name": "Room", "topic": "", "kind": "public", field: value})
    assert f'id="id_{field}_error"' in page.content.decode()
    assert not Room.objects.exists()


# --- The room page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["General", "general", " GENERAL "])
def test_the_name_of_an_existing_room_needs_confirmation(as_joon: Client, general: Room, name: str) -> None:
    form = {"name": name, "topic": "", "kind": "public"}
    page = as_joon.post("/rooms/new/", form)
    assert "There is already a room with this name: #general." in text(page)
    assert 'id="id_name_error"' in page.content.decode()
    [confirmed] = re.findall(r'name="confirmed_name" value="(.*?)"', page.content.decode())
    other = as_joon.post("/rooms/new/", form | {"name": "Founders ", "confirmed_name": confirmed})
    assert other.headers["Location"] == "/rooms/founders/"
    response = as_joon.post("/rooms/new/", form | {"confirmed_name": confirmed})
    assert response.headers["Location"] == "/rooms/general-2/"


def test_only_renaming_to_the_name_of_another_room_needs_confirmation(
    as_mina: Client, mina: User, general: Room
) -> None:
    rooms.create_room(mina, name="Design")
    assert "#design" in text(as_mina.post("/rooms/general/settings/", {"name": "design", "topic": ""}))
    sent = {"name": "design", "topic": "", "confirmed_name": "design"}
    assert as_mina.post("/rooms/general/settings/", sent).status_code == 302
    assert as_mina.post("/rooms/general/settings/", {"name": "design", "topic": "x"}).status_code == 302


def test_nobody_is_warned_of_a_private_room_they_are_not_in(as_stranger: Client, founders: Room) -> None:
    response = as_stranger.post("/rooms/new/", {"name": "Founders", "topic": "", "kind": "public"})
    assert response.status_code == 302


def test_rooms_of_one_name_show_their_addresses_in_the_directory(
    as_stranger: Client, mina: User, general: Room, founders: Room
) -> None:
    assert "#general" not in text(as_stranger.get("/rooms/"))
    rooms.create_room(mina, name="general")
    rooms.create_room(mina, name="Founders")
    page = text(as_stranger.get("/rooms/"))
    assert "#general-2" in page
    assert "#general " in page
    assert "#founders" not in page  # the private room stays hidden from non-members


def bootstrap(response: Any) -> Any:
    [found] = re.findall(
        r'<script id="bootstrap" type="application/json">(.*?)</script>', response.content.decode(), re.DOTALL
    )
    return json.loads(found)


def test_the_room_page_carries_all_that_its_script_needs(
    as_mina: Client, general: Room, mina: User, joon: User
) -> None:
    say(joon, general, "</script><script>alert(1)</script>")
    response = as_mina.get(general.get_absolute_url())
    assert "<script>alert(1)" not in response.content.decode()
    carried = bootstrap(response)
    assert carried["user"] == {"id": mina.pk, "username": "mina", "name": "Mina"}
    assert [(room["slug"], room["unread"]) for room in carried["rooms"]] == [("general", 1)]
    assert [message["body"] for message in carried["open"]["messages"]] == ["</script><script>alert(1)</script>"]
    assert {member["user"]["name"] for member in carried["open"]["members"]} == {"Mina", "Joon"}
    assert carried["open"]["reset"] is True
    assert carried["urls"]["room_settings"] == "/rooms/SLUG/settings/"
    assert carried["limits"]["body_chars"] == 10_000


@pytest.fixture
def long_room(general: Room, joon: User) -> Room:
    """A room with 120 messages."""
    for number in range(1, 121):
        say(joon, general, f"message {number}")
    return general


def test_the_page_at_an_old_message_carries_those_around_it_too(as_mina: Client, long_room: Room) -> None:
    response = as_mina.get(f"{long_room.get_absolute_url()}30/")
    carried = bootstrap(response)
    assert [message["position"] for message in carried["around"]["messages"]] == [*range(5, 55)]
    assert (carried["around"]["has_older"], carried["around"]["has_newer"]) == (True, True)
    assert carried["open"]["messages"][-1]["position"] == 120


@pytest.mark.parametrize("position", [71, 120, 121, 999_999_999_999_999])
def test_the_page_at_one_of_the_newest_messages_or_beyond_them_is_the_room_as_usual(
    as_mina: Client, long_room: Room, position: int
) -> None:
    carried = bootstrap(as_mina.get(f"{long_room.get_absolute_url()}{position}/"))
    assert carried["around"] is None
    assert carried["open"]["messages"][-1]["position"] == 120


def test_the_page_at_the_first_message_begins_with_it(as_mina: Client, long_room: Room) -> None:
    for position in (0, 1):
        carried = bootstrap(as_mina.get(f"{long_room.get_absolute_url()}{position}/"))
        assert carried["around"]["messages"][0]["position"] == 1


def test_a_link_to_a_message_shows_nothing_to_people_who_are_not_in_the_room(
    as_stranger: Client, long_room: Room, founders: Room, mina: User
) -> None:
    page = as_stranger.get(f"{long_room.get_absolute_url()}30/")
    assert "You are not in this room yet." in text(page)
    assert "message 30" not in page.content.decode()
    say(mina, founders, "a secret")
    assert as_stranger.get(f"{founders.get_absolute_url()}1/").status_code == 404


def test_an_address_of_a_message_is_a_number_that_a_script_can_represent(as_mina: Client, general: Room) -> None:
    address = general.get_absolute_url()
    assert as_mina.get(f"{address}7").headers["Location"] == f"{address}7/"
    for malformed in ("-1", "1.5", "1" * 16, "٣", "1x"):
        assert as_mina.get(f"{address}{malformed}/").status_code == 404


def test_people_who_may_invite_find_the_way_to_it_on_the_room_page(
    as_mina: Client, as_joon: Client, mina: User, general: Room, settings: LazySettings
) -> None:
    User.objects.filter(pk=mina.pk).update(is_staff=True)
    path = general.get_absolute_url()
    invitation = bootstrap(as_mina.get(path))["urls"]["invite"]
    assert invitation == "/people/invite/"
    assert as_mina.get(invitation).status_code == 200
    assert bootstrap(as_joon.get(path))["urls"]["invite"] == ""
    settings.SIGNUPS = "closed"
    assert bootstrap(as_mina.get(path))["urls"]["invite"] == ""


def test_a_text_that_looks_like_markup_cannot_leave_the_bootstrap(as_mina: Client, general: Room, joon: User) -> None:
    say(joon, general, "</script><script>alert(1)</script>")
    assert "<script>alert" not in as_mina.get(general.get_absolute_url()).content.decode()


def test_the_room_page_is_not_kept_by_the_browser(as_mina: Client, general: Room) -> None:
    assert as_mina.get(general.get_absolute_url()).headers["Cache-Control"] == "no-store"


def test_a_public_room_one_is_not_in_offers_to_join(as_stranger: Client, general: Room, mina: User) -> None:
    say(mina, general, "a secret")
    page = as_stranger.get(general.get_absolute_url())
    assert "You are not in this room yet." in text(page)
    assert "a secret" not in page.content.decode()
    assert as_stranger.post("/rooms/general/join/").headers["Location"] == general.get_absolute_url()
    assert "a secret" in as_stranger.get(general.get_absolute_url()).content.decode()


def test_an_archived_room_is_read_by_members_and_closed_to_others(
    as_joon: Client, as_stranger: Client, mina: User, general: Room
) -> None:
    rooms.archive_room(mina, room_id=general.pk)
    assert bootstrap(as_joon.get(general.get_absolute_url()))["open"]["room"]["archived"] is True
    assert "nobody can join it" in text(as_stranger.get(general.get_absolute_url()))
    as_stranger.post("/rooms/general/join/")
    assert not Membership.objects.filter(user__username="stranger").exists()


# --- Strangers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["", "settings/"])
@pytest.mark.parametrize("slug", ["founders", "no-such-room", "1", "..", "new-2"])
def test_to_a_stranger_a_private_room_is_not_there(as_stranger: Client, founders: Room, slug: str, action: str) -> None:
    assert as_stranger.get(f"/rooms/{slug}/{action}").status_code == 404


@pytest.mark.parametrize(
    "action", ["settings", "join", "leave", "archive", "unarchive", "delete", "invite", "remove", "role", "notify"]
)
def test_to_a_stranger_a_private_room_can_be_done_nothing(
    as_stranger: Client, stranger: User, founders: Room, joon: User, action: str
) -> None:
    before = list(Membership.objects.values()), list(Room.objects.values())
    everything = {"name": "Mine", "person": "stranger", "user": joon.pk, "role": "owner", "level": "none"}
    assert as_stranger.post(f"/rooms/founders/{action}/", everything).status_code == 404
    assert (list(Membership.objects.values()), list(Room.objects.values())) == before


def test_the_page_of_a_private_room_and_of_none_are_the_same_to_a_stranger(as_stranger: Client, founders: Room) -> None:
    assert as_stranger.get("/rooms/founders/").content == as_stranger.get("/rooms/nothing/").content


@pytest.mark.parametrize("action", ["join", "leave", "archive", "unarchive", "invite", "remove", "role", "notify"])
def test_what_changes_a_room_is_never_done_by_a_link(as_mina: Client, general: Room, action: str) -> None:
    assert as_mina.get(f"/rooms/general/{action}/").status_code == 405


def test_forms_from_elsewhere_are_refused(mina: User, general: Room) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(mina)
    response = client.post("/rooms/general/archive/")
    assert (response.status_code, "This form is too old" in text(response)) == (403, True)
    assert not Room.objects.archived().exists()


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_an_owner_renames_a_room_and_its_address_stays(as_mina: Client, general: Room) -> None:
    response = as_mina.post("/rooms/general/settings/", {"name": "모두", "topic": "All of us"}, follow=True)
    assert "The room is saved." in text(response)
    general.refresh_from_db()
    assert (general.name, general.topic, general.slug) == ("모두", "All of us", "general")


def test_a_member_sees_the_settings_and_may_not_change_them(as_joon: Client, general: Room) -> None:
    page = as_joon.get("/rooms/general/settings/").content.decode()
    assert 'name="topic"' not in page
    assert 'action="/rooms/general/archive/"' not in page
    response = as_joon.post("/rooms/general/settings/", {"name": "Mine", "topic": ""})
    assert response.status_code == 200
    as_joon.post("/rooms/general/archive/")
    assert "Only an owner of the room can do this." in text(as_joon.get("/rooms/general/settings/"))
    general.refresh_from_db()
    assert (general.name, general.is_archived) == ("General", False)


def test_the_settings_of_a_public_room_redirect_a_stranger_to_its_join_page(as_stranger: Client, general: Room) -> None:
    assert as_stranger.get("/rooms/general/settings/").headers["Location"] == general.get_absolute_url()


def test_a_superuser_settles_a_public_room_they_are_not_in(as_stranger: Client, stranger: User, general: Room) -> None:
    stranger.is_superuser = True
    stranger.save()
    assert 'name="topic"' in as_stranger.get("/rooms/general/settings/").content.decode()


@pytest.mark.parametrize("typed", ["stranger", "STRANGER", "Stranger", " stranger "])
def test_somebody_is_invited_by_name_or_username(as_mina: Client, general: Room, stranger: User, typed: str) -> None:
    response = as_mina.post("/rooms/general/invite/", {"person": typed}, follow=True)
    assert "Stranger (@stranger) is in the room." in text(response)
    assert Room.objects.of(stranger).get() == general


def test_an_invitation_that_is_refused_shows_the_reason_at_its_field(
    as_mina: Client, founders: Room, stranger: User
) -> None:
    def said(name: str) -> str:
        page = as_mina.post("/rooms/founders/invite/", {"person": name})
        assert 'id="id_person_error"' in page.content.decode()
        return text(page)

    assert "Nobody here is called “nobody”." in said("nobody")
    for username in ("twin.b", "twin.a"):
        User.objects.create_user(username, display_name="Twin")
    assert "Whom do you mean?" in said("Twin")
    assert "Invite Twin @twin.a T Invite Twin @twin.b" in " ".join(said("Twin").split())
    assert "Mina (@mina) is already in the room." in said("mina")
    assert "This field is required." in said("")
    stranger.is_active = False
    stranger.save()
    assert "Nobody here is called “Stranger”." in said("Stranger")


@pytest.mark.parametrize("typed", ["Twin", "twin", "ＴＷＩＮ"])
def test_the_person_chosen_among_several_matches_is_invited(as_mina: Client, founders: Room, typed: str) -> None:
    twins = [User.objects.create_user(f"twin.{letter}", display_name="Twin") for letter in "ab"]
    page = as_mina.post("/rooms/founders/invite/", {"person": typed}).content.decode()
    assert [int(pk) for pk in re.findall(r'name="user" value="(\d+)">\s*<span class="avatar', page)] == [
        twin.pk for twin in twins
    ]
    assert not Room.objects.of(twins[0]).exists()
    response = as_mina.post("/rooms/founders/invite/", {"user": str(twins[1].pk)}, follow=True)
    assert "Twin (@twin.b) is invited, and can accept or decline." in text(response)
    assert [invitation.user for invitation in founders.room_invitations.all()] == [twins[1]]


@pytest.mark.parametrize("user", ["0", "-1", "x", "9" * 30, "-" + "9" * 30, "1.5", "999999"])
def test_an_unknown_id_invites_nobody(as_mina: Client, founders: Room, user: str) -> None:
    assert as_mina.post("/rooms/founders/invite/", {"user": user}).status_code in (200, 404)
    assert Membership.objects.count() == 2


def test_nobody_outside_a_room_finds_people_by_inviting(as_stranger: Client, general: Room, joon: User) -> None:
    response = as_stranger.post("/rooms/general/invite/", {"person": "nobody"})
    assert response.headers["Location"] == "/rooms/general/"
    with_joon = as_stranger.post("/rooms/general/invite/", {"person": "joon"})
    assert with_joon.content == response.content


def test_the_browser_is_offered_names_of_active_people_outside_and_nothing_else(
    as_mina: Client, founders: Room, stranger: User
) -> None:
    stranger.email = "hidden@example.com"
    stranger.save()
    User.objects.create_user("gone", display_name="Gone", is_active=False)
    page = as_mina.get("/rooms/founders/settings/").content.decode()
    offered = page.partition('<datalist id="people">')[2].partition("</datalist>")[0]
    assert re.findall(r"<option .*?</option>", offered) == ['<option value="stranger">Stranger</option>']
    assert "hidden@" not in page


def test_an_owner_removes_people_and_gives_roles(as_mina: Client, general: Room, joon: User) -> None:
    as_mina.post("/rooms/general/role/", {"user": joon.pk, "role": "moderator"})
    assert joon.memberships.get().role == "moderator"
    as_mina.post("/rooms/general/remove/", {"user": joon.pk})
    assert joon.memberships.get().has_left


def test_a_member_chooses_what_to_be_notified_of(as_mina: Client, general: Room, mina: User) -> None:
    page = as_mina.post("/rooms/general/notify/", {"level": "mentions"}, follow=True)
    assert "Your notifications are saved." in text(page)
    assert re.findall(r'value="(\w+)"[^>]* checked', page.content.decode()) == ["mentions"]
    assert [(item.key, item.value) for item in mina.items.all()] == [(str(general.pk), "mentions")]


def test_a_member_returns_to_their_default(as_mina: Client, general: Room, mina: User) -> None:
    set_item(mina, kind="setting", key="notify_default", value="mentions")
    as_mina.post("/rooms/general/notify/", {"level": "none"})
    page = as_mina.post("/rooms/general/notify/", {"level": "default"}, follow=True)
    assert "my default (mentions)" in text(page)
    assert re.findall(r'value="(\w+)"[^>]* checked', page.content.decode()) == ["default"]
    assert mina.items.get(kind="notify").value is None


def test_who_is_in_no_room_has_no_notifications_of_it(as_stranger: Client, general: Room) -> None:
    page = as_stranger.post("/rooms/general/notify/", {"level": "none"}, follow=True)
    assert "Join the room first." in text(page)
    assert "Notify me of" not in text(page)


@pytest.mark.parametrize("level", ["", "loud", "ALL"])
def test_a_level_that_does_not_exist_changes_nothing(as_mina: Client, general: Room, mina: User, level: str) -> None:
    assert as_mina.post("/rooms/general/notify/", {"level": level}).status_code == 302
    assert not mina.items.exists()


def test_a_room_keeps_an_owner(as_mina: Client, general: Room, mina: User) -> None:
    response = as_mina.post("/rooms/general/role/", {"user": mina.pk, "role": "member"}, follow=True)
    assert "A room needs an owner." in text(response)
    assert mina.memberships.get().role == "owner"


@pytest.mark.parametrize("action", ["remove", "role"])
@pytest.mark.parametrize("user", ["", "x", "999999", "9" * 30, "-" + "9" * 25, "0", "-1"])
def test_a_person_who_is_not_there_breaks_nothing(as_mina: Client, general: Room, action: str, user: str) -> None:
    response = as_mina.post(f"/rooms/general/{action}/", {"user": user, "role": "owner"})
    assert response.status_code in (302, 404)
    assert Membership.objects.current().count() == 2


def test_archiving_and_opening_again(as_mina: Client, general: Room) -> None:
    page = as_mina.post("/rooms/general/archive/", follow=True)
    assert "The room is archived. It can still be read." in text(page)
    assert 'name="topic"' not in page.content.decode()
    assert as_mina.post("/rooms/general/unarchive/").headers["Location"] == general.get_absolute_url()
    general.refresh_from_db()
    assert not general.is_archived


def test_leaving_leads_to_the_directory(as_joon: Client, general: Room, joon: User) -> None:
    response = as_joon.post("/rooms/general/leave/", follow=True)
    assert "You left General." in text(response)
    assert joon.memberships.get().has_left


def test_owners_are_listed_first_among_the_people(as_mina: Client, general: Room, joon: User) -> None:
    joon.display_name = "Aaron"
    joon.save()
    page = text(as_mina.get("/rooms/general/settings/"))
    assert page.index("Mina mina owner") < page.index("Aaron joon member")


# --- Costs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/", 3),
        ("/rooms/", 6),
        ("/rooms/new/", 3),
        ("/rooms/general/", 3),
        ("/rooms/general/settings/", 10),
        ("/rooms/other/", 7),
    ],
)
def test_a_page_takes_the_same_few_queries_however_much_there_is(
    as_mina: Client, mina: User, joon: User, general: Room, django_assert_num_queries: Any, path: str, queries: int
) -> None:
    rooms.create_room(joon, name="Other")
    for _round in range(2):
        as_mina.get(path)
        with django_assert_num_queries(queries):
            assert as_mina.get(path).status_code in (200, 302)
        for number in range(5):
            more = User.objects.create_user(f"more{_round}{number}")
            memberships.join_room(more, room_id=general.pk)
            say(more, general, "hello")
            rooms.create_room(mina, name=f"Room {number}")


def test_what_changed_in_a_room_is_read_once_for_all_its_readers(
    as_mina: Client, as_joon: Client, joon: User, general: Room, django_assert_num_queries: Any
) -> None:
    as_mina.get("/rooms/general/")
    as_joon.get("/rooms/")  # his session is recorded at intervals
    say(joon, general, "hello")
    with django_assert_num_queries(3 + 3):  # the newest messages, the last one, and whether the members changed
        assert "hello" in as_mina.get("/rooms/general/").content.decode()
    with django_assert_num_queries(3):
        assert "hello" in as_joon.get("/rooms/general/").content.decode()


def test_signing_in_from_the_first_page_takes_one_form(client: Client, general: Room) -> None:
    assert sign_in(client, "mina").headers["Location"] == "/"
    assert client.get("/", follow=True).redirect_chain == [("/rooms/general/", 302)]


# --- Removed, and deleted ---------------------------------------------------------------------------------------------


def test_somebody_who_was_removed_reads_why_they_cannot_join(
    as_joon: Client, mina: User, joon: User, general: Room
) -> None:
    memberships.remove_member(mina, room_id=general.pk, user_id=joon.pk)
    why = "You were removed from this room. Ask somebody in it to invite you."
    for page in (as_joon.get("/rooms/"), as_joon.get("/rooms/general/")):
        assert why in text(page)
        assert "/join/" not in page.content.decode()
    assert why in text(as_joon.post("/rooms/general/join/", follow=True))
    memberships.invite_member(mina, room_id=general.pk, user_id=joon.pk)
    assert why not in text(as_joon.get("/rooms/"))


def test_an_owner_deletes_an_archived_room_by_typing_its_name(as_mina: Client, mina: User, general: Room) -> None:
    say(mina, general, "hello")
    assert as_mina.get("/rooms/general/delete/").status_code == 302
    rooms.archive_room(mina, room_id=general.pk)
    assert "/rooms/general/delete/" in as_mina.get("/rooms/general/settings/").content.decode()
    page = text(as_mina.get("/rooms/general/delete/"))
    assert "the one message of this room is deleted for everybody" in page
    assert "2 people are in it" in page
    refused = as_mina.post("/rooms/general/delete/", {"name": "Generals"})
    assert "This is not the name of the room." in text(refused)
    done = as_mina.post("/rooms/general/delete/", {"name": " General "}, follow=True)
    assert "The room is deleted." in text(done)
    assert as_mina.get("/rooms/general/").status_code == 404
    assert not Room.objects.filter(pk=general.pk).exists()


def test_only_owners_are_offered_to_delete_a_room(
    as_joon: Client, as_stranger: Client, mina: User, general: Room, founders: Room
) -> None:
    for room in (general, founders):
        rooms.archive_room(mina, room_id=room.pk)
    assert 'href="/rooms/general/delete/"' not in as_joon.get("/rooms/general/settings/").content.decode()
    assert as_joon.post("/rooms/general/delete/", {"name": "General"}).status_code == 302
    assert as_stranger.post("/rooms/founders/delete/", {"name": "Founders"}).status_code == 404
    assert Room.objects.count() == 2


def test_the_last_person_in_a_private_room_is_warned_before_they_leave_it(
    as_mina: Client, mina: User, joon: User, founders: Room
) -> None:
    warning = "You are the last person in this room."
    assert warning not in text(as_mina.get("/rooms/founders/settings/"))
    memberships.leave_room(joon, room_id=founders.pk)
    page = text(as_mina.get("/rooms/founders/settings/"))
    assert warning in page
    assert "If you archive it instead" in page


def test_a_thousand_rooms_do_not_make_a_page_large(as_mina: Client, mina: User, general: Room) -> None:
    made = Room.objects.bulk_create(
        Room(name="방" * 80, slug=f"room-{n}", topic="주제" * 120, created_by=mina, revision=2, message_count=1)
        for n in range(1_000)
    )
    Membership.objects.bulk_create(Membership(room=room, user=mina) for room in made)
    Message.objects.bulk_create(
        Message(room=room, author=mina, position=1, revision=2, key=uuid.uuid4(), body="<" * 10_000, created_at=now())
        for room in made
    )
    response = as_mina.get(general.get_absolute_url())
    carried = bootstrap(response)
    assert len(response.content) < 200_000
    assert 0 < len(carried["rooms"]) < 1_000
    assert carried["open"]["room"]["slug"] == "general"
