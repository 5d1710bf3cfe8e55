"""The names of the groups of the channel layer. A process subscribes to those that its connections need."""


def room_group(room_id: int) -> str:
    """The group of a room."""
    return f"room.{room_id}"


def user_group(user_id: int) -> str:
    """The group of one person's connections."""
    return f"user.{user_id}"


def presence_group() -> str:
    """The group of all processes, for reports of who is connected and for the statuses of people."""
    return "presence"


def space_group() -> str:
    """The group of all processes, for events that concern the whole space."""
    return "space"
