"""Runs one command for one person, whether from a socket, a request or the command line.

Commands that need a connection (`open`, `close`, `show_people`, `presence`, `ping`) are in
`chat.live.connection_commands`.
"""

from collections.abc import Callable
from typing import Any

from chat import policy
from chat.models import User
from chat.models.person_item import BLOCKS
from chat.models.token import Scope
from chat.protocol import commands, events, scopes, shapes
from chat.protocol.commands import Command
from chat.protocol.errors import UnknownCommand
from chat.queries import person_items as person_items_query
from chat.queries import pins as pins_query
from chat.queries import rooms
from chat.queries import versions as versions_query
from chat.services import (
    blocks,
    direct,
    memberships,
    mentions,
    messages,
    person_items,
    pins,
    polls,
    quotas,
    reactions,
    reports,
    statuses,
    threads,
    typing,
)
from chat.services.item_kinds import KINDS


def handle(actor: User, command: Command) -> shapes.Shape:
    """Run a command and return the result for its reply.

    Blocks on the database, so an event loop must call it in a thread. Idempotent: repeating a command changes nothing.
    Raises ChatError: UnknownCommand for a command that needs a connection.
    """
    handler = HANDLERS.get(command.type)
    if handler is None:
        raise UnknownCommand
    return handler(actor, command)


def register(model: type[Command], handler: Callable[[User, Any], shapes.Shape], *, scope: Scope) -> None:
    """Add a command of another app, in its `AppConfig.ready`."""
    name = commands.name_of(model)
    assert name not in commands.COMMANDS, name  # noqa: S101 (a programming error, found at startup)
    commands.COMMANDS[name] = model
    scopes.add(name, model, scope)
    HANDLERS[name] = handler


def _history(actor: User, command: commands.History) -> shapes.Shape:
    return rooms.history(
        actor,
        room_id=command.room,
        before=command.before,
        after=command.after,
        around=command.around,
        limit=command.limit,
    )


def _send(actor: User, command: commands.Send) -> shapes.Shape:
    if command.poll is not None:
        message = polls.send_poll(
            actor,
            room_id=command.room,
            key=command.key,
            body=command.body,
            poll=command.poll,
            reply_to=command.reply_to,
        )
    elif command.thread is not None:
        message = threads.reply_in_thread(
            actor,
            room_id=command.room,
            message_id=command.thread,
            key=command.key,
            body=command.body,
            reply_to=command.reply_to,
            also_in_room=command.also_in_room,
            files=command.files,
        )
    else:
        message = messages.send_message(
            actor,
            room_id=command.room,
            key=command.key,
            body=command.body,
            reply_to=command.reply_to,
            files=command.files,
        )
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))


def _edit(actor: User, command: commands.Edit) -> shapes.Shape:
    message = messages.edit_message(actor, message_id=command.message, body=command.body)
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))


def _delete(actor: User, command: commands.Delete) -> shapes.Shape:
    message = messages.delete_message(actor, message_id=command.message)
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))


def _versions(actor: User, command: commands.Versions) -> shapes.Shape:
    quotas.VERSIONS.take(actor)
    return versions_query.versions(actor, message_id=command.message)


def _react(actor: User, command: commands.React) -> shapes.Shape:
    message, mine = reactions.react(actor, message_id=command.message, emoji=command.emoji, on=command.on)
    return events.MineReply(room=message.room_id, message=shapes.Message.of(message), mine=mine)


def _vote(actor: User, command: commands.Vote) -> shapes.Shape:
    message, mine = polls.vote(actor, message_id=command.message, choices=command.choices)
    return events.MineReply(room=message.room_id, message=shapes.Message.of(message), mine=mine)


def _close_poll(actor: User, command: commands.ClosePoll) -> shapes.Shape:
    message = polls.close_poll(actor, message_id=command.message)
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))


def _report(actor: User, command: commands.Report) -> shapes.Shape:
    reports.report_message(actor, message_id=command.message, reason=command.reason, note=command.note)
    return events.Ok()


def _pin(actor: User, command: commands.Pin) -> shapes.Shape:
    message = pins.pin(actor, message_id=command.message, on=command.on)
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))


def _pins(actor: User, command: commands.Pins) -> shapes.Shape:
    return pins_query.pins(actor, room_id=command.room, before=command.before)


def _read(actor: User, command: commands.Read) -> shapes.Shape:
    membership = memberships.mark_read(actor, room_id=command.room, position=command.position)
    return events.ReadReply(
        last_read=membership.last_read,
        unread=shapes.unread(membership.room.counted, membership.counted_read),
    )


def _follow(actor: User, command: commands.Follow) -> shapes.Shape:
    return rooms.room_reply(threads.follow_thread(actor, room_id=command.room, on=command.on))


def _join(actor: User, command: commands.Join) -> shapes.Shape:
    return rooms.room_reply(memberships.join_room(actor, room_id=command.room))


def _leave(actor: User, command: commands.Leave) -> shapes.Shape:
    memberships.leave_room(actor, room_id=command.room)
    return events.Ok()


def _me(actor: User, command: commands.Me) -> shapes.Shape:
    quotas.CATCH_UPS.take(actor)
    return person_items_query.catch_up(actor, command.since)


def _direct(actor: User, command: commands.Direct) -> shapes.Shape:
    message = direct.send_direct(actor, people=command.people, key=command.key, body=command.body, files=command.files)
    return events.MessageReply(room=message.room_id, message=shapes.Message.of(message))


def _set_item(actor: User, command: commands.SetItem) -> shapes.Shape:
    if command.kind == BLOCKS:
        return _block(actor, command)
    item = person_items.set_item(actor, kind=command.kind, key=command.key, value=command.value)
    return events.ItemReply(item=shapes.Item.of(item))


def _block(actor: User, command: commands.SetItem) -> shapes.Shape:
    rule = KINDS[BLOCKS]
    rule.room_of(command.key)
    on = command.value is not None and rule.clean(command.value, key=command.key)
    item = blocks.set_block(actor, user_id=int(command.key), on=on)
    return events.ItemReply(item=shapes.Item.of(item))


def _mentions_read(actor: User, command: commands.MentionsRead) -> shapes.Shape:
    items = mentions.mark_read(actor, room_id=command.room, positions=command.positions)
    return events.ItemsReply(items=[shapes.Item.of(item) for item in items])


def _set_status(actor: User, command: commands.SetStatus) -> shapes.Shape:
    status = statuses.set_status(actor, emoji=command.emoji, text=command.text, until=command.until)
    return events.StatusReply(status=shapes.Status.of(status) if status.is_in_force else None)


def _typing(actor: User, command: commands.Typing) -> shapes.Shape:
    membership = rooms.membership_of(actor, command.room)
    if not policy.is_muted(membership):
        typing.note_typing(actor, room_id=command.room, on=command.on)
    return events.Ok()


HANDLERS: dict[str, Callable[[User, Any], shapes.Shape]] = {
    "history": _history,
    "send": _send,
    "direct": _direct,
    "edit": _edit,
    "delete": _delete,
    "versions": _versions,
    "react": _react,
    "vote": _vote,
    "close_poll": _close_poll,
    "report": _report,
    "pin": _pin,
    "pins": _pins,
    "read": _read,
    "follow": _follow,
    "join": _join,
    "leave": _leave,
    "me": _me,
    "set_item": _set_item,
    "mentions_read": _mentions_read,
    "set_status": _set_status,
    "typing": _typing,
}
