"""The order of one room's changes: what is next, what is old, what is missing, and how it leaves as frames."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.bus.events import AuthorItem, MemberItem, MessageItem, RoomChanged
from chat.live import feed as feed_module
from chat.live.feed import Feed
from chat.protocol.limits import MEMBERS_IN_FRAME, OUTBOUND_FRAME_BYTES

pytestmark = pytest.mark.once

ROOM = 1


def message(number: int, revision: int, text: str = "hi", *, text_revision: int = 0) -> MessageItem:
    """The message at a position, as of a revision; its id is its position."""
    shape = {"id": number, "position": number, "revision": revision, "body": text}
    extras = json.dumps({"id": number, "revision": revision, "extras": {"seen": True}}) if text_revision else ""
    return MessageItem(
        number, revision, number, 7, number, json.dumps(shape, ensure_ascii=False), text_revision, extras
    )


def author(user: int, *, is_member: bool) -> AuthorItem:
    return AuthorItem(user, is_member, json.dumps({"id": user}))


def member(user: int, revision: int, *, left: bool = False) -> MemberItem:
    return MemberItem(user, revision, "member", left, json.dumps({"user": user, "revision": revision, "left": left}))


def change(since: int, revision: int | None = None, **carried: Any) -> RoomChanged:
    """A change of one revision by default, with one message unless `carried` says what else it contains."""
    revision = since + 1 if revision is None else revision
    carried = carried or {"messages": (message(revision, revision),)}
    return RoomChanged(room=ROOM, since=since, revision=revision, message_count=revision, counted=revision, **carried)


def taken(feed: Feed, *changes: RoomChanged) -> list[int]:
    """The revisions that come out of a feed in order, each of them merged."""
    out = []
    for arriving in changes:
        for ready in feed.take(arriving):
            feed.merge(ready)
            out.append(ready.revision)
    return out


def frames(feed: Feed) -> list[dict[str, Any]]:
    return [json.loads(frame.text) for frame in feed.frames()]


def test_what_is_next_in_order_is_taken_at_once() -> None:
    feed = Feed(ROOM, 4)
    assert taken(feed, change(4), change(5)) == [5, 6]
    assert feed.revision == 6


def test_what_is_old_is_dropped() -> None:
    feed = Feed(ROOM, 4)
    assert taken(feed, change(3), change(2)) == []
    assert taken(feed, change(4), change(4)) == [5]


def test_a_change_after_a_gap_waits_for_what_is_missing() -> None:
    feed = Feed(ROOM, 0)
    assert taken(feed, change(2), change(1)) == []
    assert feed.has_gap
    assert taken(feed, change(0)) == [1, 2, 3]
    assert not feed.has_gap


def test_a_catch_up_releases_what_waited_behind_it_and_forgets_what_it_covers() -> None:
    feed = Feed(ROOM, 0)
    taken(feed, change(2), change(3), change(5))
    assert taken(feed, change(0, 4)) == [4]
    assert feed.has_gap
    assert taken(feed, change(4)) == [5, 6]
    assert not feed.has_gap


def test_a_catch_up_that_overlaps_is_taken_whole() -> None:
    feed = Feed(ROOM, 3)
    assert taken(feed, change(1, 5)) == [5]
    assert taken(feed, change(4, 7)) == [7]


@given(st.data())
def test_changes_are_sent_once_and_in_order_in_whatever_order_they_are_received(data: st.DataObject) -> None:
    ends = sorted(data.draw(st.sets(st.integers(1, 40), min_size=1, max_size=15)))
    changes = [change(since, revision) for since, revision in zip([0, *ends], ends, strict=False)]
    doubled = changes + data.draw(st.lists(st.sampled_from(changes), max_size=10))
    feed = Feed(ROOM, 0)
    assert taken(feed, *data.draw(st.permutations(doubled))) == ends
    assert not feed.has_gap
    assert feed.revision == ends[-1]


def test_merged_changes_are_one_frame_with_the_newest_state_of_each_object() -> None:
    feed = Feed(ROOM, 0)
    taken(
        feed,
        change(0, 1, messages=(message(1, 1, "hi"),)),
        change(1, 2, members=(member(8, 2),)),
        change(2, 3, messages=(message(1, 3, "hello"),)),
        change(3, 4, members=(member(8, 4, left=True),)),
        change(4, 5, info='{"name":"one"}'),
        change(5, 6, info='{"name":"two"}'),
    )
    assert frames(feed) == [
        {
            "type": "changes",
            "room": ROOM,
            "since": 0,
            "revision": 6,
            "messages": [{"id": 1, "position": 1, "revision": 3, "body": "hello"}],
            "members": [{"user": 8, "revision": 4, "left": True}],
            "info": {"name": "two"},
        }
    ]


def test_a_change_of_extras_alone_is_sent_without_the_text_that_clients_have() -> None:
    feed = Feed(ROOM, 5)
    taken(feed, change(5, 6, messages=(message(3, 6, text_revision=3),)))
    assert frames(feed) == [
        {
            "type": "changes",
            "room": ROOM,
            "since": 5,
            "revision": 6,
            "extras": [{"id": 3, "revision": 6, "extras": {"seen": True}}],
        }
    ]


def test_a_change_of_extras_is_sent_with_the_text_if_that_was_not_sent_yet() -> None:
    feed = Feed(ROOM, 5)
    taken(
        feed,
        change(5, 6, messages=(message(3, 6),)),
        change(6, 7, messages=(message(3, 7, text_revision=6),)),
    )
    (frame,) = frames(feed)
    assert ([item["revision"] for item in frame["messages"]], "extras" in frame) == ([7], False)


def test_while_a_gap_is_filled_in_parts_a_message_of_a_later_part_is_sent_whole() -> None:
    feed = Feed(ROOM, 3)
    feed.is_behind = True
    taken(feed, change(3, 7, messages=(message(7, 7),)))
    assert [item["id"] for item in frames(feed)[0]["messages"]] == [7]
    feed.is_behind = False
    taken(feed, change(7, 10, messages=(message(2, 8, text_revision=2), message(5, 10, text_revision=5))))
    (last,) = frames(feed)
    assert ([item["id"] for item in last["messages"]], [item["id"] for item in last["extras"]]) == ([5], [2])
    taken(feed, change(10, 11, messages=(message(5, 11, text_revision=5),)))
    assert "messages" not in frames(feed)[0]


def test_a_frame_has_the_authors_of_its_messages_who_are_not_in_the_room() -> None:
    feed = Feed(ROOM, 0)
    taken(
        feed,
        change(0, 1, messages=(message(1, 1),), authors=(author(7, is_member=False),)),
        change(1, 2, messages=(message(2, 2),), authors=(author(8, is_member=True),)),
        change(2, 3, messages=(message(1, 3),), authors=(author(7, is_member=False),)),
    )
    assert frames(feed)[0]["users"] == [{"id": 7}]
    taken(feed, change(3))
    assert "users" not in frames(feed)[0]


def test_a_frame_begins_where_the_last_one_ended_and_holds_nothing_of_it() -> None:
    feed = Feed(ROOM, 0)
    taken(feed, change(0), change(1))
    first = frames(feed)
    taken(feed, change(2))
    second = frames(feed)
    assert [(frame["since"], frame["revision"]) for frame in first + second] == [(0, 2), (2, 3)]
    assert [item["id"] for item in second[0]["messages"]] == [3]
    assert "info" not in second[0]


def test_a_feed_is_dirty_until_it_is_flushed() -> None:
    feed = Feed(ROOM, 0)
    states = [feed.is_dirty]
    taken(feed, change(0))
    states.append(feed.is_dirty)
    feed.frames()
    states.append(feed.is_dirty)
    assert states == [False, True, False]


def test_an_older_state_does_not_overwrite_a_newer_one() -> None:
    feed = Feed(ROOM, 0)
    feed.merge(change(0, 5, messages=(message(1, 5, "new"),), members=(member(8, 5),)))
    feed.merge(change(0, 4, messages=(message(1, 4, "old"),), members=(member(8, 4, left=True),)))
    frame = frames(feed)[0]
    assert frame["messages"][0]["body"] == "new"
    assert frame["members"][0]["revision"] == 5


def test_frames_that_would_be_too_large_are_cut_between_messages() -> None:
    feed = Feed(ROOM, 0)
    texts = ["사" * 30_000 for _ in range(20)]
    items = tuple(message(number, number, text) for number, text in enumerate(texts, start=1))
    taken(feed, change(0, 20, messages=items))
    cut = feed.frames()
    assert len(cut) > 1
    assert max(len(frame.text.encode()) for frame in cut) <= OUTBOUND_FRAME_BYTES
    shapes = [json.loads(frame.text) for frame in cut]
    assert [item["id"] for shape in shapes for item in shape["messages"]] == list(range(1, 21))
    assert [shape["since"] for shape in shapes] == [0, *(shape["revision"] for shape in shapes[:-1])]
    assert shapes[-1]["revision"] == feed.revision == feed.flushed == 20


def test_a_client_that_got_only_a_part_of_what_was_cut_resumes_without_missing_a_member() -> None:
    feed = Feed(ROOM, 0)
    large = "x" * feed_module.FRAME_CHARS
    taken(
        feed,
        change(0, 1, members=(member(8, 1),)),
        change(1, 2, info='{"name":"new"}'),
        change(2, 3, messages=(message(1, 3, large),)),
        change(3, 4, messages=(message(2, 4, large),)),
    )
    first, second = frames(feed)
    assert first["revision"] == 3
    assert [item["user"] for item in first["members"]] == [8]
    assert first["info"] == {"name": "new"}
    assert (second["revision"], "members" in second, "info" in second) == (4, False, False)


def test_thousands_of_members_are_sent_first_in_frames_within_the_limit() -> None:
    feed = Feed(ROOM, 0)
    members = tuple(member(user, user) for user in range(1, 2_001))
    taken(feed, change(0, 2_001, members=members, messages=(message(1, 2_001),)))
    cut = [json.loads(frame.text) for frame in feed.frames()]
    assert max(len(frame.get("members", [])) for frame in cut) <= MEMBERS_IN_FRAME
    assert sorted(item["user"] for frame in cut for item in frame.get("members", [])) == list(range(1, 2_001))
    assert [(frame["since"], frame["revision"]) for frame in cut] == [(0, 0)] * (len(cut) - 1) + [(0, 2_001)]
    assert ["messages" in frame for frame in cut] == [False] * (len(cut) - 1) + [True]


def test_a_catch_up_that_read_beyond_its_revision_takes_no_client_beyond_it() -> None:
    feed = Feed(ROOM, 0)
    large = "x" * feed_module.FRAME_CHARS
    taken(feed, change(0, 2, messages=(message(1, 1), message(2, 3, large), message(3, 4, large))))
    assert [frame.revision for frame in feed.frames()] == [1, 2, 2]


def test_several_frames_are_not_made_of_messages_that_fit_into_one() -> None:
    feed = Feed(ROOM, 0)
    taken(feed, change(0, 100, messages=tuple(message(number, number) for number in range(1, 101))))
    assert len(feed.frames()) == 1
