"""The pages of moderation: the rules of a room, and sanctions against one person."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import Membership, Room, User
from chat.services.sanctions import ban_member, mute_member
from tests.chat.web.test_rooms import signed_in, text

pytestmark = pytest.mark.once

JSON: dict[str, Any] = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def as_mina(mina: User) -> Client:
    return signed_in(mina)


@pytest.fixture
def as_joon(joon: User) -> Client:
    return signed_in(joon)


def rules_of(room: Room) -> tuple[Any, ...]:
    room.refresh_from_db()
    return room.who_posts, room.who_mentions_all, room.who_invites, room.slow_seconds


def membership(room: Room, user: User) -> Membership:
    found: Membership = room.memberships.get(user=user)
    return found


def test_an_owner_sets_the_rules_on_the_settings_page(as_mina: Client, general: Room) -> None:
    address = f"{general.get_absolute_url()}rules/"
    form = {"who_posts": "moderators", "who_mentions_all": "", "who_invites": "everyone", "slow_seconds": "30"}
    page = as_mina.post(address, form, follow=True)
    assert "The room is saved." in text(page)
    assert rules_of(general) == ("moderators", "", "everyone", 30)
    assert 'value="30" selected' in page.content.decode()


def test_a_script_changes_one_rule_at_a_time(as_mina: Client, as_joon: Client, general: Room) -> None:
    address = f"{general.get_absolute_url()}rules/"
    assert as_mina.post(address, {"slow_seconds": "10"}, **JSON).status_code == 204
    assert as_mina.post(address, {"who_mentions_all": "everyone"}, **JSON).status_code == 204
    assert as_mina.post(address, {"who_mentions_all": ""}, **JSON).status_code == 204
    assert rules_of(general) == ("everyone", "", "everyone", 10)
    for refused, client in (
        ({"slow_seconds": "7"}, as_mina),
        ({"who_posts": ""}, as_mina),
        ({"slow_seconds": "0"}, as_joon),
    ):
        assert client.post(address, refused, **JSON).status_code == 422
    assert rules_of(general) == ("everyone", "", "everyone", 10)


def test_a_moderator_mutes_and_bans_and_ends_both(as_mina: Client, joon: User, general: Room) -> None:
    address = f"{general.get_absolute_url()}sanction/"
    who = {"user": joon.pk}
    assert as_mina.post(address, who | {"act": "mute", "hours": 24}, **JSON).status_code == 204
    until = membership(general, joon).muted_until
    assert until is not None
    assert timedelta(hours=23) < until - timezone.now() <= timedelta(hours=24)
    assert as_mina.post(address, who | {"act": "unmute"}, **JSON).status_code == 204
    assert as_mina.post(address, who | {"act": "ban", "hours": 1}, **JSON).status_code == 204
    assert membership(general, joon).is_banned
    assert as_mina.post(address, who | {"act": "lift"}, **JSON).status_code == 204
    assert not membership(general, joon).is_barred


@pytest.mark.parametrize(
    "wrong", [{"act": "mute"}, {"act": "shout", "hours": 1}, {"act": "ban", "hours": 0}, {"act": "ban", "hours": 10**9}]
)
def test_a_malformed_sanction_is_refused(as_mina: Client, joon: User, general: Room, wrong: dict[str, Any]) -> None:
    address = f"{general.get_absolute_url()}sanction/"
    assert as_mina.post(address, {"user": joon.pk} | wrong, **JSON).status_code == 422
    assert as_mina.post(address, {"user": joon.pk} | wrong).status_code == 302


def test_only_moderators_see_who_is_muted_or_banned(
    as_mina: Client, as_joon: Client, mina: User, joon: User, stranger: User, general: Room
) -> None:
    address = f"{general.get_absolute_url()}settings/"
    assert "Nobody is muted or banned here." in text(as_mina.get(address))
    mute_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))
    page = text(as_mina.get(address))
    assert "muted until" in page
    assert "Let them write" in page
    assert "muted until" not in text(as_joon.get(address))
    ban_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(hours=1))
    assert "Lift the ban" in text(as_mina.get(address))


def test_a_guest_sees_only_their_rooms_in_the_directory(general: Room, founders: Room) -> None:
    guest = User.objects.create_user("dana", is_guest=True)
    Membership.objects.create(room=founders, user=guest)
    client = signed_in(guest)
    page = text(client.get("/rooms/"))
    assert "Founders" in page
    assert "General" not in page
    assert client.get(general.get_absolute_url()).status_code == 404
    assert client.get(founders.get_absolute_url()).status_code == 200
    assert client.get("/rooms/new/", **JSON).json()["kinds"] == []


def test_the_door_of_a_room_says_until_when_somebody_is_banned(
    as_joon: Client, mina: User, joon: User, general: Room
) -> None:
    ban_member(mina, room_id=general.pk, user_id=joon.pk, until=timezone.now() + timedelta(days=2))
    page = text(as_joon.get(general.get_absolute_url()))
    assert "has banned you until" in page
    assert "Ask somebody in it" not in page


def test_guests_are_not_offered_to_create_a_room(as_joon: Client, joon: User, general: Room) -> None:
    link = 'data-opens="new-room"'
    assert as_joon.get(general.get_absolute_url()).content.decode().count(link) == 2
    User.objects.filter(pk=joon.pk).update(is_guest=True)
    assert link not in as_joon.get(general.get_absolute_url()).content.decode()
