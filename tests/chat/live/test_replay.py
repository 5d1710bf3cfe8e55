"""Whatever people do, in whatever order: what each client made of the frames it got equals what a fresh `open` returns.

Hypothesis thinks up the commands. One machine runs on one hub; the other on two, of which the second receives
changes only through a channel layer that loses a fifth of them and shuffles the rest.
"""

import asyncio
import contextlib
import itertools
import json
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from channels.layers import channel_layers
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chat.derive.mentions import Mentions
from chat.live import leases, presence, reconciler, room_reads, subscriptions
from chat.live import room as live_room
from chat.live.hub import Hub
from chat.live.reader_pool import run_in_reader
from chat.models import Due, Membership, Message, PersonStatus, Pin, Poll, Room, User
from chat.protocol.errors import ChatError, NotFound
from chat.protocol.presence import strongest
from chat.queries import person_items
from chat.queries import rooms as room_queries
from chat.queries.reads import positions_in
from chat.services import accounts, erasure, memberships, quotas, rooms, sanctions
from chat.services.changes import room_transaction
from chat.services.deleted_rooms import finish_deletions
from chat.services.direct import send_direct
from chat.services.erasure import OwnMessages
from chat.services.messages import send_message
from chat.services.quotes import quote_of
from chat.services.room_reads import show_reads
from chat.services.room_rules import RULES, change_rules
from chat.services.threads import reply_in_thread
from client.decoding import decode_answer
from client.events import Opened
from client.shapes import Threads
from tests.harness import deriving
from tests.harness.direct_rooms import wrong_direct_rooms
from tests.harness.inprocess import Client, end, sign_in, until
from tests.harness.mentions import wrong_mentions
from tests.harness.polls import wrong_polls
from tests.harness.thread_states import wrong_threads

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 3
TABS = 5
EXAMPLES = 6
STEPS = 30

_names = itertools.count(1)

tabs = st.integers(0, TABS - 1)
somebody = st.integers(0, PEOPLE - 1)
places = st.integers(0, 1)
preferences = st.one_of(
    st.tuples(st.just("notify_default"), st.sampled_from(["all", "mentions", "none", None])),
    st.tuples(st.just("quiet_hours"), st.fixed_dictionaries({"from": st.integers(0, 2), "to": st.just(3)}) | st.none()),
    st.tuples(st.just("sound"), st.booleans() | st.none()),
    st.tuples(st.just("hides_presence"), st.booleans() | st.none()),
)
items = st.one_of(
    st.tuples(st.just("notify"), st.sampled_from(["all", "mentions", "none", None])),
    st.tuples(st.just("favourite"), st.sampled_from([True, "V", "k", None])),
    st.tuples(st.just("draft"), st.fixed_dictionaries({"text": st.text("ab", max_size=2)}) | st.none()),
)
rules_of_rooms = st.fixed_dictionaries(
    {},
    optional={
        "who_posts": st.sampled_from(["everyone", "moderators"]),
        "who_invites": st.sampled_from(["everyone", "moderators"]),
        "slow_seconds": st.sampled_from([0, 0, 1]),
    },
)
bodies = st.text("ab <&한🙂\n", min_size=1, max_size=12).filter(str.strip)


