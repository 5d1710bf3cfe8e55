"""Pages of webhooks, for those who administer a room."""

from webhooks.views.incoming import (
    incoming,
    incoming_address,
    incoming_create,
    incoming_delete,
    incoming_switch,
)
from webhooks.views.listing import webhooks

__all__ = [
    "incoming",
    "incoming_address",
    "incoming_create",
    "incoming_delete",
    "incoming_switch",
    "webhooks",
]
