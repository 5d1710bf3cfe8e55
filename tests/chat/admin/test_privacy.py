"""What the admin hides: the text of deleted messages in its log, and private rooms from staff."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from chat.models import AuditEntry, Message, Room, User
from chat.services.memberships import invite_member
from tests.harness.admin_actions import act_on, room_form, say, signed_in, url, user_form

pytestmark = pytest.mark.django_db

SECRET = "my password is hunter2-secret"
PRIVATE = "Zeppelin"
"""Occurs in no other text of a page."""


# --- the audit --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["page", "list"])
def test_the_audit_keeps_no_text_of_a_deleted_message(way: str, keeper: User, general: Room, mina: User) -> None:
    message = say(mina, general, SECRET)
    client = signed_in(keeper)
    if way == "page":
        client.post(url("message", "delete", message.pk), {"post": "yes"})
    else:
        act_on(client, "message", "delete_messages", message, post="yes")
    message.refresh_from_db()
    assert message.is_deleted
    entry = AuditEntry.objects.get(actor=keeper)
    assert (entry.action, entry.target_id, entry.target_name) == ("message.deleted", message.pk, "")
    assert (entry.room_id, entry.details) == (general.pk, {"author": str(mina), "author_id": mina.pk})
    assert not LogEntry.objects.exists()


def test_a_message_is_named_without_its_text(mina: User, general: Room, django_assert_num_queries: Any) -> None:
    message = Message.objects.get(pk=say(mina, general, SECRET).pk)
    with django_assert_num_queries(0):
        assert "hunter2" not in f"{message} {message!r}"


# --- private rooms ----------------------------------------------------------------------------------------------------


@pytest.fixture
def zeppelin(mina: User, joon: User) -> Room:
    """A private room with messages and changes."""
    from chat.services.rooms import create_room

    room = create_room(mina, name=PRIVATE, kind="private", topic=f"All about {PRIVATE}")
    invite_member(mina, room_id=room.pk, user_id=joon.pk)
    return room


def addresses(*args: Any) -> Iterator[str]:
    """Every address of the admin, once with each of these ids if it takes any."""
    for pattern in _patterns(get_resolver("chatproject.urls"), ""):
        for values in _values(pattern, args):
            try:
                yield reverse(f"admin:{pattern.name}", args=values)
            except NoReverseMatch:
                continue


def _patterns(resolver: URLResolver, namespace: str) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, entry.namespace or namespace)
        elif namespace == "admin" and entry.name:
            yield entry


def _values(pattern: URLPattern, args: tuple[Any, ...]) -> list[list[Any]]:
    groups = pattern.pattern.regex.groups
    if groups == 0:
        return [[]]
    if groups == 1:
        return [["chat"], *[[arg] for arg in args]]
    return [[kind.pk, arg] for kind in ContentType.objects.all() for arg in args]


@pytest.mark.django_db(transaction=True)  # a transaction in which a message is sent may not take long
def test_no_address_of_the_admin_names_a_private_room_to_staff(
    clerk: User, keeper: User, mina: User, zeppelin: Room
) -> None:
    secret = say(mina, zeppelin, f"{PRIVATE} it is")
    signed_in(keeper).post(url("room", "change", zeppelin.pk), room_form(zeppelin, topic=f"More about {PRIVATE}"))
    signed_in(keeper).post(url("message", "delete", secret.pk), {"post": "yes"})
    signed_in(keeper).post(url("user", "change", mina.pk), user_form(mina, display_name="Mina K."))
    say(mina, zeppelin, f"{PRIVATE} again")
    client, tried = signed_in(clerk), 0
    for address in {*addresses(zeppelin.pk, secret.pk, secret.pk + 1, mina.pk), *filtered(zeppelin, mina)}:
        for response in (client.get(address), client.get(address, follow=True)):
            seen = response.content.decode() + str(response.headers)
            assert PRIVATE.casefold() not in seen.casefold(), address
        tried += 1
    assert tried > 60


def filtered(room: Room, author: User) -> list[str]:
    """Addresses of lists, filters and look-ups that could name a room, and Django's redirect from ids to pages."""
    messages, rooms, people = (url(model, "changelist") for model in ("message", "room", "user"))
    lookup = f"{reverse('admin:autocomplete')}?app_label=chat&model_name"
    kind = ContentType.objects.get_for_model(Room).pk
    return [
        f"{messages}?room__id__exact={room.pk}",
        f"{messages}?room__id__exact={room.pk}&author__id__exact={author.pk}",
        f"{messages}?room__name__startswith=Z",
        f"{messages}?q=it+is",
        f"{rooms}?q=about",
        f"{rooms}?kind__exact=private",
        f"{rooms}?state=open&all=",
        f"{people}?created_rooms={room.pk}",
        f"{lookup}=message&field_name=room",
        f"{lookup}=membership&field_name=room",
        f"{lookup}=membership&field_name=user",
        f"{reverse('admin:search')}?s=zep&extended=1",
        f"/admin/r/{kind}/{room.pk}/",
    ]


def test_superusers_see_the_name_of_the_room_they_filter_by(keeper: User, zeppelin: Room) -> None:
    assert PRIVATE in signed_in(keeper).get(filtered(zeppelin, keeper)[0]).content.decode()


def test_what_staff_post_to_a_private_room_changes_nothing(clerk: User, mina: User, zeppelin: Room) -> None:
    secret = say(mina, zeppelin, "stays")
    client = signed_in(clerk)
    client.post(url("room", "change", zeppelin.pk), room_form(zeppelin, add=(clerk, "owner"), name="Mine"))
    client.post(url("message", "delete", secret.pk), {"post": "yes"})
    act_on(client, "message", "delete_messages", secret, post="yes")
    act_on(client, "room", "archive", zeppelin)
    zeppelin.refresh_from_db()
    secret.refresh_from_db()
    assert (zeppelin.name, zeppelin.is_archived, secret.body) == (PRIVATE, False, "stays")
    assert not zeppelin.memberships.filter(user=clerk).exists()


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("user", "created_rooms"),
        ("user", "memberships"),
        ("user", "messages"),
        ("user", "password__startswith"),
        ("message", "body__regex"),
        ("message", "room__name__startswith"),
        ("room", "name__iregex"),
        ("room", "memberships__user"),
    ],
)
def test_lists_allow_only_the_lookups_of_their_filters(model: str, lookup: str, keeper: User) -> None:
    assert signed_in(keeper).get(url(model, "changelist"), {lookup: "1"}).status_code == 400


def test_every_filter_of_a_list_is_allowed(keeper: User, general: Room, mina: User) -> None:
    client = signed_in(keeper)
    for model in ("user", "room", "message"):
        page = admin.site.get_model_admin({"user": User, "room": Room, "message": Message}[model])
        response = client.get(url(model, "changelist"))
        for filter_spec in response.context["cl"].filter_specs:
            for parameter in filter_spec.expected_parameters():
                assert page.lookup_allowed(parameter or "", "", response.wsgi_request), (model, parameter)