class Conversation(RuleBasedStateMachine):
    """Three people at five tabs in a public and a private room."""

    hubs = 1

    @initialize()
    def begin(self) -> None:
        number = next(_names)
        self.people = [User.objects.create(username=f"p{index}-{number}") for index in range(PEOPLE)]
        self.keeper = User.objects.create(username=f"keeper-{number}", is_superuser=True)
        owner = self.people[0]
        self.places = [
            rooms.create_room(owner, name=f"Public {number}"),
            rooms.create_room(owner, name=f"Private {number}", kind="private"),
        ]
        self.keys: list[tuple[int, uuid.UUID, str]] = []
        self.loop = asyncio.new_event_loop()
        self.run_hubs()
        self.tabs = [
            Client(self.running[index % self.hubs], person, sign_in(person))
            for index, person in zip(range(TABS), itertools.cycle(self.people), strict=False)
        ]
        for person, place in itertools.product(self.people[1:], self.places):
            memberships.invite_member(owner, room_id=place.pk, user_id=person.pk)
        for tab in range(TABS):
            self.come(tab)

    def run_hubs(self) -> None:
        async def start() -> list[Hub]:
            started = [Hub() for _ in range(self.hubs)]
            for hub in reversed(started):
                hub.start()  # the first receives what is published here, the others only what the layer carries
            return started

        self.running = self.do(start())

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def serve(self, function: Any, *args: Any, **kwargs: Any) -> None:
        """A service, called by a page; it may refuse."""

        async def call() -> None:
            try:
                await run_in_reader(function, *args, **kwargs)
            except ChatError:
                return

        self.do(call())

    def ask(self, tab: int, type_: str, **fields: Any) -> None:
        """A command on the wire; it may be refused."""
        if self.tabs[tab].connection is not None:
            self.do(self.tabs[tab].ask(type_, **fields))

    # --- sockets ------------------------------------------------------------------------------------------------------

    @rule(tab=tabs)
    def go(self, tab: int) -> None:
        self.tabs[tab].disconnect()

    @rule(tab=tabs)
    def come(self, tab: int) -> None:
        """A tab comes back and opens again what it knows."""
        if self.tabs[tab].connection is None:
            self.do(self.tabs[tab].connect())
            self.do(self.tabs[tab].catch_up_on_items())
            for place in range(len(self.places)):
                self.open(tab, place)
            self.show_people(tab)

    @rule(tab=tabs, place=places)
    def open(self, tab: int, place: int) -> None:
        room = self.places[place].pk
        self.ask(tab, "open", room=room, **since(self.tabs[tab], room))

    @rule(tab=tabs, place=places)
    def close(self, tab: int, place: int) -> None:
        room = self.places[place].pk
        self.ask(tab, "close", room=room)
        self.tabs[tab].open_rooms.discard(room)

    # --- talk ---------------------------------------------------------------------------------------------------------

    @rule(tab=tabs, place=places, body=bodies)
    def send(self, tab: int, place: int, body: str) -> None:
        key = uuid.uuid4()
        self.keys.append((place, key, body))
        self.ask(tab, "send", room=self.places[place].pk, key=key, body=body)

    @rule(tab=tabs, place=places, which=st.integers(0, 100), body=bodies)
    def reply(self, tab: int, place: int, which: int, body: str) -> None:
        message = self.some_message(place, which)
        if message:
            self.ask(tab, "send", room=self.places[place].pk, key=uuid.uuid4(), body=body, reply_to=message)

    @rule(tab=tabs, data=st.data())
    @precondition(lambda self: self.keys)
    def resend(self, tab: int, data: st.DataObject) -> None:
        place, key, body = data.draw(st.sampled_from(self.keys))
        self.ask(tab, "send", room=self.places[place].pk, key=key, body=body)

    @rule(
        place=places,
        opening=st.lists(tabs, max_size=3, unique=True),
        burst=st.lists(st.tuples(tabs, bodies), max_size=6),
        thrown_out=st.lists(st.integers(1, PEOPLE - 1), max_size=1),
    )
    def talk_at_once(self, place: int, opening: list[int], burst: list[tuple[int, str]], thrown_out: list[int]) -> None:
        """Several send, and change what they just sent, while others open the room, or are thrown out and let in."""
        room = self.places[place].pk

        async def say(client: Client, body: str) -> None:
            reply = await client.ask("send", room=room, key=uuid.uuid4(), body=body)
            if reply["ok"]:
                await client.ask("edit", message=reply["message"]["id"], body=f"{body}, or so")

        async def enter(client: Client) -> None:
            await client.ask("open", room=room, **since(client, room))

        async def throw_out_and_let_in(user_id: int) -> None:
            owner = self.people[0]
            for service in (memberships.remove_member, memberships.invite_member):
                with contextlib.suppress(ChatError):
                    await run_in_reader(service, owner, room_id=room, user_id=user_id)

        talkers = [(self.tabs[tab], body) for tab, body in burst if tab not in opening]
        work = [say(client, body) for client, body in talkers if client.connection is not None]
        work += [enter(self.tabs[tab]) for tab in opening if self.tabs[tab].connection is not None]
        work += [throw_out_and_let_in(self.people[somebody].pk) for somebody in thrown_out]
        self.do(_all(work))

    @rule(tab=tabs, body=bodies, place=places, which=st.integers(0, 100))
    def edit(self, tab: int, body: str, place: int, which: int) -> None:
        message = self.some_message(place, which)
        if message:
            self.ask(tab, "edit", message=message, body=body)

    @rule(tab=tabs, place=places, which=st.integers(0, 100))
    def delete_message(self, tab: int, place: int, which: int) -> None:
        message = self.some_message(place, which)
        if message:
            self.ask(tab, "delete", message=message)

    @rule(tab=tabs, place=places, which=st.integers(0, 100), emoji=st.sampled_from("👍🎉"), on=st.booleans())
    def react(self, tab: int, place: int, which: int, emoji: str, on: bool) -> None:
        message = self.some_message(place, which)
        if message:
            self.ask(tab, "react", message=message, emoji=emoji, on=on)

    @rule(
        place=places,
        which=st.integers(0, 100),
        opening=st.lists(tabs, max_size=2, unique=True),
        reactions=st.lists(st.tuples(tabs, st.booleans()), max_size=6),
    )
    def react_at_once(self, place: int, which: int, opening: list[int], reactions: list[tuple[int, bool]]) -> None:
        """Several react to one message, some of them on two tabs, while others open the room."""
        room, message = self.places[place].pk, self.some_message(place, which)
        if message is None:
            return
        work: list[Coroutine[Any, Any, Any]] = [
            self.tabs[tab].ask("open", room=room, **since(self.tabs[tab], room))
            for tab in opening
            if self.tabs[tab].connection is not None
        ]
        for tab, on in reactions:
            if self.tabs[tab].connection is not None:
                work.append(self.tabs[tab].ask("react", message=message, emoji="👍", on=on))
        self.do(_all(work))

    @rule(tab=tabs, place=places, multiple=st.booleans(), hidden=st.booleans(), anonymous=st.booleans())
    def send_poll(self, tab: int, place: int, multiple: bool, hidden: bool, anonymous: bool) -> None:
        poll = {"choices": ["a", "b", "c"], "multiple": multiple, "hidden": hidden, "anonymous": anonymous}
        self.ask(tab, "send", room=self.places[place].pk, key=uuid.uuid4(), body="Which?", poll=poll)

    @rule(
        place=places,
        which=st.integers(0, 100),
        votes=st.lists(st.tuples(tabs, st.lists(st.integers(1, 3), max_size=2)), min_size=1, max_size=4),
    )
    def vote_at_once(self, place: int, which: int, votes: list[tuple[int, list[int]]]) -> None:
        """Several vote in one poll, some of them on two tabs."""
        poll = self.some_poll(place, which)
        if poll:
            here = [(self.tabs[tab], choices) for tab, choices in votes if self.tabs[tab].connection is not None]
            work: list[Coroutine[Any, Any, Any]] = [
                client.ask("vote", message=poll, choices=choices) for client, choices in here
            ]
            self.do(_all(work))

    @rule(tab=tabs, place=places, which=st.integers(0, 100))
    def close_poll(self, tab: int, place: int, which: int) -> None:
        poll = self.some_poll(place, which)
        if poll:
            self.ask(tab, "close_poll", message=poll)

    def some_poll(self, place: int, which: int) -> int | None:
        ids = list(Poll.objects.filter(message__room=self.places[place]).order_by("pk").values_list("pk", flat=True))
        return int(ids[which % len(ids)]) if ids else None

    @rule(tab=tabs, place=places, which=st.integers(0, 100), on=st.booleans())
    def pin(self, tab: int, place: int, which: int, on: bool) -> None:
        message = self.some_message(place, which)
        if message:
            self.ask(tab, "pin", message=message, on=on)

    @rule(place=places, which=st.integers(0, 100), mark=st.integers(0, 3))
    def change_extras(self, place: int, which: int, mark: int) -> None:
        message = self.some_message(place, which)
        if message:
            self.do(run_in_reader(set_mark, message, mark))

    # --- threads ------------------------------------------------------------------------------------------------------

    @rule(tab=tabs, place=places, which=st.integers(0, 100), body=bodies, also=st.booleans())
    def reply_in_thread(self, tab: int, place: int, which: int, body: str, also: bool) -> None:
        message = self.some_message(place, which)
        if message:
            fields = {"room": self.places[place].pk, "thread": message, "also_in_room": also}
            self.ask(tab, "send", key=uuid.uuid4(), body=body, **fields)

    @rule(tab=tabs, place=places, which=st.integers(0, 100), name=somebody, opening=st.booleans())
    def talk_in_thread(self, tab: int, place: int, which: int, name: int, opening: bool) -> None:
        if thread := self.some_thread(place, which):
            if opening:
                self.ask(tab, "open", room=thread, **since(self.tabs[tab], thread))
            self.ask(tab, "send", room=thread, key=uuid.uuid4(), body=f"@{self.people[name].username}")

    @rule(tab=tabs, place=places, which=st.integers(0, 100), other=st.integers(0, 100), deleted=st.booleans())
    def change_a_reply(self, tab: int, place: int, which: int, other: int, deleted: bool) -> None:
        thread = self.some_thread(place, which)
        ids = list(Message.objects.filter(room=thread).order_by("pk").values_list("pk", flat=True)) if thread else []
        if ids and deleted:
            self.ask(tab, "delete", message=ids[other % len(ids)])
        elif ids:
            self.ask(tab, "edit", message=ids[other % len(ids)], body="changed")

    @rule(tab=tabs, place=places, which=st.integers(0, 100), position=st.integers(0, 5), on=st.none() | st.booleans())
    def read_or_follow(self, tab: int, place: int, which: int, position: int, on: bool | None) -> None:
        if thread := self.some_thread(place, which):
            self.ask(tab, "read", room=thread, position=position)
            if on is not None:
                self.ask(tab, "follow", room=thread, on=on)

    @rule(tab=tabs, place=places, which=st.integers(0, 100))
    def close_thread(self, tab: int, place: int, which: int) -> None:
        if thread := self.some_thread(place, which):
            self.ask(tab, "close", room=thread)
            self.tabs[tab].open_rooms.discard(thread)

    def some_thread(self, place: int, which: int) -> int | None:
        ids = list(Room.objects.filter(parent=self.places[place]).order_by("pk").values_list("pk", flat=True))
        return int(ids[which % len(ids)]) if ids else None

    def compare_threads(self, client: Client) -> None:
        """Every device has the numbers of unread threads that the database has."""
        for membership in Membership.objects.current().filter(user=client.user, room__in=self.places):
            held = client.state.rooms.get(membership.room_id)
            if held is not None:
                wanted = Threads(membership.unread_threads, membership.thread_mentions)
                self.do(until(lambda h=held, w=wanted: h.summary.threads == w, f"threads {wanted}"))  # type: ignore[misc]

    def some_message(self, place: int, which: int) -> int | None:
        ids = list(Message.objects.filter(room=self.places[place]).order_by("pk").values_list("pk", flat=True))
        return int(ids[which % len(ids)]) if ids else None

    @rule(tab=tabs, place=places, position=st.integers(0, 30))
    def read(self, tab: int, place: int, position: int) -> None:
        self.ask(tab, "read", room=self.places[place].pk, position=position)

    # --- items --------------------------------------------------------------------------------------------------------

    @rule(tab=tabs, place=places, item=items)
    def set_item(self, tab: int, place: int, item: tuple[str, Any]) -> None:
        kind, value = item
        self.ask(tab, "set_item", kind=kind, key=str(self.places[place].pk), value=value)

    @rule(tab=tabs, preference=preferences)
    def set_preference(self, tab: int, preference: tuple[str, Any]) -> None:
        key, value = preference
        self.ask(tab, "set_item", kind="setting", key=key, value=value)

    @rule(settings=st.lists(st.tuples(tabs, places, items), max_size=6), coming=st.lists(tabs, max_size=2, unique=True))
    def set_items_at_once(self, settings: list[tuple[int, int, tuple[str, Any]]], coming: list[int]) -> None:
        """Several tabs, some of the same person, change items while others connect."""

        async def come(client: Client) -> None:
            await client.connect()
            await client.catch_up_on_items()
            await client.ask("show_people", people=[person.pk for person in self.people])

        away = [self.tabs[index] for index in coming if self.tabs[index].connection is None]
        work: list[Coroutine[Any, Any, Any]] = [come(client) for client in away]
        for tab, place, (kind, value) in settings:
            client = self.tabs[tab]
            if client.connection is not None:
                work.append(client.ask("set_item", kind=kind, key=str(self.places[place].pk), value=value))
        self.do(_all(work))

    # --- direct messages ----------------------------------------------------------------------------------------------

    @rule(tab=tabs, others=st.lists(somebody, min_size=1, max_size=2), body=bodies)
    def write_directly(self, tab: int, others: list[int], body: str) -> None:
        client = self.tabs[tab]
        if client.connection is None:
            return
        people = [self.people[other].pk for other in others]
        reply = self.do(client.ask("direct", people=people, key=uuid.uuid4(), body=body))
        if reply["ok"]:
            self.ask(tab, "open", room=reply["room"], **since(client, reply["room"]))

    @rule(writing=st.lists(st.tuples(tabs, somebody, bodies), max_size=4))
    def write_directly_at_once(self, writing: list[tuple[int, int, str]]) -> None:
        work: list[Coroutine[Any, Any, Any]] = [
            self.tabs[tab].ask("direct", people=[self.people[other].pk], key=uuid.uuid4(), body=body)
            for tab, other, body in writing
            if self.tabs[tab].connection is not None
        ]
        self.do(_all(work))

    @rule(tab=tabs, other=somebody, on=st.booleans())
    def block(self, tab: int, other: int, on: bool) -> None:
        self.ask(tab, "set_item", kind="blocks", key=str(self.people[other].pk), value=True if on else None)

    # --- presence -----------------------------------------------------------------------------------------------------

    def show_people(self, tab: int) -> None:
        self.ask(tab, "show_people", people=[person.pk for person in self.people])

    @rule(tab=tabs, state=st.sampled_from(["here", "away", "busy"]))
    def report_presence(self, tab: int, state: str) -> None:
        self.ask(tab, "presence", state=state)

    @rule(tab=tabs, emoji=st.sampled_from(["", "🍵"]), text=st.sampled_from(["", "Lunch"]))
    def set_status(self, tab: int, emoji: str, text: str) -> None:
        self.ask(tab, "set_status", emoji=emoji, text=text)

    # --- mentions -----------------------------------------------------------------------------------------------------

    @rule(tab=tabs, place=places, names=st.lists(st.integers(-1, PEOPLE - 1), min_size=1, max_size=3))
    def mention(self, tab: int, place: int, names: list[int]) -> None:
        # In the public room, @all counts by the role that its author has when it is derived.
        body = " ".join("@all" if name < 0 and place else f"@{self.people[max(name, 0)].username}" for name in names)
        self.ask(tab, "send", room=self.places[place].pk, key=uuid.uuid4(), body=body)

    @rule(tab=tabs, place=places, which=st.integers(0, 100), name=somebody)
    def mention_by_an_edit(self, tab: int, place: int, which: int, name: int) -> None:
        self.edit(tab, f"@{self.people[name].username}", place, which)

    @rule()
    def derive_mentions(self) -> None:
        self.do(run_in_reader(derive))

    @rule(tab=tabs, place=places, positions=st.none() | st.lists(st.integers(0, 30), min_size=1, max_size=3))
    def read_mentions(self, tab: int, place: int, positions: list[int] | None) -> None:
        self.ask(tab, "mentions_read", room=self.places[place].pk, positions=positions)

    @rule(tab=tabs)
    def read_all_mentions(self, tab: int) -> None:
        self.ask(tab, "mentions_read")

    # --- who is in it -------------------------------------------------------------------------------------------------

    @rule(tab=tabs, place=places)
    def join(self, tab: int, place: int) -> None:
        self.ask(tab, "join", room=self.places[place].pk)

    @rule(tab=tabs, place=places)
    def leave(self, tab: int, place: int) -> None:
        self.ask(tab, "leave", room=self.places[place].pk)

    @rule(actor=somebody, user=somebody, place=places)
    def invite(self, actor: int, user: int, place: int) -> None:
        self.serve(
            memberships.invite_member,
            self.people[actor],
            room_id=self.places[place].pk,
            user_id=self.people[user].pk,
        )

    @rule(actor=somebody, user=somebody, place=places)
    def remove(self, actor: int, user: int, place: int) -> None:
        self.serve(
            memberships.remove_member,
            self.people[actor],
            room_id=self.places[place].pk,
            user_id=self.people[user].pk,
        )

    @rule(actor=somebody, user=somebody, place=places, role=st.sampled_from(Membership.Role.values))
    def promote(self, actor: int, user: int, place: int, role: str) -> None:
        self.serve(
            memberships.set_role,
            self.people[actor],
            room_id=self.places[place].pk,
            user_id=self.people[user].pk,
            role=role,
        )

    @rule(user=somebody, place=places, hours=st.sampled_from([None, 1, 2]))
    def mute(self, user: int, place: int, hours: int | None) -> None:
        where = {"room_id": self.places[place].pk, "user_id": self.people[user].pk}
        if hours is None:
            self.serve(sanctions.unmute_member, self.people[0], **where)
        else:
            self.serve(sanctions.mute_member, self.people[0], **where, until=in_hours(hours))

    @rule(user=somebody, place=places, is_lifted=st.booleans())
    def ban(self, user: int, place: int, is_lifted: bool) -> None:
        where = {"room_id": self.places[place].pk, "user_id": self.people[user].pk}
        self.serve(sanctions.ban_member, self.people[0], **where, until=in_hours(1))
        if is_lifted:
            self.serve(sanctions.lift_ban, self.people[0], **where)

    @rule(user=st.integers(1, PEOPLE - 1), on=st.booleans())
    def make_guest(self, user: int, on: bool) -> None:
        self.serve(accounts.update_person, self.keeper, user_id=self.people[user].pk, is_guest=on)

    @rule(place=places, which=st.integers(0, 100), other=somebody, own_messages=st.sampled_from(OwnMessages.values))
    def erase_a_visitor(self, place: int, which: int, other: int, own_messages: str) -> None:
        """Somebody writes in a room, in a thread of it and to one of its people, and their account is erased."""
        visitor = User.objects.create(username=f"v{next(_names)}")
        room, message = self.places[place].pk, self.some_message(place, which)
        self.serve(memberships.invite_member, self.people[0], room_id=room, user_id=visitor.pk)
        self.serve(send_message, visitor, room_id=room, key=uuid.uuid4(), body="on my way through")
        self.serve(send_direct, visitor, people=[self.people[other].pk], key=uuid.uuid4(), body="hi")
        if message:
            where = {"room_id": room, "message_id": message, "key": uuid.uuid4()}
            self.serve(reply_in_thread, visitor, **where, body="in a thread", also_in_room=True)
        self.do(run_in_reader(erase_all, visitor, own_messages))

    @rule(place=places, rules=rules_of_rooms)
    def change_rules(self, place: int, rules: dict[str, Any]) -> None:
        self.serve(change_rules, self.people[0], room_id=self.places[place].pk, **rules)

    @rule(actor=somebody, place=places, name=st.sampled_from(["Agora", "사랑방", "Room"]))
    def rename(self, actor: int, place: int, name: str) -> None:
        self.serve(rooms.update_room, self.people[actor], room_id=self.places[place].pk, name=name)

    @rule(place=places)
    def delete_room(self, place: int) -> None:
        """A room is deleted, and another one takes its place."""
        owner, kind = self.people[0], self.places[place].kind
        self.do(run_in_reader(delete_at_once, self.places[place].pk))
        with quotas.unlimited():
            self.places[place] = rooms.create_room(owner, name="Another", kind=kind)
            for person in self.people[1:]:
                memberships.invite_member(owner, room_id=self.places[place].pk, user_id=person.pk)

    @rule(actor=somebody, place=places, on=st.booleans())
    def show_reads(self, actor: int, place: int, on: bool) -> None:
        self.serve(show_reads, self.people[actor], room_id=self.places[place].pk, on=on)

    @rule(actor=somebody, place=places, archived=st.booleans())
    def archive(self, actor: int, place: int, archived: bool) -> None:
        service = rooms.archive_room if archived else rooms.unarchive_room
        self.serve(service, self.people[actor], room_id=self.places[place].pk)

    # --- what must hold -----------------------------------------------------------------------------------------------

    @rule()
    def compare(self) -> None:
        """Once all has arrived, every view is what the database holds."""
        connected = [tab for tab in self.tabs if tab.connection is not None]
        for person in self.people:
            person.refresh_from_db()
        for client in connected:
            self.compare_items(client)
            mine = set(Room.objects.of(client.user).values_list("pk", flat=True))
            self.do(until(lambda c=client, m=mine: c.rooms == m, f"rooms {mine}, not {client.rooms}"))  # type: ignore[misc]
            for room_id in sorted(client.open_rooms):
                self.compare_room(client, room_id)
            assert wrong_direct_rooms(mine) == []
            self.compare_people(client)
        self.do(run_in_reader(derive))
        for place in self.places:
            check_extras(place.pk)
            assert wrong_mentions(place.pk) == []
            check_versions(place.pk)
        assert wrong_polls(place.pk for place in self.places) == []
        assert wrong_threads(place.pk for place in self.places) == []
        for client in connected:
            self.compare_threads(client)

    def compare_items(self, client: Client) -> None:
        """A tab that applied `me_changes` holds what `me` returns, which is about rooms of the person only.

        The notification levels in memberships equal those of the items.
        """
        fresh = person_items.catch_up(client.user, 0)
        view = client.mine
        self.do(until(lambda: view.revision >= fresh.revision, f"items {view.revision} of {fresh.revision}"))
        held = {(item.kind, item.key): item.value for item in fresh.items if item.value is not None}
        assert view.values == held
        about_rooms = {int(key) for kind, key in held if kind not in ("setting", "blocks")}
        assert about_rooms <= set(Room.objects.of(client.user).values_list("pk", flat=True))
        for membership in Membership.objects.filter(user=client.user, room__in=self.places):
            assert membership.notify == held.get(("notify", str(membership.room_id)), "all")

    def compare_people(self, client: Client) -> None:
        """A tab that applied `presence` knows who has a connection and does not hide it, and the statuses."""
        hidden = set(User.objects.filter(hides_presence=True).values_list("pk", flat=True))
        rows = PersonStatus.objects.in_force().filter(user__in=self.people)
        statuses = {row.user_id: (row.emoji, row.text) for row in rows}

        def expected(person: User) -> tuple[str, tuple[str, str] | None]:
            live = [tab.connection for tab in self.tabs if tab.connection is not None and tab.user == person]
            is_shown = live and person.pk not in hidden
            state = strongest({one.presence for one in live}).value if is_shown else "gone"
            return state, statuses.get(person.pk)

        def seen(person: User) -> tuple[str, tuple[str, str] | None]:
            held = client.state.people[person.pk]
            return held.state, None if held.status is None else (held.status.emoji, held.status.text)

        people = self.people
        if client.user.is_guest:  # whom they know depends on their rooms, and they name them again when these change
            self.do(client.ask("show_people", people=[person.pk for person in people]))
            known = set(User.objects.known_to(client.user).values_list("pk", flat=True))
            people = [person for person in people if person.pk in known]
            assert client.state.people.keys() == {person.pk for person in people}
        for person in people:
            self.do(until(lambda p=person: seen(p) == expected(p), f"{expected(person)}"))  # type: ignore[misc]

    def compare_room(self, client: Client, room_id: int) -> None:
        fresh = opened_now(client, room_id)
        view = client.views.get(room_id)

        def is_shut() -> bool:
            """An event of an earlier removal came late, out of order: the room is announced and opened again."""
            return client.views.get(room_id) is not view or room_id not in client.open_rooms

        if view is None or is_shut():
            return
        self.do(
            until(lambda: (view.revision or 0) >= fresh.revision or is_shut(), f"{view.revision} of {fresh.revision}")
        )
        if is_shut():
            return
        assert view.timeline == list(fresh.messages)
        reactions = {mine.id: set(mine.reactions) for mine in fresh.mine if mine.reactions}

        def are_own_known() -> bool:
            """They may come after the revision of the room."""
            own = {message.id: set(view.own_reactions(message.id)) for message in view.timeline}
            return {message: emoji for message, emoji in own.items() if emoji} == reactions

        self.do(until(lambda: are_own_known() or is_shut(), f"own reactions {reactions}"))
        votes = {mine.id: mine.votes for mine in fresh.mine if mine.votes}

        def are_votes_known() -> bool:
            own = {message.id: view.own_votes(message.id) for message in view.timeline}
            return {message: numbers for message, numbers in own.items() if numbers} == votes

        self.do(until(lambda: are_votes_known() or is_shut(), f"own votes {votes}"))
        self.compare_reads(client, room_id, is_shut)
        assert view.present == {member.user.id: member for member in fresh.members}
        always = ("slug", "name", "topic", "kind", "archived", "pins", "shows_reads", "counted", "people", "closed")
        of_parent = ("archived", "closed", *RULES)  # those of a thread are as of when it was read, and its rights, too
        for name in (*always, *RULES):
            if name in of_parent and fresh.room.parent is not None:
                continue
            assert getattr(view.summary, name) == getattr(fresh.room, name)

        def are_rights_known() -> bool:
            """They are sent to the person alone, after the revision of the room."""
            return all(getattr(view.summary, name) == getattr(fresh.room, name) for name in ("may", "muted_until"))

        if fresh.room.parent is None:
            self.do(until(lambda: are_rights_known() or is_shut(), f"rights {fresh.room.may}, not {view.summary.may}"))

    def compare_reads(self, client: Client, room_id: int, is_shut: Callable[[], bool]) -> None:
        """How far members have read is not part of the revision, and arrives at its own pace."""
        view = client.views[room_id]

        def are_known() -> bool:
            return {user: (view.reads or {}).get(user) for user in view.present} == positions

        positions = positions_in([room_id]).get(room_id)
        if positions is not None:
            self.do(until(lambda: are_known() or is_shut(), f"read positions {positions}"))

    @invariant()
    def positions_have_no_hole(self) -> None:
        for room in Room.objects.filter(pk__in=[room.pk for room in getattr(self, "places", [])]):
            positions = list(room.messages.order_by("position").values_list("position", flat=True))
            assert positions == list(range(1, room.message_count + 1))

    def teardown(self) -> None:
        if not hasattr(self, "running"):
            return
        try:
            self.compare()
        finally:
            self.do(self.end_all())
            self.loop.close()

    async def end_all(self) -> None:
        await asyncio.sleep(0)  # what was begun last has its turn
        for client in self.tabs:
            client.disconnect()
        for hub in self.running:
            end(hub)
        while rest := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in rest:
                task.cancel()  # again and again: Python 3.11's wait_for swallows one that comes at the wrong moment
            await asyncio.wait(rest, timeout=0.05)


