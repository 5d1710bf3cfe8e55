"""The panel of a room's files, and the list for administrators."""

import uuid
from typing import Any

import pytest
from django.test import Client

from chat.models import Message, Room, User
from chat.services.memberships import leave_room
from chat.services.messages import delete_message, send_message
from chat.services.threads import reply_in_thread
from files.models import Attachment
from files.queries.listing import PAGE, urls_in
from tests.files.test_deletion import say, uploaded
from tests.harness.admin_actions import signed_in

pytestmark = pytest.mark.django_db


def listed(user: User, room: Room, **query: str) -> Any:
    answer = signed_in(user).get(f"/rooms/{room.slug}/files/", query)
    assert answer.status_code == 200
    return answer.json()


def sent(author: User, room: Room, *, kind: str = "file", name: str = "a.bin", message: Any = None) -> Attachment:
    """A file of a message, without anything stored."""
    carrier = message or send_message(author, room_id=room.pk, key=uuid.uuid4(), body=name)
    return Attachment.objects.create(
        author=author, room=room, message=carrier, name=name, size=3, kind=kind, state="ready", type="x/y"
    )


def test_the_files_of_a_room_and_its_threads_are_listed_newest_first(mina: User, joon: User, general: Room) -> None:
    first = say(joon, general, uploaded(joon, general, name="one.txt"))
    reply = reply_in_thread(
        mina,
        room_id=general.pk,
        message_id=first.pk,
        key=uuid.uuid4(),
        body="",
        files=[uploaded(mina, general, name="two.txt").pk],
    )
    shown = listed(joon, general)
    assert [(file["name"], file["author"]) for file in shown["files"]] == [("two.txt", mina.pk), ("one.txt", joon.pk)]
    assert shown["files"][0]["message"] == {
        "id": reply.pk,
        "position": 1,
        "at": shown["files"][0]["message"]["at"],
        "thread": first.position,
    }
    assert {user["id"] for user in shown["users"]} == {mina.pk, joon.pk}


def test_files_are_listed_by_kind_and_page_by_page(mina: User, general: Room, founders: Room) -> None:
    message = send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="many")
    for number in range(PAGE + 5):
        file = sent(mina, general, kind="image", name=f"{number}.png", message=message)
        Attachment.objects.filter(pk=file.pk).update(place=number)
    sent(mina, general, kind="voice")
    sent(mina, founders, kind="image", name="elsewhere.png")
    first = listed(mina, general, kind="images")
    rest = listed(mina, general, kind="images", before=first["more"])
    names = [file["name"] for file in first["files"] + rest["files"]]
    assert names == [f"{number}.png" for number in range(PAGE + 5)]
    assert "more" not in rest
    assert [file["kind"] for file in listed(mina, general, kind="voice")["files"]] == ["voice"]
    assert listed(mina, general, kind="files")["files"] == []


def test_links_are_listed(mina: User, joon: User, general: Room) -> None:
    said = send_message(
        joon, room_id=general.pk, key=uuid.uuid4(), body="See https://example.com/?a=1&b=2 and mailto:x@y.z"
    )
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="Nothing here")
    gone = send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="https://example.com/gone")
    delete_message(mina, message_id=gone.pk)
    shown = listed(mina, general, kind="links")
    assert [(link["url"], link["message"]["id"]) for link in shown["links"]] == [
        ("https://example.com/?a=1&b=2", said.pk)
    ]
    assert [user["id"] for user in shown["users"]] == [joon.pk]
    assert "more" not in shown


def test_a_link_is_listed_with_the_title_of_its_page(mina: User, general: Room) -> None:
    said = send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="https://example.com/ https://example.org/")
    Message.objects.filter(pk=said.pk).update(extras={"previews": [{"url": "https://example.org/", "title": "Orange"}]})
    shown = listed(mina, general, kind="links")["links"]
    assert [link.get("title") for link in shown] == [None, "Orange"]


def test_links_are_listed_in_pages(mina: User, general: Room) -> None:
    for number in range(PAGE + 1):
        send_message(mina, room_id=general.pk, key=uuid.uuid4(), body=f"https://example.com/{number}")
    first = listed(mina, general, kind="links")
    rest = listed(mina, general, kind="links", before=first["more"])
    assert [len(first["links"]), [link["url"] for link in rest["links"]]] == [PAGE, ["https://example.com/0"]]
    assert "more" not in rest


def test_only_addresses_of_the_web_are_links() -> None:
    html = '<p><a href="javascript:x">a</a><a href="https://a.b/&quot;" rel="x">b</a><a href="https://a.b/&quot;">c</a></p>'
    assert urls_in(html) == ['https://a.b/"']


def test_whoever_is_not_in_the_room_sees_no_list(mina: User, joon: User, stranger: User, general: Room) -> None:
    path = f"/rooms/{general.slug}/files/"
    assert signed_in(stranger).get(path).status_code == 404
    assert Client().get(path).status_code == 302
    leave_room(joon, room_id=general.pk)
    assert signed_in(joon).get(path).status_code == 404


@pytest.mark.parametrize(
    "query", [{"kind": "x"}, {"before": "x"}, {"before": "1"}, {"before": "1-2-3"}, {"before": "9" * 30 + "-1"}]
)
def test_a_page_that_does_not_exist_is_not_found(mina: User, general: Room, query: dict[str, str]) -> None:
    assert signed_in(mina).get(f"/rooms/{general.slug}/files/", query).status_code == 404


def test_a_page_costs_few_queries(mina: User, general: Room, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        sent(mina, general, name=str(number))
    client = signed_in(mina)
    client.get(f"/rooms/{general.slug}/files/")
    with django_assert_max_num_queries(4):
        client.get(f"/rooms/{general.slug}/files/")


def test_superusers_see_which_files_there_are_and_staff_do_not(mina: User, joon: User, general: Room) -> None:
    sent(joon, general, name="가격표.png")
    sent(joon, general, name="b.png")
    path = "/admin/files/attachment/"
    User.objects.filter(pk=mina.pk).update(is_superuser=True, is_staff=True)
    User.objects.filter(pk=joon.pk).update(is_staff=True)
    mina.refresh_from_db()
    joon.refresh_from_db()
    page = signed_in(mina).get(path).content.decode()
    assert "가격표.png" in page
    assert "6\u00a0bytes" in page  # what joon uses
    assert signed_in(joon).get(path).status_code == 403
    one = signed_in(mina).get(f"{path}{Attachment.objects.latest('created_at').pk}/change/")
    assert one.status_code == 200
    assert signed_in(mina).post(f"{path}add/").status_code == 403
