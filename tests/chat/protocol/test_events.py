"""What the server says: shapes made from rows, and frames joined from texts that equal what their models would say."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.models import Membership, Message, Room, User
from chat.protocol import events, frames, shapes
from chat.protocol.limits import HISTORY_PAGE, OUTBOUND_FRAME_BYTES
from chat.queries.space import current_limits

pytestmark = pytest.mark.once


def user(number: int = 7, **more: Any) -> User:
    return User(pk=number, username=f"u{number}", **more)


def message(**more: Any) -> Message:
    fields: dict[str, Any] = {
        "pk": 90,
        "room_id": 1,
        "position": 30,
        "revision": 41,
        "key": uuid4(),
        "author": user(display_name="미나"),
        "body": 'a "b" </script>\n🙂',
        "html": "<p>a</p>",
        "created_at": datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC),
    }
    return Message(**(fields | more))


def excerpt(**more: Any) -> shapes.Excerpt:
    return shapes.Excerpt.of(shapes.Message.of(message(**more)))


def room(**more: Any) -> Room:
    return Room(**({"pk": 1, "slug": "사랑방", "name": "General", "revision": 41, "message_count": 30} | more))


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_message_travels_as_the_protocol_says() -> None:
    shape = read(shapes.Message.of(message()).encode())
    assert list(shape) == [
        *("id", "room", "position", "revision", "key", "kind", "author", "body", "html", "created_at", "edited_at"),
        *("deleted", "reply_to"),
    ]
    assert shape["author"] == {"id": 7, "username": "u7", "name": "미나", "avatar": None, "bot": False}
    assert shape["body"] == 'a "b" </script>\n🙂'
    assert shape["created_at"] == "2026-01-02T03:04:05.678900Z"
    assert (shape["edited_at"], shape["deleted"], shape["reply_to"], shape["kind"]) == (None, False, None, "text")


def test_a_tombstone_says_so() -> None:
    shape = read(shapes.Message.of(message(body="", html="", deleted_at=timezone.now())).encode())
    assert (shape["deleted"], shape["body"], shape["html"]) == (True, "", "")


def test_a_person_without_a_name_goes_by_the_username() -> None:
    assert shapes.User.of(user()).name == "u7"


def test_a_picture_is_an_address() -> None:
    assert shapes.User.of(user(avatar="avatars/7.png")).avatar == "/media/avatars/7.png"


@pytest.mark.parametrize(("count", "last_read", "unread"), [(30, 28, 2), (30, 30, 0), (0, 0, 0), (5, 9, 0)])
def test_unread_is_what_stands_above_what_was_read(count: int, last_read: int, unread: int) -> None:
    assert shapes.unread(count, last_read) == unread


def test_a_room_is_its_readers_own_in_a_summary_and_nobodys_in_an_info() -> None:
    membership = Membership(room=room(), user=user(), role="owner", last_read=28)
    summary = read(shapes.RoomSummary.for_member(membership, excerpt()).encode())
    info = read(shapes.RoomInfo.of(room()).encode())
    assert summary.items() >= info.items()
    assert set(summary) - set(info) == {"role", "notify", "last_read", "unread", "last_message"}
    assert (summary["unread"], summary["role"], summary["last_message"]["id"]) == (2, "owner", 90)


def test_a_member_who_left_says_so() -> None:
    membership = Membership(room=room(), user=user(), left_at=timezone.now(), revision=5)
    assert read(shapes.Member.of(membership).encode())["left"] is True


def test_a_joined_frame_of_changes_is_what_its_model_would_say() -> None:
    one, member = shapes.Message.of(message()), shapes.Member.of(Membership(room=room(), user=user()))
    info = shapes.RoomInfo.of(room())
    text = frames.changes_frame(
        room=1, since=3, revision=41, messages=[one.encode()], members=[member.encode()], info=info.encode()
    )
    whole = events.Changes(room=1, since=3, revision=41, messages=[one], members=[member], info=info)
    assert read(text) == read(whole.encode())
    bare = frames.changes_frame(room=1, since=3, revision=4, messages=[], members=[], info=None)
    assert read(bare) == {"type": "changes", "room": 1, "since": 3, "revision": 4, "messages": [], "members": []}


def test_a_joined_frame_of_activity_is_what_its_model_would_say() -> None:
    one = excerpt()
    text = frames.activity_frame(
        room=1,
        message_count=30,
        unread=2,
        last_message=frames.excerpt_text(shapes.Message.of(message()).encode()),
    )
    assert read(text) == read(events.Activity(room=1, message_count=30, unread=2, last_message=one).encode())
    none = frames.activity_frame(room=1, message_count=0, unread=0, last_message="null")
    assert read(none)["last_message"] is None


def test_joined_frames_of_a_room_and_of_reading_are_what_their_models_would_say() -> None:
    membership = Membership(room=room(), user=user(), role="owner", last_read=28)
    summary = shapes.RoomSummary.for_member(membership, excerpt())
    assert read(frames.room_frame(summary.encode())) == read(events.RoomEvent(room=summary).encode())
    joined = frames.reader_summary(
        shapes.RoomInfo.of(room()).encode(),
        role="owner",
        notify="all",
        last_read=28,
        message_count=30,
        last_message=excerpt().encode(),
    )
    assert read(joined) == read(summary.encode())
    text = frames.read_frame(room=1, last_read=28, unread=2)
    assert read(text) == read(events.ReadEvent(room=1, last_read=28, unread=2).encode())


def test_an_excerpt_is_the_beginning_of_a_message_on_one_line() -> None:
    shape = read(excerpt(body="  one\n\n two\t\tthree " + "x" * 10_000).encode())
    assert list(shape) == ["id", "position", "revision", "author", "kind", "deleted", "created_at", "text"]
    assert shape["text"] == ("one two three " + "x" * 10_000)[: shapes.EXCERPT_CHARS]
    assert (shape["id"], shape["position"], shape["revision"]) == (90, 30, 41)


def test_the_excerpt_of_a_tombstone_is_empty() -> None:
    shape = read(excerpt(body="", html="", deleted_at=timezone.now()).encode())
    assert (shape["deleted"], shape["text"]) == (True, "")


def test_an_excerpt_is_short_whatever_the_message_holds() -> None:
    assert len(excerpt(body="\u0001" * 10_000).encode().encode()) < 1_200


def test_a_message_of_a_newer_version_has_an_excerpt_as_well() -> None:
    newer = read(shapes.Message.of(message()).encode()) | {"reactions": []}
    assert read(frames.excerpt_text(json.dumps(newer))) == read(excerpt().encode())


@pytest.mark.parametrize("ref", [1, "a", 'quo"te', "한글", 0, ""])
def test_a_reply_carries_its_ref_and_the_fields_of_its_result(ref: Any) -> None:
    assert read(events.Reply(ref=ref, result=events.Ok()).encode()) == {"type": "reply", "ref": ref, "ok": True}
    reply = read(events.Reply(ref=ref, result=events.ReadReply(last_read=3, unread=4)).encode())
    assert reply == {"type": "reply", "ref": ref, "ok": True, "last_read": 3, "unread": 4}


def test_a_reply_to_ping_names_rooms_by_their_ids() -> None:
    assert read(events.PingReply(rooms={3: 41}).encode()) == {"rooms": {"3": 41}}


def open_reply(members: int) -> events.OpenReply:
    everyone = [shapes.Member.of(Membership(room=room(), user=user(n), revision=n)) for n in range(1, members + 1)]
    summary = shapes.RoomSummary.for_member(Membership(room=room(), user=user()), None)
    return events.OpenReply.model_construct(
        room=summary,
        revision=41,
        reset=True,
        messages=[shapes.Message.of(message())],
        members=everyone,
        has_older=True,
        contents_text=None,
    )


def test_an_open_reply_from_texts_at_hand_is_the_same_as_one_without() -> None:
    plain = open_reply(2)
    messages = ",".join(shape.encode() for shape in plain.messages)
    members = ",".join(shape.encode() for shape in plain.members)
    at_hand = plain.model_copy(update={"contents_text": f'"messages":[{messages}],"members":[{members}]'})
    assert read(at_hand.encode()) == read(plain.encode())
    assert "contents_text" not in plain.encode()


def test_the_members_of_a_large_room_follow_its_open_reply_in_frames_that_a_socket_can_carry() -> None:
    reply = open_reply(2_001)
    first, *others = [read(text) for text in reply.frames("r")]
    assert max(len(text.encode()) for text in reply.frames("r")) < OUTBOUND_FRAME_BYTES
    assert (first["type"], first["ref"], first["ok"]) == ("reply", "r", True)
    members = first["members"] + [member for frame in others for member in frame["members"]]
    assert [member["user"]["id"] for member in members] == list(range(1, 2_002))
    assert [frame for frame in others if frame["messages"] or "info" in frame] == []


def test_only_the_last_of_these_frames_brings_a_client_to_the_revision_of_the_room() -> None:
    """One that is cut off before it would resume without the members that did not come."""
    frames = [read(text) for text in open_reply(2_001).frames("r")]
    assert [frame["revision"] for frame in frames] == [0, 0, 0, 0, 41]
    assert {(frame["type"], frame["since"]) for frame in frames[1:]} == {("changes", 0)}


def test_the_members_of_a_small_room_stand_in_the_reply() -> None:
    assert len(open_reply(20).frames(1)) == 1


def test_every_event_is_listed_by_its_type() -> None:
    def all_events(event: type[events.Event]) -> set[type[events.Event]]:
        return {event, *(more for child in event.__subclasses__() for more in all_events(child))}

    listed = set(events.EVENTS.values())
    assert all_events(events.Event) - listed <= {events.Event, events.Refusal}


def test_the_limits_that_hello_tells_are_those_in_force(settings: Any) -> None:
    settings.SEND_RATE_PER_SECOND, settings.SEND_RATE_BURST = 5.0, 50
    told = read(current_limits().encode())
    assert told == {
        "frame_bytes": 65_536,
        "body_chars": 10_000,
        "history_page": HISTORY_PAGE,
        "heartbeat_seconds": 25,
        "rate": {"per_second": 5.0, "burst": 50},
    }
