"""Erasing an account: what goes at once, what follows, what stays, and who may."""

import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import translation

from chat.bus.events import Deactivated, StatusChanged
from chat.derive.erasure import EraseAccount
from chat.models import AuditEntry, Due, Message, PersonStatus, Room, User
from chat.models.space_settings import BLOCKED_WORDS, BLOCKED_WORDS_ACT
from chat.protocol.commands import NewPoll
from chat.protocol.errors import Conflict, Forbidden, Held, NotFound
from chat.queries import rooms
from chat.queries.space import space_memory
from chat.services import accounts, erasure, people
from chat.services.data_exports import finish_export, request_export, write_export
from chat.services.direct import send_direct
from chat.services.erasure import OwnMessages, erase
from chat.services.memberships import join_room, leave_room, set_role
from chat.services.messages import delete_message, edit_message, send_message
from chat.services.person_items import set_item
from chat.services.pictures import set_picture
from chat.services.pins import pin
from chat.services.polls import close_poll, send_poll
from chat.services.reactions import react
from chat.services.reports import report_message
from chat.services.rooms import create_room
from chat.services.space_settings import change_settings
from chat.services.statuses import set_status
from chat.services.threads import reply_in_thread
from tests.harness import images
from tests.harness.admin_actions import act_on, signed_in
from tests.harness.deriving import KilledError, at_statement, die
from tests.harness.stored import tables_with, uploads_with
from tests.harness.threads import at_once, kinds
from tests.harness.two_steps import give_app

NAMES = ("xerxesby", "Zyzzyva Plugh", "frobozz@example.com")
SECRET = "xyzzy"
OLD_NAME = "quuxly"


def say(author: User, room: Room, body: str = "hi", **more: Any) -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body, **more)


def finish() -> None:
    """Do what is due, as a process that works does."""
    kind = EraseAccount()
    for due in Due.objects.filter(kind=kind.name).waiting():
        left: dict[str, Any] | None = due.args
        while left is not None:
            left = erasure.erase_some(left)


@pytest.fixture
def leaver(keeper: User, mina: User, joon: User, general: Room, tmp_path: Path, settings: Any) -> User:
    """Somebody whose name, address and texts have spread as far as they can."""
    settings.MEDIA_ROOT = tmp_path
    settings.EXPORTS_ROOT = tmp_path / "exports"
    username, name, email = NAMES
    user = User.objects.create_user(username, email=email, password=username * 2, display_name=OLD_NAME)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    accounts.update_person(keeper, user_id=user.pk, display_name=name)
    user.refresh_from_db()
    give_app(user)
    set_picture(user, data=images.image())
    Client().post("/accounts/login/", {"login": email, "password": username * 2})
    signed_in(user).get("/profile/")
    join_room(user, room_id=general.pk)
    own = create_room(user, name="Attic")
    join_room(joon, room_id=own.pk)
    former = create_room(mina, name="Former")
    join_room(user, room_id=former.pk)
    say(user, former, SECRET)
    leave_room(user, room_id=former.pk)
    said = say(user, general, f"one {SECRET}")
    edit_message(user, message_id=said.pk, body=f"two {SECRET}")
    say(joon, general, "an answer", reply_to=said.pk)
    pin(joon, message_id=said.pk, on=True)
    react(user, message_id=said.pk, emoji="👍", on=True)
    set_item(user, kind="draft", key=str(general.pk), value={"text": f"draft {SECRET}"})
    set_status(user, emoji="", text=SECRET)
    report_message(user, message_id=say(joon, general, "advertising").pk, reason="spam", note=SECRET)
    polled = send_poll(
        user, room_id=general.pk, key=uuid.uuid4(), body="Which?", poll=NewPoll(choices=[SECRET, "another"])
    )
    close_poll(mina, message_id=polled.pk)
    set_role(mina, room_id=general.pk, user_id=user.pk, role="moderator")
    delete_message(mina, message_id=say(user, general, "spam").pk)
    delete_message(user, message_id=say(joon, general, "spam").pk)
    asked = say(joon, general, "Who comes?")
    where: dict[str, Any] = {"room_id": general.pk, "message_id": asked.pk, "key": uuid.uuid4()}
    reply_in_thread(user, **where, body=f"in a thread {SECRET}", also_in_room=True)
    send_direct(user, people=[joon.pk], key=uuid.uuid4(), body=f"directly {SECRET}")
    hold_words(keeper, "hold")
    with pytest.raises(Held):
        say(user, general, f"plover {SECRET}")
    hold_words(keeper, "off")
    export(user)
    return user