class SpreadConversation(Conversation):
    """The same on two hubs, with the lossy layer between them."""

    hubs = 2
    random_seeds: ClassVar = itertools.count(1)

    def run_hubs(self) -> None:
        channel_layers.backends.clear()
        super().run_hubs()


def in_hours(hours: int) -> datetime:
    return timezone.now() + timedelta(hours=hours)


def delete_at_once(room_id: int) -> None:
    """Delete a room with everything in it, without a check of permissions."""
    with room_transaction(room_id) as change:
        change.delete()
    assert finish_deletions()


def check_extras(room_id: int) -> None:
    """What messages say of their reactions, of the messages that they quote and of pins is what the tables hold."""
    for message in Message.objects.filter(room_id=room_id):
        counted = Counter(message.reactions.values_list("emoji", flat=True))
        assert {entry["emoji"]: entry["count"] for entry in message.extras.get("reactions", [])} == counted
        if message.reply_to and not message.is_deleted:
            assert message.extras["quote"] == quote_of(message.reply_to)
    pinned = {message.pk for message in Message.objects.filter(room_id=room_id) if "pinned" in message.extras}
    rows = list(Pin.objects.filter(room_id=room_id).values_list("message_id", flat=True))
    assert pinned == set(rows)
    assert Room.objects.get(pk=room_id).pin_count == len(rows)


