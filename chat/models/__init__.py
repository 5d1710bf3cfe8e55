"""The models, one per file. Queries over many rows are QuerySet methods."""

from chat.models.audit import AuditEntry
from chat.models.custom_emoji import CustomEmoji
from chat.models.invitation import Invitation
from chat.models.membership import Membership
from chat.models.message import Message
from chat.models.person_item import PersonItem
from chat.models.room import Room
from chat.models.sign_in import SignIn
from chat.models.space import Space
from chat.models.user import User

__all__ = [
    "AuditEntry",
    "CustomEmoji",
    "Invitation",
    "Membership",
    "Message",
    "PersonItem",
    "Room",
    "SignIn",
    "Space",
    "User",
]
