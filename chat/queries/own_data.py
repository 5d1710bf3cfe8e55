"""Writes the archive of a person's own data: JSON for programs, and a page to read.

Never holds more than a few hundred rows.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from chat.models import (
    HeldMessage,
    Message,
    MessageVersion,
    PersonItem,
    PersonStatus,
    Reaction,
    Report,
    Room,
    SignIn,
    ThreadFollow,
    User,
    Vote,
)
from chat.models.pictures import large_name
from chat.queries.direct import load_people, title_of
from chat.services.attaching import attacher

ROWS_AT_ONCE = 500

STYLE = """body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
p { white-space: pre-wrap; overflow-wrap: anywhere; }
time { display: block; font-size: 0.8em; opacity: 0.75; }
dt { font-weight: 600; }
"""
"""The style sheet of the page in the archive."""

Row = Mapping[str, Any]


def write_archive(file: IO[bytes], user: User) -> None:
    """Write a ZIP file with everything that is stored about a person, and what they wrote."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _write_json(archive, "profile.json", [profile_of(user)])
        _write_json(archive, "rooms.json", rooms_of(user))
        _write_json(archive, "messages.json", messages_of(user))
        _write_json(archive, "threads.json", threads_of(user))
        _write_json(archive, "former_texts.json", former_texts_of(user))
        _write_json(archive, "held_messages.json", held_messages_of(user))
        _write_json(archive, "reactions.json", reactions_of(user))
        _write_json(archive, "votes.json", votes_of(user))
        _write_json(archive, "reports.json", reports_of(user))
        _write_json(archive, "settings_and_drafts.json", items_of(user))
        _write_json(archive, "sign_ins.json", sign_ins_of(user))
        _write_json(archive, "files.json", attacher().archive_of(user))
        _write_picture(archive, user)
        for path, pieces in attacher().contents_of(user):
            with archive.open(path, "w", force_zip64=True) as file_in_archive:
                file_in_archive.writelines(pieces)
        archive.writestr("style.css", STYLE)
        with timezone.override(user.zone), _text(archive, "index.html") as page:
            page.writelines(pieces_of_page(user))


# --- the rows ---------------------------------------------------------------------------------------------------------


def profile_of(user: User) -> Row:
    """What is stored about the person themselves. Passwords and secrets for signing in are not part of it."""
    addresses = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {
        "id": user.pk,
        "username": user.username,
        "name": user.display_name,
        "email_addresses": sorted({user.email, *addresses} - {""}),
        "time_zone": user.time_zone,
        "status": str(PersonStatus.objects.in_force().filter(user=user).first() or ""),
        "joined_at": _time(user.date_joined),
        "last_sign_in_at": _time(user.last_login),
        "exported_at": _time(timezone.now()),
    }


def rooms_of(user: User) -> Iterator[Row]:
    """The rooms that the person is or was in, with the names of those that they may see."""
    names = _room_names(user)
    memberships = user.memberships.select_related("room").order_by("joined_at", "pk")
    for membership in memberships.iterator(ROWS_AT_ONCE):
        yield {
            "room": membership.room_id,
            "name": names.get(membership.room_id, ""),
            "kind": membership.room.kind,
            "role": membership.role,
            "joined_at": _time(membership.joined_at),
            "left_at": _time(membership.left_at),
            "created_by_you": membership.room.created_by_id == user.pk,
        }


def _room_names(user: User) -> dict[int, str]:
    """The names of rooms that the person may see: others may have new names that they must not learn."""
    rooms = list(Room.objects.visible_to(user).filter(pk__in=user.memberships.values("room")))
    load_people(rooms)
    return {room.pk: title_of(room, user) for room in rooms}


def threads_of(user: User) -> Iterator[Row]:
    """The threads that the person follows, or followed, in the rooms that they are in."""
    follows = ThreadFollow.objects.filter(user=user).select_related("room").order_by("pk")
    for follow in follows.iterator(ROWS_AT_ONCE):
        yield {
            "thread": follow.room_id,
            "room": follow.parent_id,
            "message": follow.room.parent_message_id,
            "follows": follow.is_following,
            "read_up_to_position": follow.last_read,
        }


def messages_of(user: User) -> Iterator[Row]:
    """The person's messages that were not deleted, by room and position."""
    written = Message.objects.filter(author=user, kind=Message.Kind.TEXT, deleted_at=None)
    rows = written.order_by("room_id", "position").values(
        "pk", "room_id", "room__parent_id", "position", "created_at", "edited_at", "reply_to_id", "body"
    )
    for row in rows.iterator(ROWS_AT_ONCE):
        yield {
            "id": row["pk"],
            "room": row["room_id"],
            "thread_in_room": row["room__parent_id"],
            "position": row["position"],
            "sent_at": _time(row["created_at"]),
            "edited_at": _time(row["edited_at"]),
            "reply_to": row["reply_to_id"],
            "text": row["body"],
        }