def derive() -> None:
    """Let the deriver of mentions catch up."""
    deriving.catch_up(deriving.runner_of(Mentions()))


def check_versions(room_id: int) -> None:
    """An edited message has its original and its latest former texts, and a deleted one none."""
    for message in Message.objects.filter(room_id=room_id):
        former = list(message.versions.values_list("number", flat=True))
        if former:
            assert former == [1, *range(former[-1] - len(former) + 2, former[-1] + 1)]
        assert bool(former) == bool(message.edited_at and not message.is_deleted)


def erase_all(user: User, own_messages: str) -> None:
    """Erase an account, and do all that follows."""
    erasure.erase(user, user_id=user.pk, own_messages=own_messages)
    for due in Due.objects.filter(kind=erasure.DUE_KIND, done_at=None):
        left: dict[str, Any] | None = due.args
        while left is not None:
            left = erasure.erase_some(left)
        Due.objects.filter(pk=due.pk).update(done_at=timezone.now())


def set_mark(message_id: int, mark: int) -> None:
    """A change of extras alone."""
    room_id = Message.objects.get(pk=message_id).room_id
    with contextlib.suppress(NotFound), room_transaction(room_id) as change:
        message = Message.objects.get(pk=message_id)
        message.extras = {**message.extras, "mark": mark}
        change.save_extras(message)


