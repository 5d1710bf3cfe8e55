"""The frames with which a client catches up page by page."""

from dataclasses import replace

from chat.live.connection import Frame
from chat.live.feed import Feed
from chat.protocol.frames import mine_frame
from chat.queries.catch_up import MissedPage


class Ahead(Exception):  # noqa: N818 (not an error of ours)
    """The client has a revision that the room has not reached."""


def page_frames(page: MissedPage, reader: int) -> list[Frame]:
    """The `changes` frames of a page, and what its reader has added to the messages in it.

    Every message is whole: a client that has caught up to the middle of a room's changes need not have its text, even
    if that has not changed since.
    """
    change = replace(page.change, messages=tuple(item._replace(text_revision=0) for item in page.change.messages))
    feed = Feed(change.room, change.since)
    if change.revision > change.since:
        feed.take(change)
        feed.merge(change)
    frames = [Frame(frame.text) for frame in feed.frames()] if feed.is_dirty else []
    if page.mine.none:
        own = page.mine.by_user.get(reader, page.mine.none)
        frames.append(Frame(mine_frame(room=change.room, mine=own)))
    return frames
