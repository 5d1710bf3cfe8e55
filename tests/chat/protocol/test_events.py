"""What the server says: shapes made from rows, and frames joined from texts that equal what their models would say."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from chat.models import Membership, Message, Room, User
from chat.protocol import events, frames, shapes
from chat.protocol.excerpts import EXCERPT_CHARS
from chat.protocol.limits import HISTORY_PAGE, OUTBOUND_FRAME_BYTES
from chat.protocol.plain import plain
from chat.queries.space import current_limits

pytestmark = pytest.mark.once

OWNER_MAY = ("post", "pin", "invite", "moderate", "administer", "mention_all")


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
    row = message(**more)
    return shapes.Excerpt.of(shapes.Message.of(row), shapes.User.of(row.author))


def room(**more: Any) -> Room:
    return Room(**({"pk": 1, "slug": "사랑방", "name": "General", "revision": 41, "message_count": 30} | more))


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_message_travels_with_its_author_as_an_id() -> None:
    shape = read(shapes.Message.of(message()).encode())
    assert list(shape) == ["id", "position", "revision", "key", "author", "created_at", "body", "html"]
    assert (shape["author"], shape["body"]) == (7, 'a "b" </script>\n🙂')
    assert shape["created_at"] == "2026-01-02T03:04:05.678Z"


def test_what_has_its_default_value_does_not_travel() -> None:
    body = "a < b\n\nc"
    plain_message = shapes.Message.of(message(body=body, html=plain(body))).encode()
    assert list(read(plain_message)) == ["id", "position", "revision", "key", "author", "created_at", "body"]
    every_field = message(
        kind="system",
        edited_at=timezone.now(),
        deleted_at=timezone.now(),
        reply_to_id=3,
        extras={"a": 1},
        system_lines=2,
        body="",
        html="",
    )
    shape = read(shapes.Message.of(every_field).encode())
    assert set(shapes.Message.model_fields) - set(shape) == {"body", "html"}
    assert (shape["counted"], shape["deleted"], shape["extras"]) == (28, True, {"a": 1})


def test_a_frame_with_one_message_of_100_characters_has_at_most_330_bytes() -> None:
    body = "x" * 100
    row = message(pk=123_456, position=12_345, revision=23_456, body=body, html=plain(body), author=user(123))
    one = shapes.Message.of(row).encode()
    frame = frames.changes_frame(room=123, since=23_455, revision=23_456, messages=[one])
    assert len(frame.encode()) <= 330


def test_a_tombstone_is_marked_as_deleted() -> None:
    shape = read(shapes.Message.of(message(body="", html="", deleted_at=timezone.now())).encode())
    assert (shape["deleted"], "body" in shape, "html" in shape) == (True, False, False)


def test_a_person_without_a_name_goes_by_the_username() -> None:
    assert shapes.User.of(user()).name == "u7"


def test_a_picture_is_an_address() -> None:
    assert shapes.User.of(user(avatar="avatars/7.png")).avatar == "/media/avatars/7.png"


@pytest.mark.parametrize(("count", "last_read", "unread"), [(30, 28, 2), (30, 30, 0), (0, 0, 0), (5, 9, 0)])
def test_unread_counts_the_messages_after_the_last_one_read(count: int, last_read: int, unread: int) -> None:
    assert shapes.unread(count, last_read) == unread


def test_a_room_is_its_readers_own_in_a_summary_and_nobodys_in_an_info() -> None:
    membership = Membership(room=room(), user=user(), role="owner", last_read=28)
    summary = read(shapes.RoomSummary.for_member(membership, excerpt(), may=OWNER_MAY).encode())
    info = read(shapes.RoomInfo.of(room()).encode())
    assert summary.items() >= info.items()
    assert set(summary) - set(info) == {"role", "last_read", "unread", "last_message", "may"}
    assert (summary["unread"], summary["role"], summary["last_message"]["id"]) == (2, "owner", 90)


def test_what_an_ordinary_member_may_do_is_left_out_of_a_summary() -> None:
    membership = Membership(room=room(), user=user())

    def encoded(*may: str) -> dict[str, Any]:
        return read(shapes.RoomSummary.for_member(membership, None, may=may).encode())

    assert "may" not in encoded("post", "react", "pin", "invite")
    assert encoded()["may"] == []
    assert encoded(*OWNER_MAY)["may"] == list(OWNER_MAY)


def test_a_mute_that_has_ended_is_left_out_of_a_summary() -> None:
    def muted_until(year: int) -> str | None:
        membership = Membership(room=room(), user=user(), muted_until=datetime(year, 1, 2, tzinfo=UTC))
        return shapes.RoomSummary.for_member(membership, None, may=()).muted_until

    assert (muted_until(2000), muted_until(2200)) == (None, "2200-01-02T00:00:00.000Z")


def test_the_rules_of_a_room_are_left_out_unless_it_has_some() -> None:
    rules = {"who_posts": "moderators", "who_mentions_all": "everyone", "who_invites": "moderators", "slow_seconds": 30}
    ordinary, ruled = read(shapes.RoomInfo.of(room()).encode()), read(shapes.RoomInfo.of(room(**rules)).encode())
    assert rules.keys().isdisjoint(ordinary)
    assert ruled == ordinary | rules


def test_a_member_who_left_is_marked_as_such() -> None:
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
    bare = frames.changes_frame(room=1, since=3, revision=4)
    assert read(bare) == {"type": "changes", "room": 1, "since": 3, "revision": 4}


@pytest.mark.parametrize("counted", [30, 28])
def test_a_joined_frame_of_activity_is_what_its_model_would_say(counted: int) -> None:
    row = message()
    text = frames.activity_frame(
        room=1,
        message_count=30,
        counted=counted,
        unread=2,
        last_message=frames.excerpt_text(shapes.Message.of(row).encode(), shapes.User.of(row.author).encode()),
    )
    whole = events.Activity(
        room=1, message_count=30, counted=None if counted == 30 else counted, unread=2, last_message=excerpt()
    )
    assert read(text) == read(whole.encode())


@pytest.mark.parametrize("muted_until", [None, datetime(2200, 1, 2, tzinfo=UTC)])
@pytest.mark.parametrize("may", [OWNER_MAY, shapes.ORDINARY_MAY, ()])
def test_joined_frames_of_a_room_and_of_reading_are_what_their_models_would_say(
    may: tuple[str, ...], muted_until: datetime | None
) -> None:
    own = {"role": "owner", "last_read": 28, "muted_until": muted_until, "unread_threads": 2, "thread_mentions": 1}
    membership = Membership(room=room(), user=user(), **own)
    summary = shapes.RoomSummary.for_member(membership, excerpt(), may=may)
    assert read(frames.room_frame(summary.encode())) == read(events.RoomEvent(room=summary).encode())
    joined = frames.reader_summary(
        shapes.RoomInfo.of(room()).encode(),
        role="owner",
        notify="all",
        last_read=28,
        unread=2,
        last_message=excerpt().encode(),
        may=may,
        muted_until=shapes.later(muted_until),
        threads=shapes.threads(2, 1),
    )
    assert shapes.RoomSummary.model_validate_json(joined) == summary
    text = frames.read_frame(room=1, last_read=28, unread=2)
    assert read(text) == read(events.ReadEvent(room=1, last_read=28, unread=2).encode())


def test_a_joined_frame_of_items_is_what_its_model_would_say() -> None:
    items = [shapes.Item(kind="draft", key="1", value={"text": "한\u0001"}, revision=4)]
    items.append(shapes.Item(kind="notify", key="1", value=None, revision=5))
    text = frames.me_changes_frame(since=3, revision=5, reset=False, items=[item.encode() for item in items])
    assert read(text) == read(events.MeChanges(since=3, revision=5, reset=False, items=items).encode())


def test_an_excerpt_is_the_beginning_of_a_message_on_one_line() -> None:
    body = "  one\n\n two\t\tthree " + "x" * 10_000
    shape = read(excerpt(body=body, html=plain(body)).encode())
    assert list(shape) == ["id", "position", "revision", "author", "created_at", "text"]
    assert shape["author"] == {"id": 7, "username": "u7", "name": "미나"}
    assert shape["text"] == ("one two three " + "x" * 10_000)[:EXCERPT_CHARS]
    assert (shape["id"], shape["position"], shape["revision"]) == (90, 30, 41)


def test_the_excerpt_of_a_tombstone_is_empty() -> None:
    shape = read(excerpt(body="", html="", deleted_at=timezone.now()).encode())
    assert (shape["deleted"], "text" in shape) == (True, False)


def test_an_excerpt_is_short_whatever_the_message_holds() -> None:
    assert len(excerpt(body="\u0001" * 10_000).encode().encode()) < 1_200


def test_a_message_of_a_newer_version_has_an_excerpt_as_well() -> None:
    newer = read(shapes.Message.of(message()).encode()) | {"mood": "good"}
    author = read(shapes.User.of(user(display_name="미나")).encode()) | {"pronouns": "she"}
    assert read(frames.excerpt_text(json.dumps(newer), json.dumps(author))) == read(excerpt().encode())


@pytest.mark.parametrize("ref", [1, "a", 'quo"te', "한글", 0, ""])
def test_a_reply_carries_its_ref_and_the_fields_of_its_result(ref: Any) -> None:
    assert read(events.Reply(ref=ref, result=events.Ok()).encode()) == {"type": "reply", "ref": ref, "ok": True}
    reply = read(events.Reply(ref=ref, result=events.ReadReply(last_read=3, unread=4)).encode())
    assert reply == {"type": "reply", "ref": ref, "ok": True, "last_read": 3, "unread": 4}


def test_a_reply_to_ping_names_rooms_by_their_ids() -> None:
    assert read(events.PingReply(rooms={3: 41}).encode()) == {"rooms": {"3": 41}}


def open_reply(members: int) -> events.OpenReply:
    everyone = [shapes.Member.of(Membership(room=room(), user=user(n), revision=n)) for n in range(1, members + 1)]
    summary = shapes.RoomSummary.for_member(Membership(room=room(), user=user()), None, may=OWNER_MAY)
    return events.OpenReply(
        room=summary,
        revision=41,
        reset=True,
        messages=[shapes.Message.of(message())],
        members=everyone,
        has_older=True,
    )


def test_an_open_reply_from_texts_at_hand_is_the_same_as_one_without() -> None:
    whole = open_reply(2)
    messages = ",".join(shape.encode() for shape in whole.messages)
    members = ",".join(shape.encode() for shape in whole.members)
    at_hand = whole.model_copy(update={"contents_text": f',"messages":[{messages}],"members":[{members}]'})
    assert read(at_hand.encode()) == read(whole.encode())
    assert "contents_text" not in whole.encode()


def test_the_members_of_a_large_room_follow_its_open_reply_in_frames_that_a_socket_can_carry() -> None:
    reply = open_reply(2_001)
    first, *others = [read(text) for text in reply.frames("r")]
    assert max(len(text.encode()) for text in reply.frames("r")) < OUTBOUND_FRAME_BYTES
    assert (first["type"], first["ref"], first["ok"]) == ("reply", "r", True)
    members = first["members"] + [member for frame in others for member in frame["members"]]
    assert [member["user"]["id"] for member in members] == list(range(1, 2_002))
    assert [frame for frame in others if "messages" in frame or "info" in frame] == []


def test_only_the_last_of_these_frames_brings_a_client_to_the_revision_of_the_room() -> None:
    """One that is cut off before it would resume without the members that did not come."""
    frames = [read(text) for text in open_reply(2_001).frames("r")]
    assert [frame["revision"] for frame in frames] == [0, 0, 0, 0, 41]
    assert {(frame["type"], frame["since"]) for frame in frames[1:]} == {("changes", 0)}


def test_the_reply_contains_the_members_of_a_small_room() -> None:
    assert len(open_reply(20).frames(1)) == 1


def test_every_event_is_listed_by_its_type() -> None:
    def all_events(event: type[events.Event]) -> set[type[events.Event]]:
        return {event, *(more for child in event.__subclasses__() for more in all_events(child))}

    listed = set(events.EVENTS.values())
    assert all_events(events.Event) - listed <= {events.Event, events.Refusal}


def test_the_limits_in_hello_are_those_in_force(settings: Any) -> None:
    settings.SEND_RATE_PER_SECOND, settings.SEND_RATE_BURST = 5.0, 50
    limits = read(current_limits().encode())
    assert limits == {
        "frame_bytes": 65_536,
        "body_chars": 10_000,
        "history_page": HISTORY_PAGE,
        "heartbeat_seconds": 25,
        "rate": {"per_second": 5.0, "burst": 50},
        "commands": {"per_second": 50.0, "burst": 250},
        "reactions_per_minute": 120,
        "versions_per_minute": 60,
        "mentions_read_per_minute": 120,
        "pins_per_minute": 30,
        "votes_per_minute": 60,
        "reports_per_hour": 20,
        "follows_per_minute": 60,
        "file_bytes": 100 * 1024 * 1024,
        "files_per_message": 10,
    }
