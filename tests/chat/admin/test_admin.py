"""The admin: what the keepers of a space see and do, and that open browsers receive it at once."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.bus.events import AccessChanged, Deactivated, Event, MemberJoined, MemberRead, MemberRemoved
from chat.models import AuditEntry, Membership, Message, Room, Space, User
from chat.queries.space import space_memory
from chat.services import accounts
from chat.services.memberships import leave_room
from chat.services.messages import edit_message, send_message
from chat.services.rooms import archive_room, create_room, unarchive_room
from tests.harness.admin_actions import (
    act_on,
    acts_of,
    errors_of,
    room_form,
    say,
    signed_in,
    space_form,
    url,
    user_form,
)
from tests.harness.bus_events import changes_in, other_events

pytestmark = [pytest.mark.django_db, pytest.mark.once]


# --- the door ---------------------------------------------------------------------------------------------------------


def test_a_visitor_who_is_not_signed_in_is_redirected_to_the_sign_in_page(space: Space) -> None:
    response = Client().get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_member_may_not_open_the_admin(mina: User) -> None:
    assert signed_in(mina).get("/admin/", follow=True).status_code == 403


def test_ones_own_password_is_changed_on_the_site(keeper: User) -> None:
    response = signed_in(keeper).get(reverse("admin:password_change"))
    assert response.headers["Location"] == reverse("account_change_password")


def test_nothing_but_messages_and_groups_can_be_deleted(keeper: User, general: Room) -> None:
    client = signed_in(keeper)
    for model, pk in (("user", keeper.pk), ("room", general.pk), ("space", 1)):
        assert client.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
        assert "delete_selected" not in client.get(url(model, "changelist"), follow=True).content.decode()


# --- every page -------------------------------------------------------------------------------------------------------


QUERIES = {
    "index": 7,
    "chat_user_changelist": 5,
    "chat_room_changelist": 5,
    "chat_message_changelist": 3,
    "chat_room_change": 6,
    "chat_user_change": 6,
    "chat_message_change": 3,
    "chat_space_change": 3,
    "chat_auditentry_changelist": 5,
    "chat_auditentry_change": 3,
}


def test_a_page_asks_as_often_for_many_rows_as_for_few(keeper: User, general: Room, mina: User, joon: User) -> None:
    message = say(mina, general)
    args = {
        "chat_room_change": general.pk,
        "chat_user_change": mina.pk,
        "chat_message_change": message.pk,
        "chat_space_change": 1,
        "chat_auditentry_change": AuditEntry.objects.latest("pk").pk,
    }
    client = signed_in(keeper)

    def asked(page: str) -> int:
        address = reverse(f"admin:{page}", args=[args[page]] if page in args else [])
        client.get(address)  # what is read once for a process
        cache.clear()
        space_memory.read()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    assert {page: asked(page) for page in QUERIES} == QUERIES
    for number in range(8):
        user = accounts.create_person(keeper, username=f"p{number}", password=None)
        room = create_room(user, name=f"R{number}", kind="private")
        archive_room(user, room_id=room.pk)
        unarchive_room(user, room_id=room.pk)
        say(user, room)
        say(mina, general)
    assert {page: asked(page) for page in QUERIES} == QUERIES


@pytest.mark.parametrize("page", ["chat_user_add", "chat_room_add", "auth_group_add", "auth_group_changelist"])
def test_the_other_pages_open(page: str, keeper: User) -> None:
    assert signed_in(keeper).get(reverse(f"admin:{page}")).status_code == 200


def test_messages_are_never_counted(keeper: User, general: Room, mina: User) -> None:
    say(mina, general, "green tea")
    client = signed_in(keeper)
    for query in ("", "?q=tea", f"?room__id__exact={general.pk}", f"?author__id__exact={mina.pk}", "?p=2"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(url("message", "changelist") + query).status_code == 200
        assert not [entry for entry in asked if "COUNT(" in entry["sql"]], query


def test_messages_of_one_room_come_by_the_index_of_their_positions(keeper: User, general: Room, mina: User) -> None:
    say(mina, general)
    with CaptureQueriesContext(connection) as asked:
        signed_in(keeper).get(url("message", "changelist") + f"?room__id__exact={general.pk}")
    ordered = [entry["sql"] for entry in asked if 'ORDER BY "chat_message"' in entry["sql"]]
    assert ordered
    assert all('ORDER BY "chat_message"."position" DESC' in sql for sql in ordered)


def test_messages_are_found_by_words_room_author_and_date(
    keeper: User, general: Room, founders: Room, mina: User, joon: User
) -> None:
    green = say(mina, general, "green tea")
    black = say(joon, founders, "black tea")
    old = send_message(
        joon, room_id=general.pk, key=uuid.uuid4(), body="old tea", at=datetime(2020, 1, 2, 12, tzinfo=UTC)
    )
    client = signed_in(keeper)

    def found(query: str) -> set[int]:
        response = client.get(url("message", "changelist") + query)
        return {message.pk for message in response.context["cl"].result_list}

    assert found("?q=tea") == {green.pk, black.pk, old.pk}
    assert found("?q=black") == {black.pk}
    assert found(f"?room__id__exact={general.pk}") == {green.pk, old.pk}
    assert found(f"?author__id__exact={joon.pk}") == {black.pk, old.pk}
    assert found("?created_at_from=2020-01-01&created_at_to=2020-01-02") == {old.pk}
    assert found("?created_at_from=2020-01-03&created_at_to=2020-01-04") == set()
    assert found("?created_at_from=no-day") == {green.pk, black.pk, old.pk}


# --- rooms ------------------------------------------------------------------------------------------------------------


def test_a_room_renamed_in_its_form_is_renamed_in_open_browsers(
    keeper: User, general: Room, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    published = published_by(lambda: client.post(url("room", "change", general.pk), room_form(general, name="Lobby")))
    [change] = changes_in(published)
    assert '"name":"Lobby"' in str(change.info)
    general.refresh_from_db()
    assert (general.name, general.slug) == ("Lobby", "general")
    assert change.revision == general.revision
    assert acts_of(keeper) == ["room.changed"]


def test_a_form_in_which_nothing_changed_publishes_nothing(
    keeper: User, general: Room, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    assert published_by(lambda: client.post(url("room", "change", general.pk), room_form(general))) == []


def test_a_room_is_archived_and_opened_again_in_its_form(keeper: User, general: Room) -> None:
    client = signed_in(keeper)
    client.post(url("room", "change", general.pk), room_form(general, archived="on"))
    general.refresh_from_db()
    assert general.is_archived
    client.post(url("room", "change", general.pk), room_form(general, archived=None, name="Open again"))
    general.refresh_from_db()
    assert (general.is_archived, general.name) == (False, "Open again")


def test_what_a_service_refuses_is_an_error_of_the_form_and_changes_nothing(keeper: User, general: Room) -> None:
    client = signed_in(keeper)
    client.post(url("room", "change", general.pk), room_form(general, archived="on"))
    general.refresh_from_db()
    before, recorded = general.revision, acts_of(keeper)
    response = client.post(url("room", "change", general.pk), room_form(general, name="Renamed"))
    assert "archived" in errors_of(response)
    assert b"Renamed" in response.content, "what was typed is still there"
    general.refresh_from_db()
    assert (general.name, general.revision) == ("General", before)
    assert acts_of(keeper) == recorded


def test_rooms_are_archived_and_unarchived_from_the_list(
    keeper: User, general: Room, founders: Room, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    published = published_by(lambda: act_on(client, "room", "archive", general, founders))
    assert len(changes_in(published)) == 2
    assert Room.objects.archived().count() == 2
    assert acts_of(keeper) == ["room.archived"] * 2
    act_on(client, "room", "unarchive", founders)
    assert list(Room.objects.archived()) == [general]


def test_an_action_refused_for_one_room_is_reported_and_done_to_the_others(
    clerk: User, general: Room, mina: User
) -> None:
    own = Room.objects.create(slug="own", name="Own", created_by=clerk)
    Membership.objects.create(room=own, user=clerk, role="owner")
    response = act_on(signed_in(clerk), "room", "archive", general, own)
    shown = [str(message) for message in response.context["messages"]]
    assert shown == ["General: Join the room first.", "1 room is archived."]
    assert list(Room.objects.archived()) == [own]


def test_a_room_created_in_the_admin_belongs_to_its_creator(keeper: User) -> None:
    signed_in(keeper).post(url("room", "add"), {"name": "새 방", "topic": "", "kind": "private"})
    room = Room.objects.get()
    assert (room.name, room.kind, room.created_by) == ("새 방", "private", keeper)
    assert room.memberships.get().role == Membership.Role.OWNER
    assert acts_of(keeper) == ["room.created"]


def test_direct_conversations_are_not_made_in_the_admin(keeper: User) -> None:
    response = signed_in(keeper).post(url("room", "add"), {"name": "Two", "topic": "", "kind": "direct"})
    assert "kind" in response.context["adminform"].form.errors


# --- members ----------------------------------------------------------------------------------------------------------


def test_a_member_removed_in_the_form_loses_access_at_once(
    keeper: User, general: Room, joon: User, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    data = room_form(general, {}, {"DELETE": "on"})
    published = published_by(lambda: client.post(url("room", "change", general.pk), data))
    assert other_events(published) == [MemberRemoved]
    assert not general.memberships.current().filter(user=joon).exists()
    assert acts_of(keeper) == ["member.removed"]


def test_the_rules_of_a_room_are_changed_on_its_page(keeper: User, general: Room) -> None:
    client = signed_in(keeper)
    data = room_form(general, who_posts="moderators", who_mentions_all="everyone", slow_seconds=30)
    client.post(url("room", "change", general.pk), data)
    general.refresh_from_db()
    assert (general.who_posts, general.who_mentions_all, general.slow_seconds) == ("moderators", "everyone", 30)
    entry = AuditEntry.objects.get(action="room.changed")
    assert entry.details["slow_seconds"] == [0, 30]


def test_somebody_added_in_the_form_gets_the_room_at_once(
    keeper: User, founders: Room, stranger: User, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    data = room_form(founders, add=(stranger, "moderator"))
    published = published_by(lambda: client.post(url("room", "change", founders.pk), data))
    assert other_events(published) == [MemberJoined, MemberRead]
    assert founders.memberships.current().get(user=stranger).role == "moderator"
    assert acts_of(keeper) == ["member.invited", "member.role"]


def test_somebody_who_left_can_be_added_again(keeper: User, founders: Room, joon: User) -> None:
    leave_room(joon, room_id=founders.pk)
    response = signed_in(keeper).post(url("room", "change", founders.pk), room_form(founders, add=(joon, "member")))
    assert response.status_code == 302
    assert founders.memberships.current().filter(user=joon).exists()


def test_ownership_of_a_room_is_transferred_in_one_save(keeper: User, general: Room, mina: User, joon: User) -> None:
    data = room_form(general, {"role": "member"}, {"role": "owner"})
    assert signed_in(keeper).post(url("room", "change", general.pk), data).status_code == 302
    roles = dict(general.memberships.values_list("user__username", "role"))
    assert roles == {"mina": "member", "joon": "owner"}


def test_the_last_owner_stays_owner(keeper: User, general: Room, mina: User) -> None:
    response = signed_in(keeper).post(url("room", "change", general.pk), room_form(general, {"role": "member"}))
    assert "A room needs an owner" in errors_of(response)
    assert general.memberships.get(user=mina).role == Membership.Role.OWNER


def test_people_who_left_are_not_listed(keeper: User, general: Room, joon: User) -> None:
    leave_room(joon, room_id=general.pk)
    formset = signed_in(keeper).get(url("room", "change", general.pk)).context["inline_admin_formsets"][0]
    assert [form.original.user.username for form in formset if form.original] == ["mina"]


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_a_new_name_reaches_the_rooms_of_a_person(
    keeper: User, general: Room, founders: Room, joon: User, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    data = user_form(joon, display_name="준")
    published = published_by(lambda: client.post(url("user", "change", joon.pk), data))
    changes = changes_in(published)
    assert {change.room for change in changes} == {general.pk, founders.pk}
    assert all('"name":"준"' in change.members[0].text for change in changes)
    assert acts_of(keeper) == ["person.changed"]


def test_somebody_deactivated_in_the_form_is_out_at_once(
    keeper: User, joon: User, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    published = published_by(lambda: client.post(url("user", "change", joon.pk), user_form(joon, is_active=None)))
    assert other_events(published) == [Deactivated]
    joon.refresh_from_db()
    assert not joon.is_active


def test_people_are_deactivated_and_activated_from_the_list(
    keeper: User, mina: User, joon: User, published_by: Callable[..., list[Event]]
) -> None:
    client = signed_in(keeper)
    published = published_by(lambda: act_on(client, "user", "deactivate", mina, joon))
    assert other_events(published) == [Deactivated, Deactivated]
    act_on(client, "user", "activate", joon)
    assert set(User.objects.filter(is_active=True)) == {keeper, joon}
    assert acts_of(keeper) == ["person.deactivated", "person.deactivated", "person.activated"]


def test_nobody_deactivates_themselves(keeper: User) -> None:
    client = signed_in(keeper)
    response = client.post(url("user", "change", keeper.pk), user_form(keeper, is_active=None))
    assert "You can&#x27;t deactivate yourself." in errors_of(response)
    shown = [str(message) for message in act_on(client, "user", "deactivate", keeper).context["messages"]]
    assert shown == ["Keeper (@keeper): You can't deactivate yourself."]


def test_nobody_takes_their_own_rights_away(keeper: User) -> None:
    response = signed_in(keeper).post(url("user", "change", keeper.pk), user_form(keeper, is_superuser=None))
    assert "your own superuser status" in errors_of(response)
    keeper.refresh_from_db()
    assert keeper.is_superuser


def test_a_superuser_gives_rights(keeper: User, mina: User) -> None:
    permission = Permission.objects.get(codename="view_message")
    data = user_form(mina, is_staff="on", user_permissions=[permission.pk])
    signed_in(keeper).post(url("user", "change", mina.pk), data)
    mina.refresh_from_db()
    assert mina.is_staff
    assert list(mina.user_permissions.all()) == [permission]


def test_a_new_person_starts_in_the_first_room_and_can_sign_in(keeper: User, general: Room) -> None:
    data = {"username": "newcomer", "display_name": "New", "email": "new@example.com", "usable_password": "true"}
    passwords = {"password1": "a-long-enough-one", "password2": "a-long-enough-one"}
    signed_in(keeper).post(url("user", "add"), data | passwords)
    user = User.objects.get(username="newcomer")
    assert user.check_password("a-long-enough-one")
    assert (user.display_name, user.email) == ("New", "new@example.com")
    assert list(Room.objects.of(user)) == [general]


def test_a_person_without_a_password_cannot_sign_in_by_one(keeper: User) -> None:
    data = {"username": "bot", "display_name": "Bot", "usable_password": "false", "is_bot": "on"}
    signed_in(keeper).post(url("user", "add"), data)
    bot = User.objects.get(username="bot")
    assert bot.is_bot
    assert not bot.has_usable_password()


def test_a_username_is_taken_once(keeper: User, mina: User, joon: User) -> None:
    response = signed_in(keeper).post(url("user", "change", joon.pk), user_form(joon, username="mina"))
    assert "username" in response.context["adminform"].form.errors


def test_an_address_that_was_replaced_no_longer_opens_the_account(keeper: User, joon: User) -> None:
    EmailAddress.objects.create(user=joon, email="old@example.com", verified=True, primary=True)
    signed_in(keeper).post(url("user", "change", joon.pk), user_form(joon, email="new@example.com"))
    joon.refresh_from_db()
    assert joon.email == "new@example.com"
    assert not EmailAddress.objects.filter(email="old@example.com").exists()


def test_a_new_password_ends_the_sessions_of_its_owner(
    keeper: User, joon: User, published_by: Callable[..., list[Event]]
) -> None:
    theirs, client = signed_in(joon), signed_in(keeper)
    address = reverse("admin:auth_user_password_change", args=[joon.pk])
    data = {"password1": "quite-another-one", "password2": "quite-another-one", "usable_password": "true"}
    published = published_by(lambda: client.post(address, {**data, "set-password": "1"}))
    assert other_events(published) == [AccessChanged]
    assert theirs.get(reverse("profile")).status_code == 302
    joon.refresh_from_db()
    assert joon.check_password("quite-another-one")
    assert client.get("/admin/").status_code == 200, "the keeper stays signed in"


# --- staff who are no superusers --------------------------------------------------------------------------------------


def test_staff_cannot_raise_their_own_rights(clerk: User) -> None:
    signed_in(clerk).post(url("user", "change", clerk.pk), user_form(clerk, is_superuser="on", display_name="Boss"))
    clerk.refresh_from_db()
    assert (clerk.is_superuser, clerk.display_name) == (False, "Boss")


@pytest.mark.parametrize("page", ["chat_user_change", "auth_user_password_change"])
def test_staff_cannot_touch_who_has_more_rights(clerk: User, keeper: User, page: str) -> None:
    address = reverse(f"admin:{page}", args=[keeper.pk])
    data = {
        "password1": "taken-over-now",
        "password2": "taken-over-now",
        "usable_password": "true",
        "set-password": "1",
    }
    response = signed_in(clerk).post(address, user_form(keeper, display_name="Nobody") | data)
    assert response.status_code == 403
    keeper.refresh_from_db()
    assert keeper.display_name == "Keeper"
    assert keeper.check_password("keeperkeeper")


def test_staff_look_after_members(clerk: User, joon: User) -> None:
    signed_in(clerk).post(url("user", "change", joon.pk), user_form(joon, display_name="Joon L."))
    joon.refresh_from_db()
    assert joon.display_name == "Joon L."


def test_private_rooms_are_hidden_from_staff_who_are_not_in_them(
    clerk: User, general: Room, founders: Room, mina: User
) -> None:
    public, secret = say(mina, general, "open word"), say(mina, founders, "secret word")
    client = signed_in(clerk)
    shown = client.get(url("message", "changelist") + "?q=word").context["cl"].result_list
    assert [message.pk for message in shown] == [public.pk]
    assert client.get(url("message", "change", secret.pk)).status_code == 302
    assert client.get(url("room", "change", founders.pk)).status_code == 302
    for address in (url("room", "changelist"), reverse("admin:index")):
        assert b"Founders" not in client.get(address).content
    choices = client.get(
        reverse("admin:autocomplete"), {"app_label": "chat", "model_name": "message", "field_name": "room"}
    )
    assert [choice["text"] for choice in choices.json()["results"]] == ["General"]


def test_superusers_see_every_message(keeper: User, founders: Room, mina: User) -> None:
    secret = say(mina, founders, "secret word")
    assert b"secret word" in signed_in(keeper).get(url("message", "change", secret.pk)).content


def test_staff_without_permissions_see_an_empty_overview(mina: User, general: Room) -> None:
    mina.is_staff = True
    mina.save()
    say(mina, general)
    client = signed_in(mina)
    response = client.get("/admin/")
    assert response.status_code == 200
    assert b"General" not in response.content
    assert "messages_today" not in response.context
    for model in ("user", "room", "message"):
        assert client.get(url(model, "changelist")).status_code == 403


# --- messages ---------------------------------------------------------------------------------------------------------


def test_messages_deleted_from_the_list_leave_tombstones_in_open_browsers(
    keeper: User, general: Room, mina: User, published_by: Callable[..., list[Event]]
) -> None:
    first, second = say(mina, general), say(mina, general)
    client = signed_in(keeper)
    published = published_by(lambda: act_on(client, "message", "delete_messages", first, second, post="yes"))
    texts = [item.text for change in changes_in(published) for item in change.messages]
    assert len(texts) == 2
    assert all('"deleted":true' in text for text in texts)
    assert list(Message.objects.values_list("body", "position").order_by("position")) == [("", 1), ("", 2)]
    assert acts_of(keeper) == ["message.deleted"] * 2


def test_a_message_is_deleted_on_its_page(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general)
    client = signed_in(keeper)
    assert b"hi" in client.get(url("message", "delete", message.pk)).content
    client.post(url("message", "delete", message.pk), {"post": "yes"})
    message.refresh_from_db()
    assert message.is_deleted
    assert acts_of(keeper) == ["message.deleted"]


def test_a_refused_deletion_is_reported_and_not_recorded(clerk: User, general: Room, mina: User) -> None:
    message = say(mina, general)
    response = signed_in(clerk).post(url("message", "delete", message.pk), {"post": "yes"}, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["Join the room first."]
    message.refresh_from_db()
    assert not message.is_deleted
    assert acts_of(clerk) == []


def test_the_text_of_a_message_cannot_be_changed_in_the_admin(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general, "my words")
    client = signed_in(keeper)
    assert client.post(url("message", "change", message.pk), {"body": "other words"}).status_code == 403
    assert client.get(url("message", "add")).status_code == 403
    message.refresh_from_db()
    assert message.body == "my words"


def test_a_message_says_what_became_of_it(keeper: User, general: Room, mina: User) -> None:
    edit_message(mina, message_id=say(mina, general).pk, body="changed")
    assert b"edited" in signed_in(keeper).get(url("message", "changelist")).content


def test_what_people_wrote_is_text_in_the_admin(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general, "<script>alert(1)</script>")
    client = signed_in(keeper)
    for page, args in (("changelist", ()), ("change", (message.pk,)), ("delete", (message.pk,))):
        html = client.get(url("message", page, *args)).content.decode()
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert(1)" not in html


# --- the space --------------------------------------------------------------------------------------------------------


def test_the_space_gets_another_name(keeper: User) -> None:
    client = signed_in(keeper)
    assert client.get(url("space", "changelist")).headers["Location"] == url("space", "change", 1)
    client.post(url("space", "change", 1), space_form(name="  Maple   Studio "))
    assert Space.objects.get().name == "Maple Studio"


def test_the_name_of_a_space_is_not_blank(keeper: User) -> None:
    response = signed_in(keeper).post(url("space", "change", 1), space_form(name=" "))
    assert "name" in response.context["adminform"].form.errors


# --- the overview -----------------------------------------------------------------------------------------------------


def test_the_overview_counts_days_in_the_time_zone_of_its_reader(keeper: User, general: Room, mina: User) -> None:
    keeper.time_zone = "Asia/Seoul"
    keeper.save()
    seoul = keeper.zone
    midnight = timezone.now().astimezone(seoul).replace(hour=0, minute=0, second=0, microsecond=0)
    for moment in (
        midnight,
        midnight - timedelta(minutes=1),
        midnight - timedelta(days=13),
        midnight - timedelta(days=14),
    ):
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="hi", at=moment)
    context = signed_in(keeper).get("/admin/").context
    assert context["messages_today"] == 1
    assert context["messages_lately"] == 3
    counts = [count for _day, count in context["messages_by_day"]]
    assert counts == [1] + [0] * 11 + [1, 1]


def test_the_overview_counts_once_a_minute_however_many_look(keeper: User, general: Room, mina: User) -> None:
    client = signed_in(keeper)
    client.get("/admin/")
    say(mina, general)
    assert client.get("/admin/").context["messages_today"] == 0
    cache.clear()
    assert client.get("/admin/").context["messages_today"] == 1


def test_a_chart_without_a_message_says_so(keeper: User, general: Room, mina: User) -> None:
    client = signed_in(keeper)
    assert b"No messages yet." in client.get("/admin/").content
    long_ago = timezone.now() - timedelta(days=40)
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="hi", at=long_ago)
    assert b"No messages in the last two weeks." in client.get("/admin/").content
    say(mina, general)
    cache.clear()
    page = client.get("/admin/").content
    assert b"No messages" not in page
    assert b"<canvas" in page


def test_no_page_of_the_admin_has_an_inline_script(keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general)
    client = signed_in(keeper)
    addresses = [
        "/admin/",
        url("room", "change", general.pk),
        url("user", "change", mina.pk),
        url("user", "add"),
        url("message", "changelist"),
        url("message", "delete", message.pk),
    ]
    for address in addresses:
        page = client.get(address).content.decode()
        scripts = re.findall(r"<script\b([^>]*)>", page)
        assert scripts
        inline = [script for script in scripts if "src=" not in script and "application/json" not in script]
        assert inline == [], address
        assert not re.search(r"\son(click|load|submit|change)=", page), address


@pytest.mark.parametrize("junk", ["x", "\u2028", "9" * 30, "-1", "1.5", "²"])
def test_an_invalid_choice_of_a_person_is_an_error_of_the_form(
    keeper: User, general: Room, mina: User, junk: str
) -> None:
    client = signed_in(keeper)
    page = client.post(url("user", "change", mina.pk), user_form(mina, groups=junk))
    assert "groups" in page.context["adminform"].form.errors
    page = client.post(url("user", "change", mina.pk), user_form(mina, user_permissions=junk))
    assert "user_permissions" in page.context["adminform"].form.errors
    page = client.post(url("room", "change", general.pk), room_form(general) | {"memberships-2-0-user": junk})
    assert page.status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_days_at_the_ends_of_the_calendar_can_be_filtered_by(keeper: User, settings: Any, day: str, zone: str) -> None:
    settings.TIME_ZONE = zone
    client = signed_in(keeper)
    for end in ("from", "to"):
        page = client.get(url("user", "changelist"), {f"date_joined_{end}": day})
        is_shown = (day < "2000") == (end == "from")
        assert ("Keeper" in str(page.context["cl"].queryset.all()[:5])) is is_shown


@pytest.mark.parametrize("page", ["²", "9" * 5_000, "-1", "", "x"])
def test_a_page_of_members_that_is_no_number_is_the_first(keeper: User, general: Room, page: str) -> None:
    response = signed_in(keeper).get(url("room", "change", general.pk), {"memberships-page": page})
    assert response.status_code == 200
    assert "mina" in response.content.decode()
