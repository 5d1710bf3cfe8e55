"""The models, one per file. Queries over many rows are QuerySet methods."""

from chat.models.audit import AuditEntry
from chat.models.custom_emoji import CustomEmoji
from chat.models.data_export import DataExport
from chat.models.derived_room import DerivedRoom
from chat.models.deriver_cursor import DeriverCursor
from chat.models.deriver_state import DeriverState
from chat.models.due import Due
from chat.models.held_message import HeldMessage
from chat.models.invitation import Invitation
from chat.models.lease import Lease
from chat.models.membership import Membership
from chat.models.mention import Mention
from chat.models.message import Message
from chat.models.message_version import MessageVersion
from chat.models.person_item import PersonItem
from chat.models.person_status import PersonStatus
from chat.models.pin import Pin
from chat.models.poll import Poll, PollChoice, Vote
from chat.models.reaction import Reaction
from chat.models.report import Report
from chat.models.room import Room
from chat.models.room_invitation import RoomInvitation
from chat.models.sign_in import SignIn
from chat.models.space import Space
from chat.models.thread_follow import ThreadFollow
from chat.models.token import Token
from chat.models.user import User

__all__ = [
    "AuditEntry",
    "CustomEmoji",
    "DataExport",
    "DerivedRoom",
    "DeriverCursor",
    "DeriverState",
    "Due",
    "HeldMessage",
    "Invitation",
    "Lease",
    "Membership",
    "Mention",
    "Message",
    "MessageVersion",
    "PersonItem",
    "PersonStatus",
    "Pin",
    "Poll",
    "PollChoice",
    "Reaction",
    "Report",
    "Room",
    "RoomInvitation",
    "SignIn",
    "Space",
    "ThreadFollow",
    "Token",
    "User",
    "Vote",
]