def former_texts_of(user: User) -> Iterator[Row]:
    """The texts that the person's messages had before they were edited."""
    versions = MessageVersion.objects.filter(message__author=user).order_by("message_id", "number")
    for version in versions.iterator(ROWS_AT_ONCE):
        yield {"message": version.message_id, "written_at": _time(version.written_at), "text": version.body}


def held_messages_of(user: User) -> Iterator[Row]:
    """The person's messages that wait until an administrator has looked at them."""
    for held in HeldMessage.objects.filter(author=user).order_by("pk").iterator(ROWS_AT_ONCE):
        yield {
            "room": held.room_id,
            "thread_of_message": held.thread_id,
            "sent_at": _time(held.held_at),
            "text": held.body,
            "files": held.files,
        }


def reactions_of(user: User) -> Iterator[Row]:
    """The person's reactions to messages."""
    for reaction in Reaction.objects.filter(user=user).order_by("pk").iterator(ROWS_AT_ONCE):
        yield {"message": reaction.message_id, "emoji": reaction.emoji}


def votes_of(user: User) -> Iterator[Row]:
    """The choices for which the person voted in polls."""
    votes = Vote.objects.filter(user=user).select_related("choice").order_by("pk")
    for vote in votes.iterator(ROWS_AT_ONCE):
        yield {"message": vote.poll_id, "choice": vote.choice.text}


def reports_of(user: User) -> Iterator[Row]:
    """The messages that the person reported, and why."""
    for report in Report.objects.filter(reporter=user).order_by("pk").iterator(ROWS_AT_ONCE):
        at = _time(report.created_at)
        yield {"message": report.message_id, "reason": report.reason, "note": report.note, "reported_at": at}


def items_of(user: User) -> Iterator[Row]:
    """The person's settings, favourites, drafts and marks, and the ids of the people whom they block."""
    for item in PersonItem.objects.present().filter(user=user).order_by("kind", "key").iterator(ROWS_AT_ONCE):
        yield {"kind": item.kind, "key": item.key, "value": item.value}


def sign_ins_of(user: User) -> Iterator[Row]:
    """The browsers in which the person is or was recently signed in."""
    for sign_in in SignIn.objects.filter(user=user).order_by("-seen_at").iterator(ROWS_AT_ONCE):
        yield {"browser": sign_in.user_agent, "seen_at": _time(sign_in.seen_at)}


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


# --- the files --------------------------------------------------------------------------------------------------------


@contextmanager
def _text(archive: zipfile.ZipFile, name: str) -> Iterator[IO[str]]:
    """A text file of the archive, which may become larger than 2 GiB."""
    with archive.open(name, "w", force_zip64=True) as file, io.TextIOWrapper(file, "utf-8", newline="\n") as text:
        yield text


def _write_json(archive: zipfile.ZipFile, name: str, rows: Iterable[Row]) -> None:
    """An array with one row on each line."""
    with _text(archive, name) as text:
        before = "[\n"
        for row in rows:
            text.write(before + json.dumps(row, ensure_ascii=False))
            before = ",\n"
        text.write("[]\n" if before == "[\n" else "\n]\n")


def _write_picture(archive: zipfile.ZipFile, user: User) -> None:
    name = large_name(str(user.avatar.name)) if user.avatar else ""
    if name and default_storage.exists(name):
        with default_storage.open(name) as picture:
            archive.writestr("picture.webp", picture.read())


def pieces_of_page(user: User) -> Iterator[str]:
    """The page to read, piece by piece: who the person is, and their messages by room."""
    profile = profile_of(user)
    context = {"person": user, "profile": profile, "language": get_language(), "has_picture": bool(user.avatar)}
    yield render_to_string("chat/own_data_archive.html", context)
    names = _room_names(user)
    room: int | None = None
    for message in messages_of(user):
        if message["room"] != room:
            room = message["room"]
            place = names.get(message["thread_in_room"] or room) or gettext("A room that you are not in any more")
            is_thread = message["thread_in_room"] is not None
            yield format_html("<h2>{}</h2>\n", gettext("Thread: %(room)s") % {"room": place} if is_thread else place)
        at = localtime(datetime.fromisoformat(message["sent_at"]))
        when = date_format(at, "DATETIME_FORMAT")
        yield format_html('<p><time datetime="{}">{}</time>{}</p>\n', message["sent_at"], when, message["text"])
    if room is None:
        yield format_html("<p>{}</p>\n", gettext("You have written no messages."))
    yield "</main>\n"
