"""Actions of administrators in the admin, as requests."""

import uuid
from typing import Any

from django.test import Client
from django.urls import reverse

from chat.models import AuditEntry, Message, Room, Space, User
from chat.models.space_settings import SETTINGS
from chat.services.messages import send_message
from chat.services.room_rules import RULES


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def say(author: User, room: Room, body: str = "hi") -> Message:
    return send_message(author, room_id=room.pk, key=uuid.uuid4(), body=body)


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:chat_{model}_{page}", args=args)


def act_on(client: Client, model: str, action: str, *objects: Any, **fields: Any) -> Any:
    """Apply an action of a list to these rows; `post="yes"` confirms it."""
    data = {"action": action, "_selected_action": [obj.pk for obj in objects], **fields}
    return client.post(url(model, "changelist"), data, follow=True)


def room_form(
    room: Room, *members: dict[str, Any], add: tuple[User, str] | None = None, **fields: Any
) -> dict[str, Any]:
    """The fields that a browser posts from a room's page; `members` changes rows in the order of the page."""
    rows = list(room.memberships.current().order_by("joined_at", "pk"))
    data = {
        "name": room.name,
        "topic": room.topic,
        **{rule: getattr(room, rule) for rule in RULES},
        **({"archived": "on"} if room.is_archived else {}),
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": len(rows),
        "memberships-2-TOTAL_FORMS": 1,
        "memberships-2-INITIAL_FORMS": 0,
        "memberships-2-0-user": add[0].pk if add else "",
        "memberships-2-0-role": add[1] if add else "member",
    }
    for number, row in enumerate(rows):
        data |= {f"memberships-{number}-id": row.pk, f"memberships-{number}-room": room.pk}
        data[f"memberships-{number}-role"] = row.role
    for number, change in enumerate(members):
        data |= {f"memberships-{number}-{field}": value for field, value in change.items()}
    data |= fields
    return {field: value for field, value in data.items() if value is not None}


def user_form(user: User, **fields: Any) -> dict[str, Any]:
    """The fields that a browser posts from a person's page."""
    data = {
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email,
        "time_zone": user.time_zone,
        **{flag: "on" for flag in ("is_active", "is_staff", "is_superuser", "is_bot") if getattr(user, flag)},
        "user_permissions": [permission.pk for permission in user.user_permissions.all()],
    }
    return {field: value for field, value in (data | fields).items() if value is not None}


def space_form(**fields: Any) -> dict[str, Any]:
    """The fields that a browser posts from the page of the space."""
    space = Space.objects.get()
    return {"name": space.name, **{name: space.value(setting) for name, setting in SETTINGS.items()}, **fields}


def acts_of(user: User) -> list[str]:
    """What the audit says that somebody did, in order."""
    return list(AuditEntry.objects.filter(actor=user).order_by("pk").values_list("action", flat=True))


def errors_of(response: Any) -> str:
    """The form's errors as text; fails if the form was accepted."""
    assert response.status_code == 200, "the form was taken"
    return str(response.context["errors"])