def opened_now(client: Client, room: int) -> Opened:
    """What the server answers to somebody who opens a room and holds nothing of it."""
    text = room_queries.open_room(client.user, room_id=room, limit=100).encode()
    opened = decode_answer(0, {"type": "open", "room": room}, json.loads(text))
    assert isinstance(opened, Opened)
    return opened


def since(client: Client, room: int) -> dict[str, int]:
    """What a client adds to `open` of a room that it remembers."""
    view = client.views.get(room)
    return {} if view is None or view.revision is None else {"since": view.revision}


async def _all(work: list[Coroutine[Any, Any, None]]) -> None:
    await asyncio.gather(*work)


def play(machine: type[RuleBasedStateMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch, space: Any) -> None:
    settings.SEND_RATE_BURST = 100_000
    for name in ("TICK_SECONDS", "GRACE_SECONDS"):
        monkeypatch.setattr(presence, name, 0.01)
    monkeypatch.setattr(presence, "REPORT_SECONDS", 0.05)
    monkeypatch.setattr(presence, "STATUSES_CHECK_SECONDS", 0.05)
    monkeypatch.setattr(leases, "SETTLED_SECONDS", 0.1)
    monkeypatch.setattr(live_room, "ACTIVITY_INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(reconciler, "NEW_CONNECTION_SECONDS", 0.01)
    monkeypatch.setattr(room_reads, "READS_INTERVAL_SECONDS", 0.01)


def test_every_view_replayed_from_changes_is_what_a_fresh_open_returns() -> None:
    play(Conversation, EXAMPLES)


def test_so_it_is_with_two_processes_and_a_layer_that_loses_and_shuffles(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "tests.harness.lossy_layer.LossyLayer"}}
    monkeypatch.setattr(live_room, "GAP_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(reconciler, "TAIL_CHECK_SECONDS", 0.05)
    monkeypatch.setattr(reconciler, "TAIL_CHECK_WHILE_FAILING_SECONDS", 0.05)
    monkeypatch.setattr(reconciler, "ACCESS_CHECK_SECONDS", 0.1)
    monkeypatch.setattr(subscriptions, "RETRY_SECONDS", 0.05)
    play(SpreadConversation, EXAMPLES)
