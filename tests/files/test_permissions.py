"""Who may upload, send, read and list files, and see images of previews: the table of docs/files.md."""

import uuid
from collections.abc import Callable
from functools import partial

import pytest

from chat import handlers
from chat.models import Message, Room, User
from chat.protocol.commands import Send
from chat.protocol.errors import NotFound
from files.models import Attachment
from files.services.uploads import begin_upload
from previews import images
from previews.models import MessagePreview, PreviewedPage
from tests.harness.admin_actions import signed_in
from tests.harness.permissions import PLACES, ROOMS, Target, create_people, create_targets, documented, outcome_of

Try = Callable[[User, Target], None]


def uploads_into(actor: User, room: int) -> None:
    begin_upload(actor, room_id=room, name="a", size=1)


def sends_into(actor: User, room: int) -> None:
    belongs_to = Room.objects.get(pk=room).members_room_id
    file = Attachment.objects.create(author=actor, name="a", size=1, state=Attachment.State.READY, room_id=belongs_to)
    fields = {"type": "send", "room": room, "key": str(uuid.uuid4()), "body": "", "files": [str(file.pk)]}
    handlers.handle(actor, Send.model_validate(fields))


def reads_file_of(actor: User, message: int | None, room: int) -> None:
    """A file in a room, of its message or not sent."""
    author = User.objects.get(username="author")
    given = {"author": author, "name": "a", "size": 1, "state": Attachment.State.READY}
    file = Attachment.objects.create(message_id=message, room_id=room, **given)
    if not Attachment.objects.readable_by(actor).filter(pk=file.pk).exists():
        raise NotFound


def sees_image_of(actor: User, message: int) -> None:
    page = PreviewedPage.objects.create(digest=uuid.uuid4().hex, title="a", width=1, height=1)
    MessagePreview.objects.create(message=Message.objects.get(pk=message), digest=page.digest, page=page)
    images.store(page.pk, b"webp")
    requires_page(actor, f"/previews/{page.pk}/")


def requires_page(actor: User, address: str) -> None:
    answer = signed_in(actor).get(address)
    if answer.status_code == 404:
        raise NotFound
    assert answer.status_code == 200


REQUESTS: dict[str, Try] = {
    "POST /files/": lambda actor, target: uploads_into(actor, target.room),
    "POST /files/ (in a thread)": lambda actor, target: uploads_into(actor, target.thread),
    "send (with a file)": lambda actor, target: sends_into(actor, target.room),
    "send (with a file, in a thread)": lambda actor, target: sends_into(actor, target.thread),
    "GET /files/<id>/<name>": lambda actor, target: reads_file_of(actor, target.other, target.room),
    "GET /files/<id>/<name> (in a thread)": lambda actor, target: reads_file_of(actor, target.other_reply, target.room),
    "GET /files/<id>/<name> (not sent, of others)": lambda actor, target: reads_file_of(actor, None, target.room),
    "GET /previews/<id>/": lambda actor, target: sees_image_of(actor, target.other),
    "GET /previews/<id>/ (in a thread)": lambda actor, target: sees_image_of(actor, target.other_reply),
    "GET /rooms/<slug>/files/": lambda actor, target: requires_page(
        actor, f"/rooms/{Room.objects.get(pk=target.room).slug}/files/"
    ),
}


@pytest.mark.once
def test_every_row_of_the_table_is_tried() -> None:
    assert sorted(row.label for row in documented("files.md")) == sorted(REQUESTS)


def test_a_request_is_carried_out_or_refused_as_the_table_says(space: object) -> None:
    people = create_people()
    wanted = [(place, kind, state) for place in PLACES for kind, state in ROOMS]
    targets = dict(zip(wanted, create_targets(people, wanted), strict=True))
    tried = [(row, where) for row in documented("files.md") for where in wanted]
    outcomes = {
        (row.label, *where): outcome_of(partial(REQUESTS[row.label], people[where[0]], targets[where]))
        for row, where in tried
    }
    assert {(row.label, *where): row.expected(*where) for row, where in tried} == outcomes