def hold_words(keeper: User, act: str) -> None:
    change_settings(keeper, values={BLOCKED_WORDS.name: ["plover"], BLOCKED_WORDS_ACT.name: act})
    space_memory.clear()


def export(user: User) -> None:
    """Prepare an archive of a person's own data. What it contains is compressed."""
    made = request_export(user)
    archive = write_export(uuid.uuid4(), export_id=made.pk, language="en")
    with transaction.atomic():
        finish_export(archive, export_id=made.pk)


@pytest.mark.parametrize("own_messages", OwnMessages.values)
def test_an_erased_person_is_found_in_no_table_and_no_file(
    leaver: User, joon: User, general: Room, own_messages: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for text in (*NAMES, OLD_NAME, SECRET):
        assert tables_with(text), text
    assert list(tmp_path.rglob("*.webp"))
    assert list(tmp_path.rglob("*.zip"))
    sessions = Session.objects.count()
    caplog.clear()
    erase(leaver, user_id=leaver.pk, own_messages=own_messages)
    finish()
    for text in (*NAMES, OLD_NAME):
        assert tables_with(text) == set(), text
        assert uploads_with(text) == []
        assert text not in caplog.text
    kept = {"chat_message", "chat_messageversion", "chat_pollchoice"} if own_messages == OwnMessages.KEEP else set()
    assert tables_with(SECRET) == kept
    assert Session.objects.count() < sessions
    opened = rooms.open_room(joon, room_id=general.pk)
    assert "Deleted account" in opened.encode()
    assert not any(name in opened.encode() for name in NAMES)


@pytest.mark.django_db(transaction=True)
def test_the_picture_and_the_archive_are_deleted_from_the_disk(leaver: User, tmp_path: Path) -> None:
    erase(leaver, user_id=leaver.pk, own_messages="keep")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_name_is_that_of_all_erased_accounts_in_the_language_of_the_reader(leaver: User, joon: User) -> None:
    for user in (leaver, joon):
        erase(user, user_id=user.pk, own_messages="keep")
        erased = User.objects.get(pk=user.pk)
        assert (erased.name, erased.username) == ("Deleted account", f"~{user.pk}")
        assert not erased.is_active
        assert not erased.has_usable_password()
        with translation.override("ko"):
            assert erased.name == "삭제된 계정"
    assert User.objects.create_user(NAMES[0]).username == NAMES[0]  # the name is free again


def test_a_room_gets_another_owner_and_the_person_is_in_none(leaver: User, joon: User) -> None:
    erase(leaver, user_id=leaver.pk, own_messages="keep")
    finish()
    assert not leaver.memberships.current().exists()
    assert Room.objects.get(name="Attic").memberships.get(user=joon).role == "owner"


def test_every_socket_closes_at_once(leaver: User, published_by: Any) -> None:
    events = published_by(lambda: erase(leaver, user_id=leaver.pk, own_messages="keep"))
    assert Deactivated(leaver.pk) in events


def test_clients_that_show_the_status_are_told_that_it_is_gone(leaver: User, published_by: Any) -> None:
    before = PersonStatus.objects.get(user=leaver).version
    events = published_by(lambda: erase(leaver, user_id=leaver.pk, own_messages="keep"))
    assert StatusChanged(leaver.pk, version=before + 1, status="") in events
    assert not PersonStatus.objects.in_force().filter(user=leaver).exists()


def test_others_see_the_new_name_in_every_room_the_person_was_ever_in(leaver: User, joon: User) -> None:
    before = dict(Room.objects.without_threads().values_list("name", "revision"))
    erase(leaver, user_id=leaver.pk, own_messages="keep")
    finish()
    after = dict(Room.objects.without_threads().values_list("name", "revision"))
    assert {name for name in before if after[name] > before[name]} == {"General", "Attic", "Former", ""}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("own_messages", OwnMessages.values)
def test_what_a_killed_process_has_begun_the_next_one_finishes(leaver: User, own_messages: str) -> None:
    erase(leaver, user_id=leaver.pk, own_messages=own_messages)
    [due] = Due.objects.filter(kind="erase_account")
    left: dict[str, Any] | None = due.args
    deaths = 0
    while left is not None:
        for number in range(1, 200):
            try:
                with at_statement(number, die):
                    following = erasure.erase_some(left)
            except KilledError:
                deaths += 1
                continue
            break
        left = following
    assert deaths > 30
    assert tables_with(NAMES[1]) == set()
    assert bool(tables_with(SECRET)) == (own_messages == OwnMessages.KEEP)


@pytest.mark.django_db(transaction=True)
def test_the_due_thing_does_all_of_it(leaver: User) -> None:
    kind = EraseAccount()
    erase(leaver, user_id=leaver.pk, own_messages="delete")
    [due] = Due.objects.filter(kind=kind.name)
    assert kind.run(due.pk, due.args) is None
    assert tables_with(SECRET) == set()


# --- who may ----------------------------------------------------------------------------------------------------------


def test_administrators_erase_others_and_nobody_else_does(keeper: User, clerk: User, mina: User, joon: User) -> None:
    for actor in (clerk, mina):
        with pytest.raises(Forbidden):
            erase(actor, user_id=joon.pk, own_messages="keep")
    with pytest.raises(NotFound):
        erase(keeper, user_id=0, own_messages="keep")
    erase(keeper, user_id=joon.pk, own_messages="delete")
    entry = AuditEntry.objects.get(action="person.erased")
    assert (entry.actor_id, entry.target_id, entry.details) == (keeper.pk, joon.pk, {"own_messages": "delete"})
    assert entry.target_name == f"Deleted account (@~{joon.pk})"


def test_an_erased_account_stays_as_it_is(keeper: User, joon: User) -> None:
    erase(keeper, user_id=joon.pk, own_messages="keep")
    tries: list[Callable[[], object]] = [
        lambda: erase(keeper, user_id=joon.pk, own_messages="keep"),
        lambda: people.activate_user(keeper, user_id=joon.pk),
        lambda: accounts.update_person(keeper, user_id=joon.pk, username="joon"),
        lambda: accounts.set_password(keeper, user_id=joon.pk, password="paper lantern 42"),
    ]
    for again in tries:
        with pytest.raises(Conflict, match="erased"):
            again()
    assert not User.objects.get(pk=joon.pk).is_active


def test_the_last_administrator_stays(keeper: User) -> None:
    with pytest.raises(Conflict, match="only administrator"):
        erase(keeper, user_id=keeper.pk, own_messages="keep")
    other = User.objects.create_superuser("other")
    erase(keeper, user_id=keeper.pk, own_messages="keep")
    with pytest.raises(Conflict, match="only administrator"):
        erase(other, user_id=other.pk, own_messages="keep")


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_erase_themselves_at_once_one_stays(keeper: User) -> None:
    both = [keeper, User.objects.create_superuser("other")]
    calls = [partial(erase, user, user_id=user.pk, own_messages="keep") for user in both]
    assert kinds(at_once(*calls)) == ["Conflict", "User"]
    assert User.objects.superusers().count() == 1


# --- pages ------------------------------------------------------------------------------------------------------------

PAGE = "/profile/erase/"


def test_people_delete_their_own_account_with_their_password_and_are_told_before(joon: User, general: Room) -> None:
    client = signed_in(joon)
    assert client.get(PAGE).headers["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": "joonjoon"})
    page = client.get(PAGE).content.decode()
    for said in ("can’t be undone", "You leave all rooms", "What others wrote stays", "Backups"):
        assert said in page
    wrong = client.post(PAGE, {"own_messages": "keep", "username": "mina"}).content.decode()
    assert "This is not your username" in wrong
    assert (
        client.post(PAGE, {"own_messages": "delete", "username": " @JOON "}).headers["Location"] == "/accounts/erased/"
    )
    assert "Your account is deleted" in client.get("/accounts/erased/").content.decode()
    assert client.get("/profile/").status_code == 302
    assert User.objects.get(pk=joon.pk).erased_at


def test_the_last_administrator_is_told_why_not(keeper: User) -> None:
    client = signed_in(keeper)
    client.post("/accounts/reauthenticate/", {"password": "keeperkeeper"})
    assert "You are the only administrator" in client.get(PAGE).content.decode()
    client.post(PAGE, {"own_messages": "keep", "username": "keeper"})
    assert not User.objects.get(pk=keeper.pk).erased_at


def test_in_the_admin_a_page_asks_first_and_only_superusers_are_offered_it(
    keeper: User, clerk: User, joon: User
) -> None:
    assert "erase_keeping" not in signed_in(clerk).get("/admin/chat/user/").content.decode()
    client = signed_in(keeper)
    asked = act_on(client, "user", "erase_deleting", joon).content.decode()
    assert "Erase 1 account?" in asked
    assert "Their messages are deleted in all rooms." in asked
    assert not User.objects.get(pk=joon.pk).erased_at
    act_on(client, "user", "erase_deleting", joon, post="yes")
    assert User.objects.get(pk=joon.pk).erased_at
    assert client.get(f"/admin/chat/user/{joon.pk}/change/").status_code == 200
    assert 'name="_save"' not in client.get(f"/admin/chat/user/{joon.pk}/change/").content.decode()
