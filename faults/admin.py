"""The actions of an administrator during a scenario, in a separate process, through the services.

`python -m faults.admin` reads one JSON object per line, `{"do": NAME, …}`, and answers each with one.
"""

import json
import logging
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from chat.live.reader_pool import with_connection  # noqa: E402
from chat.models import PersonItem, Space, User  # noqa: E402
from chat.models.person_item import MENTIONS  # noqa: E402
from chat.services import erasure, memberships, people, rooms, system_lines  # noqa: E402
from chat.services.erasure import OwnMessages  # noqa: E402
from chat.services.spaces import create_space  # noqa: E402
from faults import leaver  # noqa: E402
from faults.site import OWNER, OWNER_PASSWORD  # noqa: E402
from tests.harness.direct_rooms import wrong_direct_rooms  # noqa: E402
from tests.harness.mentions import wrong_mentions  # noqa: E402
from tests.harness.polls import wrong_polls  # noqa: E402
from tests.harness.search_index import wrong_index  # noqa: E402
from tests.harness.thread_states import wrong_threads  # noqa: E402
from webhooks.services.outgoing import create_outgoing  # noqa: E402

SESSION_DAYS = 14


def owner() -> User:
    """The owner of the space, which is created if there is none."""
    if Space.objects.current() is None:
        create_space(name="Faults", username=OWNER, display_name="Owner", password=OWNER_PASSWORD)
    return get_user_model().objects.get(username=OWNER)


def stage(*, people: int, rooms: list[dict[str, Any]]) -> dict[str, Any]:
    """Create `people` people with a session each, and rooms with `members`, given as indexes of people."""
    prefix = uuid.uuid4().hex[:6]
    crowd = User.objects.bulk_create(
        User(username=f"{prefix}-{number}", display_name=f"Person {number}", password="!") for number in range(people)
    )
    return {
        "people": [{"id": user.pk, "session": session_of(user)} for user in crowd],
        "cookie": settings.SESSION_COOKIE_NAME,
        "rooms": [room_of(f"{prefix} {number}", crowd, **wanted) for number, wanted in enumerate(rooms)],
    }


def session_of(user: User) -> str:
    """Create a session, as if the person had signed in, and return its key."""
    session = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    made = Session(
        session_key=uuid.uuid4().hex,
        session_data=SessionStore().encode(session),
        expire_date=timezone.now() + timedelta(days=SESSION_DAYS),
    )
    made.save(force_insert=True)
    return made.session_key


def room_of(name: str, crowd: list[User], *, kind: str, members: list[int]) -> dict[str, Any]:
    """Create a room of the owner with these members."""
    room = rooms.create_room(owner(), name=name, kind=kind)
    with system_lines.unwritten(), transaction.atomic():  # publishing a thousand events that nobody receives takes long
        for index in members:
            memberships.invite_member(owner(), room_id=room.pk, user_id=crowd[index].pk)
    return {"id": room.pk, "kind": kind, "members": [crowd[index].pk for index in members]}


def remove(*, room: int, user: int) -> dict[str, Any]:
    """Remove a person from a room. Returns the revision of the removal."""
    memberships.remove_member(owner(), room_id=room, user_id=user)
    membership = get_user_model().objects.get(pk=user).memberships.get(room_id=room)
    return {"revision": membership.revision}


def invite(*, room: int, user: int) -> dict[str, Any]:
    """Add a person to a room. Returns the revision at which they joined."""
    return {"revision": memberships.invite_member(owner(), room_id=room, user_id=user).revision}


def deactivate(*, user: int) -> dict[str, Any]:
    """Deactivate a person."""
    people.deactivate_user(owner(), user_id=user)
    return {}


def spread(**wanted: Any) -> dict[str, Any]:
    """Let the texts and the name of a person spread."""
    return leaver.spread(owner(), **wanted)


def erase(*, user: int) -> dict[str, Any]:
    """Erase an account with its messages."""
    erasure.erase(owner(), user_id=user, own_messages=OwnMessages.DELETE)
    return {}


def sign_out(*, user: int, session: str) -> dict[str, Any]:
    """End a session, as signing out does."""
    from importlib import import_module

    import_module(settings.SESSION_ENGINE).SessionStore(session).delete()
    people.end_session(user, session)
    return {}


def webhook(*, room: int, url: str) -> dict[str, Any]:
    """Send the new messages of a room to an address. Returns the secret."""
    webhook, secret = create_outgoing(owner(), room_id=room, name="Receiver", url=url, kinds=["message.posted"])
    return {"id": webhook.pk, "secret": secret}


def derived(*, rooms: list[int]) -> dict[str, Any]:
    """What is wrong about what follows from the acts in these rooms, and the items that count mentions."""
    wrong = [sentence for room in rooms for sentence in wrong_mentions(room)]
    return {
        "wrong": [
            *wrong,
            *wrong_threads(rooms),
            *wrong_polls(rooms),
            *wrong_direct_rooms(rooms),
            *wrong_index(rooms),
        ],
        "mentions": [
            [item.user_id, item.key, item.value]
            for item in PersonItem.objects.present().filter(kind=MENTIONS, key__in=[str(room) for room in rooms])
        ],
    }


DEEDS: dict[str, Callable[..., dict[str, Any]]] = {
    deed.__name__: deed for deed in (stage, remove, invite, deactivate, spread, erase, sign_out, webhook, derived)
}


def answer(line: str) -> dict[str, Any]:
    """Perform the action of a line. Returns `{"error": …}` if it failed."""
    wanted = json.loads(line)
    deed = DEEDS[wanted.pop("do")]
    try:
        return with_connection(deed, **wanted)
    except Exception as error:  # noqa: BLE001 (the caller decides what that means)
        pool = getattr(connection, "pool", None)
        return {"error": repr(error) if pool is None else f"{error!r}, with a pool of {pool.get_stats()}"}


def main() -> None:
    """Process lines until the input ends."""
    logging.disable(logging.WARNING)
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)


if __name__ == "__main__":
    main()
