"""Superusers see how far the background work has come, and let a deriver start again after a question."""

import uuid

import pytest
from django.utils import timezone

from chat.derive.comparing import current_epochs
from chat.models import DeriverState, Due, Room, User
from chat.services.messages import send_message
from tests.harness.admin_actions import act_on, acts_of, signed_in, url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def state(mina: User, general: Room) -> DeriverState:
    """A deriver that is behind in a room, and has failed."""
    send_message(mina, room_id=general.pk, key=uuid.uuid4(), body="one")
    current_epochs(["mentions"])
    DeriverState.objects.update(error="ValueError in mentions.py:1", failed_at=timezone.now())
    return DeriverState.objects.get()


def test_the_list_shows_how_far_each_deriver_has_come(keeper: User, state: DeriverState) -> None:
    page = signed_in(keeper).get(url("deriverstate", "changelist")).content.decode()
    for text in ("mentions", "Rooms behind", "ValueError in mentions.py:1"):
        assert text in page


def test_a_rewind_asks_first_and_is_audited(keeper: User, state: DeriverState) -> None:
    client = signed_in(keeper)
    question = act_on(client, "deriverstate", "rewind_derivers", state).content.decode()
    assert "Rewind 1 deriver?" in question
    assert "1 room behind" in question
    assert DeriverState.objects.get().epoch == 1
    response = act_on(client, "deriverstate", "rewind_derivers", state, post="yes")
    assert [str(message) for message in response.context["messages"]] == ["1 deriver starts again."]
    assert DeriverState.objects.get().epoch == 2
    assert acts_of(keeper) == ["deriver.rewound"]


def test_only_superusers_see_and_rewind_derivers(clerk: User, state: DeriverState) -> None:
    client = signed_in(clerk)
    assert client.get(url("deriverstate", "changelist")).status_code == 403
    assert client.get(url("due", "changelist")).status_code == 403
    assert act_on(client, "deriverstate", "rewind_derivers", state, post="yes").status_code == 403
    assert DeriverState.objects.get().epoch == 1


def test_background_tasks_are_listed_by_their_state_without_what_they_are_about(keeper: User) -> None:
    Due.objects.create(kind="waiting-kind", args={"text": "a private text"})
    Due.objects.create(kind="done-kind", done_at=timezone.now())
    Due.objects.create(kind="failed-kind", failed_at=timezone.now(), last_error="ValueError in push.py:1")
    client = signed_in(keeper)
    page = client.get(url("due", "changelist")).content.decode()
    assert all(f"{state}-kind" in page for state in ("waiting", "done", "failed"))
    assert "ValueError in push.py:1" in page
    assert "a private text" not in page
    for state in ("waiting", "done", "failed"):
        shown = client.get(url("due", "changelist"), {"state": state}).content.decode()
        assert [other for other in ("waiting", "done", "failed") if f"{other}-kind" in shown] == [state]
