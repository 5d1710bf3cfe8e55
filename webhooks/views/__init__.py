"""Pages of webhooks, for those who administer a room."""

from webhooks.views.deliveries import delivery, delivery_replay
from webhooks.views.incoming import (
    incoming,
    incoming_address,
    incoming_create,
    incoming_delete,
    incoming_switch,
)
from webhooks.views.listing import webhooks
from webhooks.views.outgoing import (
    outgoing,
    outgoing_create,
    outgoing_delete,
    outgoing_edit,
    outgoing_replay,
    outgoing_secret,
    outgoing_switch,
    outgoing_test,
)

__all__ = [
    "delivery",
    "delivery_replay",
    "incoming",
    "incoming_address",
    "incoming_create",
    "incoming_delete",
    "incoming_switch",
    "outgoing",
    "outgoing_create",
    "outgoing_delete",
    "outgoing_edit",
    "outgoing_replay",
    "outgoing_secret",
    "outgoing_switch",
    "outgoing_test",
    "webhooks",
]
