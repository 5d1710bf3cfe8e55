"""What the administrators of the demo have to deal with: reports, held messages, and an account that was erased."""

import uuid

from chat.demo.cast import FORMER
from chat.models import Message, Report, Room, User
from chat.models.space_settings import BLOCKED_WORDS, BLOCKED_WORDS_ACT, NEWCOMER_HOURS, WordsAct
from chat.services.erasure import OwnMessages, erase, erase_some
from chat.services.held_messages import hold
from chat.services.reports import report_message
from chat.services.room_rules import change_rules
from chat.services.space_settings import change_settings

SLOW_SECONDS = 30
"""The slow mode of the room in which people talk most."""

RULES = {
    NEWCOMER_HOURS.name: 24,
    BLOCKED_WORDS_ACT.name: WordsAct.HOLD.value,
    BLOCKED_WORDS.name: ["casino", "free followers", "무료 머니"],
}

REPORTS = (
    ("trial_vendor", "ada", Report.Reason.SPAM, "Posted the same in two rooms."),
    ("trial_vendor", "seojun", Report.Reason.SPAM, ""),
    ("joon", "sofia", Report.Reason.OTHER, "Is this still about the mug?"),
)
"""Whose newest message in the same room is reported by whom, why, and with which note."""

HELD = (
    ("random", "trial_vendor", "A casino bonus for your customers, ask me how 🎰"),
    ("launch", "dana", "The printer has paper left over from the casino, at half price. Shall I take it?"),
)
"""Messages with a blocked word, by room and author."""


def moderate(owner: User, *, places: dict[str, Room], cast: dict[str, User]) -> None:
    """Set the rules, let people break them, and report what they wrote."""
    change_rules(owner, room_id=places["random"].pk, slow_seconds=SLOW_SECONDS)
    change_settings(owner, values=RULES)
    for author, reporter, reason, note in REPORTS:
        said = places["random"].messages.filter(author=cast[author], kind=Message.Kind.TEXT, deleted_at=None)
        report_message(cast[reporter], message_id=said.latest("pk").pk, reason=reason, note=note)
    for talk, author, body in HELD:
        hold(cast[author], Message(room=places[talk], author=cast[author], key=uuid.uuid4(), body=body))


def erase_former(owner: User, *, cast: dict[str, User]) -> None:
    """Erase the account of somebody who left the team, with all that follows. Their messages stay."""
    user = cast[FORMER.username]
    erase(owner, user_id=user.pk, own_messages=OwnMessages.KEEP.value)
    args = {"user": user.pk, "own_messages": OwnMessages.KEEP.value, "step": "rooms", "after": None}
    while (following := erase_some(args)) is not None:
        args = following
