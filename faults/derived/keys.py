"""The ids of effects, also for processes without Django."""

import uuid

NAMESPACE = uuid.UUID("6b1c0f7e-2f2c-4a63-9d53-1c1b8f7b0c11")


def key_of(message_id: int) -> uuid.UUID:
    """The id of the effect of a message."""
    return uuid.uuid5(NAMESPACE, str(message_id))
